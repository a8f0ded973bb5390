// Upload with progress by choosing, dropping, pasting or taking a photo. Without scripts the same input sends its files with the form.

let busy = 0;

export function uploads(root) {
  const zones = [...root.querySelectorAll("[data-upload-url]")];
  for (const zone of zones) prepare(zone);
  if (!zones.length) return;
  root.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    const zone = event.target.closest?.(".score, .field")?.querySelector("[data-upload-url]") ?? (zones.length === 1 ? zones[0] : null);
    if (!files.length || !zone) return;
    event.preventDefault();
    for (const file of files) send(zone, file);
  });
  addEventListener("beforeunload", (event) => busy && event.preventDefault());
}

function prepare(zone) {
  const input = zone.querySelector("input[type=file]");
  input.addEventListener("change", () => {
    for (const file of input.files) send(zone, file);
    input.value = "";
  });
  for (const name of ["dragover", "dragleave", "drop"]) {
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.toggle("over", name === "dragover");
    });
  }
  zone.addEventListener("drop", (event) => {
    for (const file of event.dataTransfer.files) send(zone, file);
  });
  zone.closest("form")?.addEventListener("submit", (event) => {
    if (!busy) return;
    event.preventDefault();
    zone.scrollIntoView({ block: "center" });
  });
}

function make(tag, className, text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

function row(zone, file) {
  const outer = make("div", "");
  const line = make("div", "file");
  const words = make("span", "grow");
  const state = make("span", "xs mut num", zone.dataset.busy);
  const bar = make("progress", "bar");
  bar.max = 100;
  bar.value = 0;
  bar.setAttribute("aria-label", `${zone.dataset.busy} ${file.name}`);
  const ext = make("span", "ext", file.name.split(".").pop().slice(0, 4).toUpperCase());
  ext.setAttribute("aria-hidden", "true");
  state.setAttribute("role", "status");
  words.append(make("span", "name", file.name), bar, state);
  line.append(ext, words);
  outer.append(line);
  const list = [...document.querySelectorAll("[data-uploads]")].find((one) => one.dataset.uploads === zone.dataset.name);
  list.append(outer);
  return { outer, line, state, bar };
}

function send(zone, file) {
  const { outer, line, state, bar } = row(zone, file);
  const body = new FormData();
  for (const hidden of zone.closest("form")?.querySelectorAll("input[type=hidden][name*=csrf]") ?? []) body.append(hidden.name, hidden.value);
  body.append("field", zone.dataset.name);
  body.append("file", file);
  const request = new XMLHttpRequest();
  request.open("POST", zone.dataset.uploadUrl);
  request.responseType = "json";
  request.setRequestHeader("Accept", "application/json");
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) bar.value = (100 * event.loaded) / event.total;
  });
  request.addEventListener("loadend", () => {
    busy -= 1;
    bar.remove();
    const answer = request.response;
    if (request.status >= 200 && request.status < 300 && answer?.id) done(zone, outer, state, answer);
    else failed(zone, line, state, answer?.title);
    line.append(remover(zone, outer));
  });
  busy += 1;
  request.send(body);
}

function done(zone, outer, state, answer) {
  const hidden = document.createElement("input");
  hidden.type = "hidden";
  hidden.name = zone.dataset.name;
  hidden.value = answer.id;
  outer.prepend(hidden);
  state.textContent = [answer.size, answer.note, zone.dataset.done].filter(Boolean).join(" · ");
  zone.dispatchEvent(new Event("input", { bubbles: true }));
}

function failed(zone, line, state, words) {
  state.className = "err";
  state.setAttribute("role", "alert");
  state.textContent = words || zone.dataset.failed;
  line.classList.add("failed");
}

function remover(zone, outer) {
  const button = make("button", "btn btn-s btn-q", zone.dataset.remove);
  button.type = "button";
  button.addEventListener("click", () => {
    outer.remove();
    zone.dispatchEvent(new Event("input", { bubbles: true }));
    zone.querySelector("input[type=file]").focus();
  });
  return button;
}
