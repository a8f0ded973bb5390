// QuickJS has no Intl. This is the part of it that the Temporal polyfill needs: what a clock on the wall shows in a
// zone. The table comes from the host: zone -> [[from (seconds since 1970), offset (seconds), name], ...], ascending.
const zones = globalThis.__ZONES || {};

function offsetAt(zone, seconds) {
  const rows = zones[zone];
  let found = rows[0][1];
  for (const [from, offset] of rows) {
    if (from > seconds) break;
    found = offset;
  }
  return found;
}

class DateTimeFormat {
  constructor(_locale, options = {}) {
    const wanted = String(options.timeZone || "UTC");
    const zone = Object.keys(zones).find((name) => name.toLowerCase() === wanted.toLowerCase());
    if (!zone) throw new RangeError(`Unknown time zone ${wanted}`);
    this.zone = zone;
  }
  resolvedOptions() {
    return { locale: "en", calendar: "iso8601", numberingSystem: "latn", timeZone: this.zone };
  }
  formatToParts(when) {
    const ms = Number(when);
    const local = new Date(ms + offsetAt(this.zone, Math.floor(ms / 1000)) * 1000);
    const year = local.getUTCFullYear();
    const part = (type, value) => ({ type, value: String(value) });
    return [
      part("era", year > 0 ? "AD" : "BC"),
      part("year", year > 0 ? year : 1 - year),
      part("month", local.getUTCMonth() + 1),
      part("day", local.getUTCDate()),
      part("hour", local.getUTCHours()),
      part("minute", local.getUTCMinutes()),
      part("second", local.getUTCSeconds()),
    ];
  }
  format(when) {
    return this.formatToParts(when).map((part) => part.value).join(" ");
  }
}

if (typeof globalThis.Intl === "undefined") {
  globalThis.Intl = { DateTimeFormat, supportedValuesOf: () => Object.keys(zones) };
}
