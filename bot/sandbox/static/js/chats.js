// The list of chats at the side, with what was said last and how much is unread.

import { avatar, el, find, icon } from "./dom.js";
import { summaryOf } from "./media.js";
import { listTime } from "./times.js";

/** Draws the list. `unread(chat)` counts, `isOpen(chat)` tells which one is shown, `open(id)` opens one. */
export function drawChats(state, person, { unread, isOpen, open }) {
  const focused = document.activeElement?.dataset?.chat;
  const chats = [...state.chats].sort((a, b) => (b.last?.date ?? 0) - (a.last?.date ?? 0));
  const rows = chats.map((chat) => row(chat, state, person, unread(chat.id), isOpen(chat.id), open));
  find("chats").replaceChildren(...rows.map((button) => el("li", {}, button)));
  if (focused) find("chats").querySelector(`[data-chat="${focused}"]`)?.focus();
}

/** The picture of a chat. */
export function chatAvatar(chat) {
  return chat.kind === "private"
    ? avatar({ id: 0, name: chat.title, bot: true })
    : avatar({ id: chat.id, name: chat.title });
}

function row(chat, state, person, count, current, open) {
  const last = chat.last;
  return el("button", {
    class: "chat-row", type: "button", "data-chat": chat.id,
    "aria-current": current ? "true" : null, onclick: () => open(chat.id),
  }, chatAvatar(chat),
  el("span", { class: "chat-text" },
    el("span", { class: "chat-line" },
      el("b", { dir: "auto" }, chat.title, chat.kind === "private" ? null : icon("group")),
      el("small", {}, last ? listTime(last.date) : "")),
    el("span", { class: "chat-line" },
      el("span", { class: "chat-last", dir: "auto" }, ...lastLine(chat, last, person)),
      count ? el("span", { class: "badge count", "aria-label": `${count} unread` }, count > 99 ? "99+" : String(count)) : null)));
}

function lastLine(chat, last, person) {
  if (!last) return ["Nothing said yet"];
  const text = summaryOf(last).replace(/\s+/g, " ").slice(0, 120);
  if (last.from?.id === person) return [el("span", { class: "who" }, "You: "), text];
  if (chat.kind !== "private") return [el("span", { class: "who" }, `${last.from?.first_name ?? ""}: `), text];
  return [text];
}
