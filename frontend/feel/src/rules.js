// What we refuse in an expression although FEEL would take it, and which facts it reads. The engine runs this inside
// its limited context; the editor in the browser imports the same file, so that both say the same.
import { parseExpression, parseUnaryTests } from "feelin";

// feelin does not export the names of its built-in functions
const BUILTINS = new Set([
  "number", "string", "date", "date and time", "time", "duration", "years and months duration", "@", "now",
  "today", "not", "substring", "string length", "upper case", "lower case", "substring before", "substring after",
  "replace", "contains", "matches", "starts with", "ends with", "split", "string join", "list contains",
  "list replace", "count", "min", "max", "sum", "mean", "all", "any", "sublist", "append", "concatenate",
  "insert before", "remove", "reverse", "index of", "union", "distinct values", "flatten", "product", "median",
  "stddev", "mode", "decimal", "floor", "ceiling", "abs", "round up", "round down", "round half up",
  "round half down", "modulo", "sqrt", "log", "exp", "odd", "even", "is", "before", "after", "meets", "met by",
  "overlaps", "overlaps before", "overlaps after", "finishes", "finished by", "includes", "during", "starts",
  "started by", "coincides", "day of year", "day of week", "month of year", "week of year", "sort", "get value",
  "get entries", "context", "context merge", "context put",
]);
const BINDERS = new Set(["ForExpression", "QuantifiedExpression", "FunctionDefinition", "FilterExpression"]);
const NOT_BOOLEAN = new Set([
  "ArithmeticExpression", "StringLiteral", "NumericLiteral", "List", "Context", "DateTimeLiteral", "ForExpression",
  "FunctionDefinition", "Interval", "FilterExpression", "NullLiteral",
]);
const FULL_WIDTH = /[\uFF01-\uFF5E\u3000\u3001\u3002\u300A-\u300D\u2018\u2019\u201C\u201D]/;
const CLOCK = new Set(["now", "today"]);
const LITERALS = { StringLiteral: "string", NumericLiteral: "number", BooleanLiteral: "boolean", DateTimeLiteral: "date" };

function children(node) {
  const found = [];
  for (let child = node.firstChild; child; child = child.nextSibling) found.push(child);
  return found;
}

function textOf(node, source) {
  return source.slice(node.from, node.to);
}

// "a.b.c" for a plain path, else null
function dotted(node, source) {
  if (node.name === "VariableName") return textOf(node, source);
  if (node.name !== "PathExpression") return null;
  const parts = children(node);
  const left = dotted(parts[0], source);
  return left === null ? null : `${left}.${textOf(parts[parts.length - 1], source)}`;
}

function isPoints(path, types) {
  const kind = types && types[path];
  if (kind) return kind === "points";
  return /^(result|score)\./.test(path);
}

class Reader {
  constructor(source, types) {
    this.source = source;
    this.types = types;
    this.findings = [];
    this.facts = new Set();
    this.readsClock = false;
  }

  refuse(rule, node, params = {}) {
    this.findings.push({ rule, from: node.from, to: node.to, text: textOf(node, this.source).slice(0, 80), ...params });
  }

  kindOf(node) {
    if (node.name === "ParenthesizedExpression") return this.kindOf(children(node)[1] || node);
    if (LITERALS[node.name]) return LITERALS[node.name];
    if (node.name === "ArithmeticExpression") return "number";
    const path = dotted(node, this.source);
    return (path && this.types && this.types[path]) || null;
  }

  points(node, locals) {
    if (node.name === "ParenthesizedExpression") return children(node).some((child) => this.points(child, locals));
    const path = dotted(node, this.source);
    return path !== null && path.includes(".") && !locals.has(path.split(".")[0]) && isPoints(path, this.types)
      ? path : null;
  }

  // a number is near: the other side of a comparison is a number, or the catalogue says that this fact is points
  comparesPoints(node, locals) {
    const parts = children(node);
    const path = parts.map((part) => this.points(part, locals)).find(Boolean);
    if (!path) return;
    const declared = this.types && this.types[path] === "points";
    const numbers = ["NumericLiteral", "ArithmeticExpression", "Interval"];
    const numeric = parts.some((part) => part.name === "between" || this.contains(part, numbers));
    const order = parts.some((part) => part.name === "CompareOp" && /[<>]/.test(textOf(part, this.source)));
    if (declared || numeric || order) this.refuse("feel-points", node, { fact: path });
  }

  contains(node, names) {
    return names.includes(node.name) || children(node).some((child) => this.contains(child, names));
  }

  comparison(node, locals) {
    const parts = children(node);
    const operator = parts.findIndex((part) => part.name === "CompareOp");
    if (operator >= 0 && parts.slice(operator + 1).some((part) => part.name === "SimplePositiveUnaryTest")) {
      this.refuse("feel-double-equals", node);
    }
    this.comparesPoints(node, locals);
    const sides = parts.filter((part) => part.name !== "CompareOp").map((part) => this.kindOf(part));
    if (operator >= 0 && sides.length === 2 && sides[0] && sides[1] && sides[0] !== sides[1]
        && !sides.includes("points")) {
      this.refuse("feel-type-mismatch", node, { left: sides[0], right: sides[1] });
    }
  }

  bind(node, locals) {
    const inner = new Set(locals);
    if (node.name === "ForExpression") inner.add("partial");
    if (node.name === "FilterExpression") inner.add("item");
    const collect = (part) => {
      if (part.name === "InExpression" || part.name === "ParameterName") {
        for (const child of children(part)) if (child.name === "Name") inner.add(textOf(child, this.source));
        return;
      }
      if (part.name === "InExpressions" || part.name === "FormalParameters" || part.name === "FormalParameter") {
        children(part).forEach(collect);
      }
    };
    children(node).forEach(collect);
    return inner;
  }

  path(node, locals, inFilter) {
    const path = dotted(node, this.source);
    const root = path.split(".")[0];
    if (locals.has(root)) return;
    if (!path.includes(".")) {
      if (inFilter || BUILTINS.has(path)) return;
      this.refuse(FULL_WIDTH.test(path) ? "feel-full-width" : "feel-unknown-fact", node, { fact: path });
      return;
    }
    if (FULL_WIDTH.test(path)) this.refuse("feel-full-width", node);
    else this.facts.add(path);
  }

  call(node, locals, inFilter, bound) {
    const parts = children(node);
    const name = parts[0].name === "VariableName" ? textOf(parts[0], this.source) : null;
    if (CLOCK.has(name)) this.readsClock = true;
    if (name !== null && !BUILTINS.has(name) && !locals.has(name)) {
      this.refuse(FULL_WIDTH.test(name) ? "feel-full-width" : "feel-unknown-function", parts[0], { fact: name });
    }
    for (const part of parts.slice(1)) {
      for (const argument of children(part)) {
        const path = this.points(argument, locals);
        if (path && name !== "string") this.refuse("feel-points", node, { fact: path });
      }
      this.visit(part, locals, inFilter, bound);
    }
  }

  context(node, locals, inFilter, bound) {
    const inner = new Set(locals);
    for (const entry of children(node)) {
      if (entry.name !== "ContextEntry") continue;
      const [key, ...values] = children(entry);
      values.forEach((value) => this.visit(value, inner, inFilter, bound));
      inner.add(textOf(key, this.source));
    }
  }

  visit(node, locals, inFilter = false, bound = false) {
    if (node.type.isError) {
      const bad = this.source.slice(node.from, node.to + 1);
      this.refuse(FULL_WIDTH.test(bad) ? "feel-full-width" : "feel-syntax", node, { at: node.from + 1 });
    }
    if (node.name === "VariableName" || (node.name === "PathExpression" && dotted(node, this.source) !== null)) {
      this.path(node, locals, inFilter);
      return;
    }
    if (node.name === "FunctionInvocation") return this.call(node, locals, inFilter, bound);
    if (node.name === "Context") return this.context(node, locals, inFilter, bound);
    if (node.name === "PathExpression") return this.visit(node.firstChild, locals, inFilter, bound);
    if (node.name === "Comparison") this.comparison(node, locals);
    if (node.name === "ArithmeticExpression") {
      const path = children(node).map((part) => this.points(part, locals)).find(Boolean);
      if (path) this.refuse("feel-points", node, { fact: path });
    }
    if (node.name === "IfExpression" && bound) this.refuse("feel-if-in-loop", node);
    if (BINDERS.has(node.name)) {
      const inner = this.bind(node, locals);
      const parts = children(node);
      parts.forEach((part, index) => {
        const filtered = node.name === "FilterExpression" && index > 0;
        const outside = node.name === "FilterExpression" && index === 0;
        this.visit(part, outside ? locals : inner, inFilter || filtered, bound || !outside);
      });
      return;
    }
    children(node).forEach((child) => this.visit(child, locals, inFilter, bound));
  }
}

// Full-width signs outside of strings; inside a string they are text.
function fullWidth(tree, source) {
  const strings = [];
  tree.iterate({ enter: (node) => { if (node.name === "StringLiteral") strings.push([node.from, node.to]); } });
  for (let at = 0; at < source.length; at += 1) {
    if (FULL_WIDTH.test(source[at]) && !strings.some(([from, to]) => at >= from && at < to)) return at;
  }
  return -1;
}

/**
 * kind: "condition" (must be true or false), "value", or "cell" (unary tests of a decision table).
 * types: dotted fact -> string | number | boolean | date | list | points, or null when nothing is known.
 * Returns {findings: [{rule, from, to, text, ...}], facts: [dotted], clock}.
 */
export function inspect(kind, source, types) {
  const parse = kind === "cell" ? parseUnaryTests : parseExpression;
  const tree = parse(source, {}, undefined);
  const reader = new Reader(source, types);
  reader.visit(tree.topNode, new Set(kind === "cell" ? ["?"] : []));
  const sign = fullWidth(tree, source);
  if (sign >= 0) {
    reader.findings = reader.findings.filter(({ rule }) => rule !== "feel-syntax" && rule !== "feel-full-width");
    reader.findings.push({ rule: "feel-full-width", from: sign, to: sign + 1, text: source[sign] });
  }
  const top = tree.topNode.firstChild;
  if (kind === "condition" && top && !reader.findings.length) {
    const type = reader.kindOf(top);
    if (NOT_BOOLEAN.has(top.name) || (type && type !== "boolean")) reader.refuse("feel-not-boolean", top);
  }
  return { findings: reader.findings, facts: [...reader.facts].sort(), clock: reader.readsClock };
}

/** Source of every `if` condition that stands outside of loops; a null there would silently mean "else". */
export function ifConditions(source) {
  const found = [];
  const visit = (node) => {
    if (BINDERS.has(node.name) || node.name === "Context") return;
    if (node.name === "IfExpression") found.push(textOf(children(node)[1], source));
    children(node).forEach(visit);
  };
  visit(parseExpression(source, {}, undefined).topNode);
  return found;
}

