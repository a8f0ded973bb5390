// The door between the host and FEEL. Strings in, JSON strings out; nothing of the host is reachable from here.
import { evaluate, parseDate, parseDateTime, unaryTest } from "feelin";
import { ifConditions, inspect } from "./rules.js";

function contextOf(facts, now) {
  const context = JSON.parse(facts);
  const instant = parseDateTime(now);
  context.now = () => instant;
  context.today = () => parseDate(now.slice(0, 10));
  return context;
}

function guarded(work) {
  try {
    return JSON.stringify(work());
  } catch (error) {
    if (error && error.position) return JSON.stringify({ error: error.message, at: error.position.from });
    if (error && /out of memory|interrupted|stack/i.test(String(error.message))) throw error;
    return JSON.stringify({ error: String((error && error.message) || error), at: 0 });
  }
}

function strict(result) {
  if (result.warnings.length) {
    const { message, position } = result.warnings[0];
    throw Object.assign(new Error(message), { position });
  }
  return result.value === undefined ? null : result.value;
}

function valueOf(source, context) {
  if (source.includes("if")) {
    for (const condition of ifConditions(source)) {
      if (typeof strict(evaluate(condition, context)) !== "boolean") {
        throw new Error(`if (${condition}): neither true nor false`);
      }
    }
  }
  return strict(evaluate(source, context));
}

globalThis.__feel = (source, facts, now) => guarded(() => ({ value: valueOf(source, contextOf(facts, now)) }));

// table: {inputs: [source], rows: [{when: [cell], then: [source]}], first: only the first hit matters}
globalThis.__table = (table, facts, now) => guarded(() => {
  const { inputs, rows, first } = JSON.parse(table);
  const context = contextOf(facts, now);
  const given = inputs.map((source) => valueOf(source, context));
  const hits = [];
  for (let row = 0; row < rows.length; row += 1) {
    const matches = rows[row].when.every((cell, column) => {
      if (cell === "-" || cell === "") return true;
      const answer = strict(unaryTest(cell, { ...context, "?": given[column] }));
      if (answer === null && given[column] !== null) throw new Error(`row ${row + 1}, column ${column + 1}: ${cell}`);
      return answer === true;
    });
    if (!matches) continue;
    hits.push({ row: row + 1, values: rows[row].then.map((source) => (source ? valueOf(source, context) : null)) });
    if (first) break;
  }
  return { hits };
});

globalThis.__inspect = (kind, source, types) => guarded(() => inspect(kind, source, JSON.parse(types)));
