// Shows a BPMN picture in <div data-bpmn-src data-states data-badges>: markers, badges, zoom. Sets data-ready, or data-failed-why.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import { touchModule } from "./js/touch.js";
import "./viewer.css";

const STATES = ["done", "active", "overdue", "todo"];
const NARROW = "(max-width: 820px)";

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
  const home = () => fit(viewer, box);
  home();
  wheelOnlyWhenAsked(viewer, box);
  box.append(zoomButtons(viewer, words, home));
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

// The whole picture where it stays readable; else the step in work, or the first one, at a readable size.
function fit(viewer, box) {
  const canvas = viewer.get("canvas");
  canvas.resized();
  const scale = canvas.zoom("fit-viewport", "auto");
  if (scale > 1) canvas.zoom(1, "auto");
  if (scale >= 0.45) return;
  const states = JSON.parse(box.dataset.states ?? "{}");
  const wanted = box.dataset.focus || ["overdue", "active"].map((state) => Object.keys(states).find((id) => states[id] === state)).find(Boolean);
  const element = viewer.get("elementRegistry").get(wanted) ?? viewer.get("elementRegistry").find((one) => one.type === "bpmn:StartEvent");
  canvas.zoom(0.8);
  if (element) canvas.scrollToElement(element, { top: 60, bottom: 60, left: 40, right: 40 });
}

// The wheel scrolls the page until the picture is clicked or focused, so that nobody gets caught in it.
function wheelOnlyWhenAsked(viewer, box) {
  const wheel = viewer.get("zoomScroll");
  wheel.toggle(false);
  box.addEventListener("pointerdown", () => wheel.toggle(true));
  box.addEventListener("focusin", () => wheel.toggle(true));
  box.addEventListener("pointerleave", () => wheel.toggle(false));
}

function zoomButtons(viewer, words, home) {
  const canvas = viewer.get("canvas");
  const group = document.createElement("div");
  group.className = "zoom";
  const steps = [
    ["+", words.in, () => canvas.zoom(Math.min(canvas.zoom() * 1.25, 4), "auto")],
    ["−", words.out, () => canvas.zoom(Math.max(canvas.zoom() / 1.25, 0.1), "auto")],
    ["⤢", words.fit, home],
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
