// Small comforts: focus on what went wrong, copy and print buttons, narrowing a table, no double submit, closing menus.

export function small(root) {
  root.querySelector("[data-focus-first], [role=alert][data-focus]")?.focus();
  root.querySelector(".pane .item[aria-current]")?.scrollIntoView({ block: "nearest" });
  for (const button of root.querySelectorAll("[data-copy]")) copying(button);
  for (const input of root.querySelectorAll("[data-filter-rows]")) narrowing(input);
  for (const button of root.querySelectorAll("[data-print]")) printing(button);
  root.addEventListener("submit", once);
  addEventListener("pageshow", () => root.querySelectorAll("form[aria-busy]").forEach((form) => form.removeAttribute("aria-busy")));
  root.addEventListener("click", (event) => closeMenus(root, event.target));
  root.addEventListener("keydown", (event) => event.key === "Escape" && closeMenus(root, null));
}

function copying(button) {
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    const label = button.getAttribute("aria-label");
    button.setAttribute("aria-label", button.dataset.said);
    button.classList.add("t-ok");
    setTimeout(() => {
      button.setAttribute("aria-label", label);
      button.classList.remove("t-ok");
    }, 2000);
  });
}

function printing(button) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

function narrowing(input) {
  const box = input.closest(".row-filter");
  const rows = [...box.nextElementSibling.querySelectorAll("tbody tr")];
  box.hidden = false;
  input.addEventListener("input", () => {
    const wanted = input.value.trim().toLowerCase();
    for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  });
  input.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
}

// The server is safe against doing a thing twice; this only spares the user the second answer.
function once(event) {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.getAttribute("aria-busy")) return event.preventDefault();
  form.setAttribute("aria-busy", "true");
  setTimeout(() => form.removeAttribute("aria-busy"), 8000);
}

function closeMenus(root, target) {
  for (const menu of root.querySelectorAll(".tabs details[open], details.post[open]")) if (!menu.contains(target)) menu.open = false;
}
