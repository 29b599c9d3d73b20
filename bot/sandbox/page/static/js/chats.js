// The list of chats, with their last messages and unread counts.

import { avatar, el, find, hidden, icon, shorten } from "./dom.js";
import { languageOf } from "./language.js";
import { senderOf, summaryOf } from "./media.js";
import { oneStop, rove } from "./roving.js";
import { listTime } from "./times.js";

rove(find("chats"));

/** Draw the list, newest first; `open(id)` opens a chat. */
export function drawChats(session, open) {
  const focused = document.activeElement?.dataset?.chat;
  const chats = [...session.chats].sort((a, b) => (b.last?.date ?? 0) - (a.last?.date ?? 0));
  const rows = chats.map((chat) => row(chat, session, open));
  find("chats").replaceChildren(...rows.map((button) => el("li", {}, button)));
  oneStop(rows, rows.find((button) => button.ariaCurrent) ?? rows[0]);
  if (focused) find("chats").querySelector(`[data-chat="${focused}"]`)?.focus();
}

/** The picture of a chat. */
export function chatAvatar(chat) {
  return chat.kind === "private"
    ? avatar({ id: 0, name: chat.title, bot: true })
    : avatar({ id: chat.id, name: chat.title });
}

function row(chat, session, open) {
  const { last } = chat;
  const count = session.unread(chat.id);
  return el("button", {
    class: "chat-row", type: "button", "data-chat": chat.id,
    "aria-current": chat.id === session.chat?.id ? "true" : null, onclick: () => open(chat.id),
  }, chatAvatar(chat),
  el("span", { class: "chat-text" },
    el("span", { class: "chat-line" },
      el("b", { dir: "auto" }, chat.title, chat.kind === "private" ? null : icon("group")),
      el("small", {}, last ? listTime(last.date) : "")),
    el("span", { class: "chat-line" },
      el("span", { class: "chat-last", dir: "auto" }, ...lastLine(chat, last, session.person)),
      count ? el("span", { class: "badge count" }, count > 99 ? "99+" : String(count), hidden(" unread")) : null)));
}

function lastLine(chat, last, person) {
  if (!last) return ["Nothing said yet"];
  const words = shorten(summaryOf(last), 120);
  const text = el("span", { lang: languageOf(words) }, words);
  if (last.from?.id === person) return [el("span", { class: "who" }, "You: "), text];
  if (chat.kind !== "private") return [el("span", { class: "who" }, `${senderOf(last).first_name}: `), text];
  return [text];
}
