// Asks now and then how much waits: <div data-live="address" data-here="entry" data-words data-show>. Only while the page
// is seen, less often when there is no answer, and never again once the session has ended.

const EVERY = 30_000;
const AT_MOST = 600_000;

export function live(root) {
  const box = root.querySelector("[data-live]");
  if (!box) return;
  let tag = "";
  let pause = EVERY;
  let asked = Date.now();
  let timer = 0;
  let asking = false;
  let over = false;

  async function ask() {
    clearTimeout(timer);
    if (over || asking || document.visibilityState === "hidden") return;
    asking = true;
    asked = Date.now();
    try {
      const headers = { Accept: "application/json", ...(tag && { "If-None-Match": tag }) };
      const answer = await fetch(box.dataset.live, { headers, cache: "no-store", redirect: "manual" });
      over = answer.type === "opaqueredirect" || (answer.status >= 400 && answer.status < 500 && answer.status !== 429);
      if (!over && !answer.ok && answer.status !== 304) throw new Error(String(answer.status));
      if (answer.ok) {
        tag = answer.headers.get("ETag") ?? "";
        show(root, box, await answer.json());
      }
      pause = EVERY;
    } catch {
      pause = Math.min(pause * 2, AT_MOST);
    } finally {
      asking = false;
    }
    later(pause);
  }

  function later(wait) {
    clearTimeout(timer);
    if (!over) timer = setTimeout(ask, wait);
  }

  document.addEventListener("visibilitychange", () => later(Math.max(0, asked + pause - Date.now())));
  later(pause);
}

function show(root, box, { counts, new: fresh }) {
  for (const link of root.querySelectorAll("[data-entry]")) {
    const count = counts[link.dataset.entry];
    if (count !== undefined) badge(link, count, box.dataset.words);
  }
  const said = fresh[box.dataset.here] ?? "";
  if (box.dataset.said === said) return;
  box.dataset.said = said;
  const again = document.createElement("a");
  again.href = location.pathname + location.search;
  again.textContent = box.dataset.show;
  box.replaceChildren(...(said ? [said, " ", again] : []));
}

function badge(link, count, words) {
  let mark = link.querySelector(".cnt");
  if (!count) return void mark?.remove();
  if (!mark) {
    mark = document.createElement("span");
    mark.className = "cnt";
    link.append(mark);
  }
  if (mark.firstChild?.data === String(count)) return;
  const hidden = document.createElement("span");
  hidden.className = "vh";
  hidden.textContent = words;
  mark.replaceChildren(String(count), hidden);
}
