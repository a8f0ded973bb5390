// Shows a BPMN picture in <div data-bpmn-src data-states data-badges>: markers, badges, zoom. Sets data-ready, or data-failed-why.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import { touchModule } from "./js/touch.js";
import "./viewer.css";

const STATES = ["done", "active", "overdue", "todo"];
const NARROW = "(max-width: 820px)";
const READABLE = 0.5;
const NEAR = 0.85;

for (const box of document.querySelectorAll("[data-bpmn-src]")) {
  if (matchMedia(NARROW).matches) onDemand(box);
  else show(box);
}

// On phones the list in words comes first; the picture opens when it is asked for.
function onDemand(box) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn";
  button.textContent = wordsOf(box).show ?? "";
  box.before(button);
  box.hidden = true;
  button.addEventListener("click", () => {
    button.remove();
    box.hidden = false;
    show(box);
  });
}

function wordsOf(box) {
  return JSON.parse(box.dataset.words ?? "{}");
}

// The viewer's own few words, in the page's language; what is not known is noted for the tests.
function translateModule(box, words) {
  const known = { "Open {element}": words.open };
  const missing = new Set();
  function translate(template, replacements = {}) {
    if (!known[template]) box.dataset.untranslated = JSON.stringify([...missing.add(template)]);
    return (known[template] ?? template).replace(/\{(\w+)\}/g, (_, name) => replacements[name] ?? "");
  }
  return { translate: ["value", translate] };
}

async function show(box) {
  const words = wordsOf(box);
  const fontFamily = getComputedStyle(document.body).fontFamily;
  const viewer = new NavigatedViewer({
    container: box,
    additionalModules: [translateModule(box, words), touchModule],
    textRenderer: { defaultStyle: { fontFamily, fontSize: 13 }, externalStyle: { fontFamily, fontSize: 12 } },
    bpmnRenderer: { defaultFillColor: "#ffffff", defaultStrokeColor: "#2b3a33", defaultLabelColor: "#16231d" },
  });
  try {
    const answer = await fetch(box.dataset.bpmnSrc, { headers: { Accept: "application/xml" } });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const { warnings } = await viewer.importXML(await answer.text());
    if (warnings.length) box.dataset.warnings = String(warnings.length);
  } catch (error) {
    viewer.destroy();
    box.textContent = "";
    const line = document.createElement("p");
    line.setAttribute("role", "alert");
    line.textContent = box.dataset.failed;
    box.append(line);
    box.dataset.failedWhy = String(error.message ?? error);
    return;
  }
  mark(viewer, JSON.parse(box.dataset.states ?? "{}"), JSON.parse(box.dataset.badges ?? "{}"));
  takeRoom(viewer, box);
  start(viewer, box);
  wheelOnlyWhenAsked(viewer, box);
  box.append(zoomButtons(viewer, words));
  box.dataset.ready = "";
}

function mark(viewer, states, badges) {
  const canvas = viewer.get("canvas");
  const registry = viewer.get("elementRegistry");
  const overlays = viewer.get("overlays");
  for (const [id, state] of Object.entries(states)) {
    if (registry.get(id) && STATES.includes(state)) canvas.addMarker(id, `st-${state}`);
  }
  for (const [id, text] of Object.entries(badges)) {
    if (!registry.get(id) || !text) continue;
    const badge = document.createElement("div");
    badge.className = `badge ${states[id] ?? ""}`;
    badge.textContent = text;
    overlays.add(id, "state", { position: { top: -10, left: 8 }, html: badge });
  }
}

// As tall as the picture needs at the scale it will have, within the window; on phones the style sheet decides.
function takeRoom(viewer, box) {
  if (matchMedia(NARROW).matches) return;
  const { inner, outer } = viewer.get("canvas").viewbox();
  const wide = Math.min((outer.width - 32) / inner.width, 1);
  const wanted = inner.height * (wide >= READABLE ? wide : NEAR) + 100;
  box.style.height = `${Math.round(Math.min(Math.max(wanted, 260), Math.max(innerHeight * 0.75, 420)))}px`;
}

// The whole picture, clear of the buttons above and of the makers' mark below; gives the scale it takes.
function overview(viewer) {
  const canvas = viewer.get("canvas");
  canvas.resized();
  const { inner, outer } = canvas.viewbox();
  const room = { width: outer.width - 32, height: outer.height - 100 };
  const scale = Math.min(room.width / inner.width, room.height / inner.height, 1);
  const width = outer.width / scale;
  const height = outer.height / scale;
  const middle = { x: inner.x + inner.width / 2, y: inner.y + inner.height / 2 - 6 / scale };
  canvas.viewbox({ x: middle.x - width / 2, y: middle.y - height / 2, width, height });
  return scale;
}

// Where the whole would be too small to read, start at the step in work, or at the first one.
function start(viewer, box) {
  if (overview(viewer) >= READABLE) return;
  const canvas = viewer.get("canvas");
  const registry = viewer.get("elementRegistry");
  const states = JSON.parse(box.dataset.states ?? "{}");
  const first = (state) => Object.keys(states).find((id) => states[id] === state && registry.get(id));
  const wanted = registry.get(box.dataset.focus ?? "") ?? registry.get(first("overdue") ?? first("active") ?? "");
  const element = wanted ?? registry.find((one) => one.type === "bpmn:StartEvent");
  canvas.zoom(NEAR);
  if (element) canvas.scrollToElement(element, { top: 90, bottom: 90, left: 60, right: 60 });
}

// The wheel scrolls the page until the picture is clicked or focused, so that nobody gets caught in it.
function wheelOnlyWhenAsked(viewer, box) {
  const wheel = viewer.get("zoomScroll");
  wheel.toggle(false);
  box.addEventListener("pointerdown", () => wheel.toggle(true));
  box.addEventListener("focusin", () => wheel.toggle(true));
  box.addEventListener("pointerleave", () => wheel.toggle(false));
}

function zoomButtons(viewer, words) {
  const canvas = viewer.get("canvas");
  const group = document.createElement("div");
  group.className = "zoom";
  const steps = [
    ["+", words.in, () => canvas.zoom(Math.min(canvas.zoom() * 1.25, 4), "auto")],
    ["−", words.out, () => canvas.zoom(Math.max(canvas.zoom() / 1.25, 0.1), "auto")],
    ["⤢", words.fit, () => overview(viewer)],
  ];
  for (const [sign, label, act] of steps) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = sign;
    button.title = label ?? "";
    button.setAttribute("aria-label", label ?? "");
    button.addEventListener("click", act);
    group.append(button);
  }
  return group;
}
