// One finger moves the picture, two fingers zoom it; diagram-js itself answers only to mouse and wheel.

function Touch(canvas, eventBus) {
  const fingers = new Map();

  function middle() {
    const all = [...fingers.values()];
    const sum = all.reduce((total, one) => ({ x: total.x + one.x, y: total.y + one.y }), { x: 0, y: 0 });
    const spread = all.length > 1 ? Math.hypot(all[0].x - all[1].x, all[0].y - all[1].y) : 0;
    return { x: sum.x / all.length, y: sum.y / all.length, spread };
  }

  function down(event) {
    if (event.pointerType === "touch") fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  }

  function move(event) {
    if (!fingers.has(event.pointerId)) return;
    const before = middle();
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const after = middle();
    canvas.scroll({ dx: after.x - before.x, dy: after.y - before.y });
    if (!before.spread || !after.spread) return;
    const frame = canvas.getContainer().getBoundingClientRect();
    const scale = Math.min(4, Math.max(0.1, (canvas.zoom() * after.spread) / before.spread));
    canvas.zoom(scale, { x: after.x - frame.left, y: after.y - frame.top });
  }

  function up(event) {
    fingers.delete(event.pointerId);
  }

  eventBus.on("canvas.init", ({ svg }) => {
    svg.addEventListener("pointerdown", down);
    addEventListener("pointermove", move);
    addEventListener("pointerup", up);
    addEventListener("pointercancel", up);
  });
  eventBus.on("diagram.destroy", () => {
    removeEventListener("pointermove", move);
    removeEventListener("pointerup", up);
    removeEventListener("pointercancel", up);
  });
}

Touch.$inject = ["canvas", "eventBus"];

export const touchModule = { __init__: ["touch"], touch: ["type", Touch] };
