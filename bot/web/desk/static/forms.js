// Forms lose nothing: what was typed is sent only to a server that answers, and not left behind unasked.
const notice = document.getElementById("offline");
const PATIENCE_MS = 10000;
let typedIn = null; // the form with something that was not sent
let isSure = false; // the server has just answered

async function answers() {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    return (await fetch("/desk/static/favicon.svg", { method: "HEAD", cache: "no-store", signal })).ok;
  } catch {
    return false;
  }
}

const isOurs = (form) => form.method === "post" && !form.matches("[hx-post]");

let isAsking = false;
document.addEventListener("submit", async (event) => {
  const [form, button] = [event.target, event.submitter];
  if (!isOurs(form)) return;
  if (isSure) {
    isSure = false;
    if (typedIn === form) typedIn = null;
    return;
  }
  event.preventDefault();
  if (isAsking) return; // pressed twice
  isAsking = true;
  isSure = await answers();
  isAsking = false;
  notice.hidden = isSure;
  if (isSure) form.requestSubmit(button);
});

document.addEventListener("input", (event) => {
  if (event.target.form && isOurs(event.target.form)) typedIn = event.target.form;
});
addEventListener("beforeunload", (event) => {
  if (typedIn?.isConnected) event.preventDefault(); // the browser asks
});

// A file that is too large is refused before it travels.
document.addEventListener("change", ({ target }) => {
  if (!target.dataset?.largest) return;
  const isTooLarge = [...target.files].some(({ size }) => size > Number(target.dataset.largest));
  target.setCustomValidity(isTooLarge ? target.dataset.tooLarge : "");
  target.reportValidity();
});

// A stream that may not go on, since the session has ended: the page says so once it is loaded again.
document.addEventListener("htmx:sse:error", ({ detail }) => {
  if (detail.status === 401) location.reload();
});
