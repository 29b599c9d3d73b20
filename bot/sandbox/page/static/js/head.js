// The header of the open chat, and the card in an empty one.

import { chatAvatar } from "./chats.js";
import { avatar, el, find } from "./dom.js";
import { languageOf } from "./language.js";

/** Draw the header's picture and words. Its buttons stay: they keep the focus and their menus. */
export function drawHead(session, typing) {
  const { chat } = session;
  find("chat-name").replaceChildren(chatAvatar(chat),
    el("div", { class: "chat-title" }, el("h1", { dir: "auto" }, chat.title), el("small", {}, subtitle(session, typing))));
}

function subtitle(session, typing) {
  const { chat, bot } = session;
  if (typing) return "typing…";
  if (chat.kind === "private") return `bot · @${bot.username}`;
  const { topic } = session;
  if (chat.forum) return `topic: ${topic?.name ?? "General"}${topic?.closed ? " (closed)" : ""}`;
  if (chat.kind === "channel") return `channel${chat.bot_member ? ` · ${bot.name} posts here` : ""}`;
  const count = chat.members.length + (chat.bot_member ? 1 : 0);
  return `${count} members${chat.bot_member ? "" : ` · ${bot.name} is not among them`}`;
}

export function emptyCard({ chat, bot }) {
  if (chat.kind !== "private") return el("div", { class: "welcome" }, el("p", {}, "Nothing has been said here yet."));
  return el("div", { class: "welcome" }, avatar({ id: bot.id, name: bot.name, bot: true }), el("h2", {}, bot.name),
    el("p", { dir: "auto", lang: languageOf(bot.description ?? "") }, bot.description || "Press Start, and the bot will answer."));
}
