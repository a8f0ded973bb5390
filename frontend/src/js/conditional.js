// Fields with data-when='{"field": ["value", …]}' show only while the named fields hold one of the values.
// The server decides again with the same condition; hidden controls are disabled so that they are not sent.

function valuesOf(form, name) {
  return [...form.elements]
    .filter((control) => control.name === name && (!/^(radio|checkbox)$/.test(control.type) || control.checked))
    .map((control) => control.value);
}

function refresh(form) {
  for (const part of form.querySelectorAll("[data-when]")) {
    const condition = JSON.parse(part.dataset.when);
    const shown = Object.entries(condition).every(([name, wanted]) => {
      const allowed = [].concat(wanted).map(String);
      return valuesOf(form, name).some((value) => allowed.includes(value));
    });
    part.hidden = !shown;
    for (const control of part.querySelectorAll("input, select, textarea, button")) control.disabled = !shown;
  }
}

export function conditional(root) {
  const forms = new Set([...root.querySelectorAll("[data-when]")].map((part) => part.closest("form")));
  for (const form of forms) {
    if (!form) continue;
    form.addEventListener("input", () => refresh(form));
    form.addEventListener("reset", () => setTimeout(() => refresh(form)));
    refresh(form);
  }
}
