// The page itself: who looks at which chat, and what happens when something does.

import { api } from "./api.js";
import { chatAvatar, drawChats } from "./chats.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { avatar, el, find, icon, iconButton } from "./dom.js";
import { listen } from "./events.js";
import { askedInput } from "./keyboards.js";
import { summaryOf } from "./media.js";
import { memory, readHash, writeHash } from "./memory.js";
import { applyTheme, drawIdentity, openChatMenu, openIdentities, openSandboxMenu } from "./menus.js";
import { alertBox, confirmLink, toast } from "./overlays.js";
import { safeUrl, startPayload } from "./links.js";

const TYPING_MS = 5000;
const PHONE = matchMedia("(max-width: 719px)");

class Page {
  #state = null;
  #person = null;
  #chat = null;
  #unread = new Map(); // chat id → messages that this person has not seen
  #waiting = new Map(); // person id → messages for the others since this page was opened
  #typing = null;

  constructor() {
    const shared = {
      command: (text) => this.#send(text),
      start: (payload) => this.#run(() => api.start(this.#person, payload).then(() => this.#openChat(this.#person))),
      confirm: confirmLink,
      copy: (text) => this.#copy(text),
      note: (text) => toast(text),
      press: (message, data) => this.#run(() => this.#press(message, data)),
      switchInline: (text, here) => this.#switchInline(text, here),
      reply: (message) => this.#composer.answer(message),
    };
    this.#acts = shared;
    this.#conversation = new Conversation(shared);
    this.#composer = new Composer({
      send: (text, replyTo) => this.#send(text, replyTo),
      sample: (kind) => this.#run(() => api.sendSample(this.#person, this.#chat.id, kind)),
      start: () => this.#send("/start"),
      restart: () => this.#run(() => api.start(this.#person, "")),
      inline: (query) => this.#inline(query),
      sendInline: (id, query) => this.#run(() => api.sendInline(this.#person, this.#chat.id, id, query)),
    });
  }

  #acts;
  #conversation;
  #composer;

  async begin() {
    applyTheme();
    find("sandbox-menu").append(icon("sliders"));
    find("sandbox-menu").addEventListener("click", () => openSandboxMenu(this.#menuContext()));
    find("identity").addEventListener("click", () =>
      openIdentities(this.#state.people, this.#person, (id) => this.#waiting.get(id) ?? 0, this.#menuContext()));
    addEventListener("hashchange", () => this.#run(() => this.#follow()));
    addEventListener("popstate", () => this.#run(() => this.#follow()));
    document.addEventListener("visibilitychange", () => this.#seen());
    document.addEventListener("keydown", (event) => this.#escape(event));
    await this.#run(() => this.#follow());
    listen((event) => this.#run(() => this.#hear(event)), (up) => this.#line(up));
  }

  // --- going to a person and a chat ---

  /** Show what the address bar says; without it, the first person who speaks the browser's language. */
  async #follow() {
    const wanted = readHash();
    if (this.#state && wanted.person === this.#person && wanted.chat === (this.#chat?.id ?? null)) return;
    const { people } = await api.state(null);
    const known = people.find((one) => one.id === wanted.person);
    const native = people.find((one) => one.language === navigator.language.slice(0, 2) && !one.editor);
    await this.#become((known ?? native ?? people[0]).id, wanted.chat);
  }

  async #become(person, chat = null) {
    this.#person = person;
    this.#waiting.delete(person);
    await this.#readState();
    await this.#countUnread();
    const open = this.#state.chats.some((one) => one.id === chat) ? chat : null;
    if (open || !PHONE.matches) await this.#openChat(open ?? person);
    else this.#closeChat();
  }

  async #readState() {
    this.#state = await api.state(this.#person);
    this.#acts.botName = this.#state.bot.username;
    if (this.#chat) this.#chat = this.#state.chats.find((one) => one.id === this.#chat.id) ?? null;
  }

  async #openChat(id) {
    if (!this.#state.chats.some((one) => one.id === id)) await this.#readState();
    this.#chat = this.#state.chats.find((one) => one.id === id);
    writeHash(this.#person, id);
    document.body.classList.add("in-chat");
    await this.#readChat();
    if (!PHONE.matches) this.#composer.focus();
  }

  #closeChat() {
    this.#chat = null;
    writeHash(this.#person, null);
    document.body.classList.remove("in-chat");
    this.#draw();
  }

  async #readChat() {
    const { id } = this.#chat;
    const { messages, commands } = await api.messages(this.#person, id);
    if (this.#chat?.id !== id) return; // another chat was opened meanwhile
    memory.forgetIfNewWorld(this.#person, id, messages.at(-1)?.message_id ?? 0);
    const cleared = memory.clearedUpTo(this.#person, id);
    const visible = messages.filter((message) => message.message_id > cleared);
    this.#conversation.open(visible, { person: this.#person, group: this.#chat.kind !== "private" }, this.#emptyCard());
    this.#composer.open(`${this.#person}:${id}`, {
      botName: this.#state.bot.username, commands, mode: this.#mode(), asked: this.#asked(),
    });
    this.#seen();
    this.#draw();
  }

  // --- drawing ---

  #draw() {
    drawIdentity(this.#state.people, this.#person, (id) => this.#waiting.get(id) ?? 0);
    drawChats(this.#state, this.#person, {
      unread: (id) => this.#unread.get(id) ?? 0,
      isOpen: (id) => id === this.#chat?.id,
      open: (id) => this.#run(() => this.#openChat(id)),
    });
    this.#drawHead();
    const count = [...this.#unread.values()].reduce((sum, one) => sum + one, 0);
    const me = this.#state.people.find((one) => one.id === this.#person);
    document.title = `${count ? `(${count}) ` : ""}${me.name} · Comeback sandbox`;
  }

  #drawHead() {
    if (!this.#chat) return;
    const menu = iconButton("more", "Chat menu", () => openChatMenu(menu, this.#menuContext()),
      { "aria-haspopup": "menu", "aria-expanded": "false" });
    const back = iconButton("back", "All chats", () => this.#closeChat(), { class: "icon-button back" });
    find("chat-head").replaceChildren(back, chatAvatar(this.#chat),
      el("div", { class: "chat-title" }, el("h1", { dir: "auto" }, this.#chat.title), el("small", {}, this.#subtitle())), menu);
  }

  #subtitle() {
    if (this.#typing) return "typing…";
    if (this.#chat.kind === "private") return `bot · @${this.#state.bot.username}`;
    const people = this.#chat.members.length + (this.#chat.bot_member ? 1 : 0);
    return `${people} members${this.#chat.bot_member ? "" : ` · ${this.#state.bot.name} is not among them`}`;
  }

  #emptyCard() {
    if (this.#chat.kind !== "private") return el("div", { class: "welcome" }, el("p", {}, "Nothing has been said here yet."));
    const { bot } = this.#state;
    return el("div", { class: "welcome" }, avatar({ id: bot.id, name: bot.name, bot: true }),
      el("h2", {}, bot.name), el("p", { dir: "auto" }, bot.description || "Press Start, and the bot will answer."));
  }

  #mode() {
    const me = this.#state.people.find((one) => one.id === this.#person);
    if (this.#chat.kind !== "private") return "write";
    if (me.blocked) return "blocked";
    return this.#conversation.messages.length ? "write" : "start";
  }

  #asked() {
    return askedInput(this.#conversation.messages, this.#state.bot.id);
  }

  // --- what one does ---

  /** Runs an act and says what went wrong with it; returns whether it went well. */
  async #run(act) {
    try {
      await act();
      return true;
    } catch (error) {
      toast(error.message);
      return false;
    }
  }

  #send(text, replyTo = null) {
    return this.#run(() => api.send(this.#person, this.#chat.id, text, replyTo));
  }

  async #press(message, data) {
    const answer = await api.press(this.#person, message.chat.id, message.message_id, data);
    if (answer.text && answer.show_alert) alertBox(answer.text, this.#state.bot.name);
    else if (answer.text) toast(answer.text);
    if (answer.url) this.#openLink(answer.url);
  }

  #openLink(address) {
    const payload = startPayload(address, this.#state.bot.username);
    const url = safeUrl(address);
    if (payload !== null) this.#acts.start(payload);
    else if (url) confirmLink(url);
  }

  async #inline(query) {
    try {
      return (await api.inline(this.#person, query)).results;
    } catch (error) {
      toast(error.message);
      return [];
    }
  }

  async #switchInline(text, here) {
    const group = this.#state.chats.find((one) => one.kind !== "private");
    if (!here && group) await this.#openChat(group.id);
    this.#composer.write(`@${this.#state.bot.username} ${text}`);
  }

  async #copy(text) {
    if (await this.#run(() => navigator.clipboard.writeText(text))) toast("Copied");
  }

  #clear() {
    const newest = this.#conversation.messages.at(-1)?.message_id;
    if (newest) memory.clear(this.#person, this.#chat.id, newest);
    this.#run(() => this.#readChat());
  }

  #menuContext() {
    return {
      state: this.#state, chat: this.#chat, person: this.#person,
      become: (id) => this.#run(() => this.#become(id)),
      openChat: (id) => this.#openChat(id),
      clear: () => this.#clear(),
      run: (act) => this.#run(act),
    };
  }

  #escape(event) {
    if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open], .menu")) return;
    if (PHONE.matches && this.#chat) this.#closeChat();
    else this.#composer.focus();
  }

  // --- what one hears ---

  async #hear(event) {
    if (event.type === "people" || event.type === "chats") return this.#refresh();
    const mine = this.#state.chats.find((one) => one.id === event.chat);
    const open = mine && event.chat === this.#chat?.id;
    if (event.type === "message") this.#arrived(event, mine, open);
    if (event.type === "edited" && open) this.#conversation.edit(event.message);
    if (event.type === "edited" && mine?.last?.message_id === event.message.message_id) mine.last = event.message;
    if (event.type === "deleted" && open) this.#conversation.remove(event.message_ids);
    if (event.type === "typing" && open) this.#showTyping();
    if (event.type === "commands" && this.#chat) {
      this.#composer.setCommands((await api.messages(this.#person, this.#chat.id)).commands);
    }
    if (open) {
      this.#composer.setMode(this.#mode());
      this.#composer.ask(this.#asked());
    }
    return this.#draw();
  }

  #arrived({ chat, message }, mine, open) {
    if (!mine) return this.#arrivedElsewhere(chat, message);
    mine.last = message;
    const own = message.from?.id === this.#person;
    if (open) {
      if (!own) this.#stopTyping();
      this.#conversation.add(message);
      this.#seen();
    }
    if (own) return null;
    if (!open || document.hidden) this.#unread.set(chat, (this.#unread.get(chat) ?? 0) + 1);
    find("announcer").textContent = `${message.from?.first_name}: ${summaryOf(message)}`;
    return null;
  }

  /** The bot wrote to somebody else: their private chat has the id of the person. */
  #arrivedElsewhere(chat, message) {
    const other = this.#state.people.find((one) => one.id === chat);
    if (!other || !message.from?.is_bot) return;
    this.#waiting.set(other.id, (this.#waiting.get(other.id) ?? 0) + 1);
    toast(`For ${other.name}: ${summaryOf(message).replace(/\s+/g, " ").slice(0, 90)}`,
      { lead: avatar(other), action: () => this.#run(() => this.#become(other.id, other.id)) });
  }

  async #refresh() {
    await this.#readState();
    if (!this.#chat && !PHONE.matches) return this.#openChat(this.#person);
    if (this.#chat) this.#composer.setMode(this.#mode());
    return this.#draw();
  }

  #showTyping() {
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => { this.#stopTyping(); this.#drawHead(); }, TYPING_MS);
  }

  #stopTyping() {
    clearTimeout(this.#typing);
    this.#typing = null;
  }

  #seen() {
    const newest = this.#conversation.messages.at(-1)?.message_id;
    if (document.hidden || !this.#chat || !newest) return;
    memory.markRead(this.#person, this.#chat.id, newest);
    if (this.#unread.delete(this.#chat.id)) this.#draw();
  }

  /** What came while this person was away: the page asks only for chats whose last message is new to them. */
  async #countUnread() {
    this.#unread.clear();
    for (const chat of this.#state.chats) {
      const newest = chat.last?.message_id ?? 0;
      memory.forgetIfNewWorld(this.#person, chat.id, newest);
      const read = memory.readUpTo(this.#person, chat.id);
      if (newest <= read || chat.last.from?.id === this.#person) continue;
      const { messages } = await api.messages(this.#person, chat.id);
      const fresh = messages.filter((one) => one.message_id > read && one.from?.id !== this.#person);
      this.#unread.set(chat.id, fresh.length);
    }
  }

  /** The line to the server came back or was lost; what was missed meanwhile is read again. */
  #line(up) {
    const notice = find("offline");
    const wasDown = !notice.hidden;
    notice.hidden = up;
    notice.textContent = up ? "" : "The sandbox is gone. Waiting for it to come back…";
    if (up && wasDown) this.#run(() => this.#become(this.#person, this.#chat?.id));
  }
}

new Page().begin();
