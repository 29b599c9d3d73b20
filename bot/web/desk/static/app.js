// The desk as a Mini App. Telegram puts what it says of the person behind the "#" of the address
// (tgWebAppData), and takes events as in https://core.telegram.org/api/web-events; this does the little that
// we need of telegram-web-app.js, which would have to be fetched from elsewhere.
const telegram = "https://web.telegram.org";
const isFramed = window.self !== window.top;

function tell(event, content = {}) {
  if (window.TelegramWebviewProxy) {
    window.TelegramWebviewProxy.postEvent(event, JSON.stringify(content));
  } else if (window.external && "notify" in window.external) {
    window.external.notify(JSON.stringify({ eventType: event, eventData: content }));
  } else if (isFramed) {
    window.parent.postMessage(JSON.stringify({ eventType: event, eventData: content }), telegram);
  }
}

tell("web_app_ready");
tell("web_app_expand");

const form = document.getElementById("launch");
const data = new URLSearchParams(location.hash.slice(1)).get("tgWebAppData");
if (form && data) {
  document.getElementById("outside").hidden = true;
  form.hidden = false;
  form.elements.data.value = data;
  if (isFramed) {
    const framed = document.createElement("input");
    framed.type = "hidden";
    framed.name = "framed";
    framed.value = "1";
    form.append(framed);
  }
  form.submit();
}

// What a frame opens by itself inherits the frame's limits, and browsers refuse our pages then: Telegram opens it.
document.getElementById("browser")?.addEventListener("click", (event) => {
  event.preventDefault();
  tell("web_app_open_link", { url: event.currentTarget.href });
});
