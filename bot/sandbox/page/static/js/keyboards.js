// Keyboards: buttons below a message (inline) and below the input (reply).

import { el, icon } from "./dom.js";
import { languageOf } from "./language.js";
import { anchor, hostOf, safeUrl, startPayload } from "./links.js";
import { rove } from "./roving.js";

const STYLES = new Set(["primary", "success", "danger"]);

function styleOf(button) {
  return STYLES.has(button.style) ? `key ${button.style}` : "key";
}

/**
 * The rows of a message's inline buttons. `language` is that of the message.
 * `actions`: bot(), press(data), start(payload), switchInline(text, here), copy(text), note(text).
 */
export function inlineKeyboard(message, language, actions) {
  const lang = languageOf(labelsOf(message).join(" "), language);
  const rows = message.reply_markup.inline_keyboard.map((row) =>
    el("div", { class: "key-row", lang }, ...row.map((button) => inlineButton(button, actions))));
  return el("div", { id: `keys-${message.message_id}`, class: "inline-keyboard", lang: "en", role: "group", "aria-label": buttonCount(message) }, ...rows);
}

/** The labels of a message's inline buttons. */
export function labelsOf(message) {
  return (message.reply_markup?.inline_keyboard ?? []).flat().map((button) => button.text);
}

/** How many inline buttons a message has, in words; null without any. */
export function buttonCount(message) {
  const count = labelsOf(message).length;
  return count ? `${count} ${count === 1 ? "button" : "buttons"}` : null;
}

function inlineButton(button, actions) {
  const address = button.url ?? button.login_url?.url;
  if (address) return urlButton(button, address, actions);
  const [symbol, act] = actionOf(button, actions);
  const node = el("button", { class: styleOf(button), type: "button", onclick: () => act(node) },
    el("span", { class: "key-label", dir: "auto" }, button.text), symbol ? icon(symbol) : null);
  return node;
}

function actionOf(button, actions) {
  if (button.callback_data !== undefined) return [null, (node) => pressing(node, actions.press(button.callback_data))];
  if (button.copy_text) return ["copy", () => actions.copy(button.copy_text.text)];
  if (button.switch_inline_query_current_chat !== undefined) {
    return ["search", () => actions.switchInline(button.switch_inline_query_current_chat, true)];
  }
  if (button.switch_inline_query !== undefined) {
    return ["forward", () => actions.switchInline(button.switch_inline_query, false)];
  }
  if (button.switch_inline_query_chosen_chat) {
    return ["forward", () => actions.switchInline(button.switch_inline_query_chosen_chat.query ?? "", false)];
  }
  return [null, () => actions.note("The sandbox has no such buttons (web apps, games, payments).")];
}

/** Show a spinner on the button until the bot answers. */
async function pressing(node, answer) {
  if (node.getAttribute("aria-busy") === "true") return;
  node.setAttribute("aria-busy", "true");
  try {
    await answer;
  } finally {
    node.removeAttribute("aria-busy");
  }
}

function urlButton(button, address, actions) {
  const payload = startPayload(address, actions.bot().username);
  if (payload !== null) {
    return el("button", { class: styleOf(button), type: "button", title: address, onclick: () => actions.start(payload) },
      el("span", { class: "key-label", dir: "auto" }, button.text));
  }
  const url = safeUrl(address);
  if (!url) {
    const note = () => actions.note(`The sandbox does not open ${address}`);
    return el("button", { class: styleOf(button), type: "button", title: address, onclick: note },
      el("span", { class: "key-label", dir: "auto" }, button.text));
  }
  return anchor(url, { class: `${styleOf(button)} key-url` },
    el("span", { class: "key-label", dir: "auto" }, button.text),
    el("span", { class: "key-host" }, hostOf(url)), icon("outside"));
}

/** The rows of a reply keyboard; calls `choose(button)` with the pressed one. */
export function replyKeyboard(markup, choose) {
  const rows = markup.keyboard.map((row) =>
    el("div", { class: "key-row" }, ...row.map((button) => {
      const described = typeof button === "string" ? { text: button } : button;
      return el("button", { class: styleOf(described), type: "button", onclick: () => choose(described) },
        el("span", { class: "key-label", dir: "auto" }, described.text));
    })));
  const labels = markup.keyboard.flat().map((button) => button.text ?? button);
  const box = el("div", { class: "reply-keyboard", role: "group", "aria-label": "The bot's keyboard" },
    el("div", { class: "key-rows", lang: languageOf(labels.join(" ")) }, ...rows));
  rove(box);
  return box;
}

/**
 * What the bot wants of a person below the input, by its newest message that sets or removes a keyboard or forces a
 * reply. Returns {keyboard, force, message, answered}; answered means that the person wrote since.
 */
export function askedInput(messages, botId, person) {
  let answered = false;
  for (const message of messages.toReversed()) {
    if (message.from?.id === person) answered = true;
    const markup = message.from?.id === botId ? message.reply_markup : null;
    if (markup?.keyboard) return { keyboard: markup, force: null, message, answered };
    if (markup?.force_reply) return { keyboard: null, force: answered ? null : markup, message, answered };
    if (markup?.remove_keyboard) break;
  }
  return { keyboard: null, force: null, message: null, answered };
}
