// Autosave for <form data-draft-url="…">, and a warning before typed words are lost (also for <form data-guard>).

const PAUSE = 1500;
const KEEPALIVE_LIMIT = 60_000; // browsers refuse larger requests that outlive the page

export function drafts(root) {
  for (const form of root.querySelectorAll("form[data-draft-url], form[data-guard]")) watch(form);
}

// All that the form would send, without files; hidden fields carry the CSRF token.
function typed(form) {
  const fields = [...new FormData(form)].filter(([, value]) => typeof value === "string");
  return new URLSearchParams(fields);
}

function watch(form) {
  const url = form.dataset.draftUrl;
  const state = form.querySelector("[data-draft-state]");
  const refused = Boolean(url && form.querySelector(".errors, [aria-invalid=true]"));
  let safe = refused ? "" : typed(form).toString(); // what came back with errors is stored nowhere yet
  let timer = 0;
  let sending = false;
  let leaving = false;

  function say(name, detail = "") {
    if (!state) return;
    state.dataset.state = name;
    state.textContent = [state.dataset[name], detail].filter(Boolean).join(" ");
  }

  async function save() {
    clearTimeout(timer);
    const body = typed(form).toString();
    if (!url || leaving || body === safe) return;
    if (sending) return void (timer = setTimeout(save, PAUSE));
    sending = true;
    say("saving");
    try {
      const answer = await fetch(url, {
        method: "POST",
        body,
        headers: { Accept: "application/json", "Content-Type": "application/x-www-form-urlencoded" },
        keepalive: body.length < KEEPALIVE_LIMIT,
      });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      safe = body;
      say("saved", new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" }));
    } catch {
      say("failed");
      timer = setTimeout(save, PAUSE * 10);
    } finally {
      sending = false;
    }
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  }

  if (refused) later();
  form.addEventListener("input", later);
  form.addEventListener("submit", (event) => setTimeout(() => (leaving = !event.defaultPrevented)));
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && save());
  addEventListener("pageshow", () => (leaving = false));
  addEventListener("beforeunload", (event) => {
    if (!leaving && typed(form).toString() !== safe) event.preventDefault();
  });
}
