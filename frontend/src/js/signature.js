// Signing by hand: a box beside the file input of a signature, which it fills. Without scripts a picture is chosen, or a name written.

const WIDTH = 600;
const HEIGHT = 200;

export function signature(root) {
  for (const place of root.querySelectorAll("[data-signature]")) prepare(place);
}

function prepare(place) {
  const input = place.closest("fieldset").querySelector("input[type=file]");
  const canvas = document.createElement("canvas");
  const again = document.createElement("button");
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  canvas.className = "inp";
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", place.dataset.label);
  Object.assign(canvas.style, { touchAction: "none", height: "auto", maxWidth: `${WIDTH}px`, padding: "0", cursor: "crosshair" });
  again.type = "button";
  again.className = "btn";
  again.textContent = place.dataset.clear;
  again.hidden = true;
  place.append(canvas, again);

  const pen = canvas.getContext("2d");
  let last = null;
  empty();

  function empty() {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, WIDTH, HEIGHT);
    Object.assign(pen, { strokeStyle: "#111", fillStyle: "#111", lineWidth: 5, lineCap: "round", lineJoin: "round" });
  }

  function at(event) {
    const frame = canvas.getBoundingClientRect();
    return { x: ((event.clientX - frame.left) * WIDTH) / frame.width, y: ((event.clientY - frame.top) * HEIGHT) / frame.height };
  }

  function line(event) {
    const here = at(event);
    pen.beginPath();
    pen.moveTo(last.x, last.y);
    pen.lineTo(here.x, here.y);
    pen.stroke();
    last = here;
  }

  function keep(blob) {
    const files = new DataTransfer();
    if (blob) files.items.add(new File([blob], place.dataset.file, { type: "image/png" }));
    input.files = files.files;
    again.hidden = !blob;
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    last = at(event);
    line(event);
  });
  canvas.addEventListener("pointermove", (event) => last && line(event));
  for (const name of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(name, () => {
      if (!last) return;
      last = null;
      canvas.toBlob(keep, "image/png");
    });
  }
  again.addEventListener("click", () => {
    empty();
    keep(null);
  });
}
