// The page: connect actions of the person and events of the server with what is shown.

import { Edits, announce, announceMessage } from "./announcer.js";
import { api } from "./api.js";
import { drawChats } from "./chats.js";
import { beginClock, drawClock, movedTo } from "./clock.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { avatar, find, icon, shorten } from "./dom.js";
import { listen } from "./events.js";
import { drawHead, emptyCard } from "./head.js";
import { askedInput } from "./keyboards.js";
import { safeUrl, startPayload } from "./links.js";
import { summaryOf } from "./media.js";
import { memory, readHash, writeHash } from "./memory.js";
import { applyTheme, drawIdentity, openChatMenu, openIdentities, openSandboxMenu } from "./menus.js";
import { alertBox, confirmLink, toast } from "./overlays.js";
import { Session } from "./session.js";

const TYPING_MS = 5000;
const PHONE = matchMedia("(max-width: 719px)");

class Page {
  #session = new Session();
  #conversation;
  #composer;
  #edits = new Edits();
  #typing = null;
  #heard = 0; // events of the open chat so far
  #shown = ""; // the person, chat and topic whose messages are shown

  constructor() {
    this.#conversation = new Conversation({
      bot: () => this.#session.bot,
      command: (text) => this.#send(text),
      start: (payload) => this.#start(payload),
      confirm: confirmLink,
      copy: (text) => this.#copy(text),
      note: (text) => toast(text),
      press: (message, data) => this.#run(() => this.#press(message, data)),
      switchInline: (text, here) => this.#run(() => this.#switchInline(text, here)),
      reply: (message) => this.#composer.answer(message),
    });
    this.#composer = new Composer({
      send: (text, replyTo) => this.#send(text, replyTo),
      edit: (message, text) => this.#run(() => api.edit(...this.#place, message, text)),
      lastOwn: () => this.#conversation.messages.findLast((one) => one.text && one.from?.id === this.#session.person),
      sample: (kind) => this.#run(() => api.sendSample(...this.#place, kind)),
      start: () => this.#send("/start"),
      restart: () => this.#start(""),
      leave: (message) => memory.leave(...this.#place, message.message_id),
      inline: (query) => this.#inline(query),
      sendInline: (id, query) => this.#run(() => api.sendInline(...this.#place, id, query)),
    });
  }

  async begin() {
    applyTheme();
    for (const [id, symbol] of [["sandbox-menu", "sliders"], ["chat-menu", "more"], ["back", "back"]]) find(id).append(icon(symbol));
    find("sandbox-menu").addEventListener("click", () => openSandboxMenu(this.#session, this.#menuActs));
    find("identity").addEventListener("click", () => openIdentities(this.#session, this.#menuActs));
    find("chat-menu").addEventListener("click", () => openChatMenu(this.#session, this.#menuActs));
    find("back").addEventListener("click", () => this.#closeChat());
    beginClock((act) => this.#run(act));
    addEventListener("popstate", () => this.#run(() => this.#follow()));
    document.addEventListener("visibilitychange", () => this.#seen());
    document.addEventListener("keydown", (event) => this.#escape(event));
    await this.#run(() => this.#follow());
    listen((event) => this.#run(() => this.#hear(event)), (up) => this.#run(() => this.#line(up)));
  }

  get #place() {
    return [this.#session.person, this.#session.chat.id];
  }

  // --- switching person and chat ---

  /** Show the person and chat in the address bar. */
  async #follow() {
    const { person, chat } = readHash();
    const session = this.#session;
    const shown = session.me && person === session.person && chat === (session.chat?.id ?? null);
    if (!shown) await this.#become(person, chat);
  }

  async #become(person, chat = null) {
    await this.#session.become(person);
    if (this.#session.find(chat)) await this.#openChat(chat);
    else if (PHONE.matches) this.#closeChat();
    else await this.#openChat(this.#session.person);
  }

  async #openChat(id) {
    await this.#session.open(id);
    writeHash(...this.#place);
    const fromList = find("chats").contains(document.activeElement);
    document.body.classList.add("in-chat");
    await this.#readChat();
    if (!PHONE.matches) this.#composer.focus(); // on a phone that would open its keyboard
    else if (fromList) this.#conversation.focus();
  }

  #closeChat() {
    const { id } = this.#session.chat ?? {};
    this.#session.chat = null;
    this.#shown = "";
    writeHash(this.#session.person, null);
    document.body.classList.remove("in-chat");
    this.#draw();
    find("chats").querySelector(`[data-chat="${id}"]`)?.focus();
  }

  async #readChat() {
    const session = this.#session;
    let read, heard;
    do { // until nothing happened in the chat while it was read
      heard = this.#heard;
      read = await session.read();
    } while (heard !== this.#heard);
    const { chat, messages, commands } = read;
    if (session.chat?.id !== chat) return; // another chat was opened meanwhile
    const [before, place] = [this.#conversation.messages, [...this.#place, session.topic?.id].join()];
    this.#conversation.open(messages, { person: session.person, group: session.isGroup() }, emptyCard(session));
    if (place === this.#shown) this.#edits.announceMissed(before, messages, session.person);
    else this.#edits.clear();
    this.#shown = place;
    this.#composer.open(this.#place.join(":"), {
      botName: session.bot.username, commands, mode: session.mode(messages.length === 0), asked: this.#asked(),
    });
    this.#seen();
    this.#draw();
  }

  #asked() {
    const asked = askedInput(this.#conversation.messages, this.#session.bot.id, this.#session.person);
    const isLeft = asked.force && memory.leftUpTo(...this.#place) >= asked.message.message_id;
    return isLeft ? { ...asked, force: null } : asked;
  }

  #draw() {
    const session = this.#session;
    drawIdentity(session);
    drawClock();
    drawChats(session, (id) => this.#run(() => this.#openChat(id)));
    if (session.chat) drawHead(session, this.#typing !== null);
    const count = session.unreadTotal;
    document.title = `${count ? `(${count}) ` : ""}${session.me.name} · Comeback sandbox`;
  }

  // --- actions ---

  /** Run an action and show its error; return whether it succeeded. */
  async #run(act) {
    try {
      await act();
      return true;
    } catch (error) {
      toast(error.message);
      return false;
    }
  }

  #menuActs = {
    become: (id) => this.#run(() => this.#become(id)),
    openChat: (id) => this.#openChat(id),
    openTopic: (id) => this.#run(() => { this.#session.openTopic(id); return this.#readChat(); }),
    clear: () => this.#clear(),
    run: (act) => this.#run(act),
  };

  #send(text, replyTo = null) {
    return this.#run(() => api.send(...this.#place, text, replyTo, this.#session.topic?.id));
  }

  #start(payload) {
    return this.#run(async () => {
      await api.start(this.#session.person, payload);
      await this.#openChat(this.#session.person);
    });
  }

  async #press(message, data) {
    this.#edits.pressed(message.message_id);
    const answer = await api.press(this.#session.person, message.chat.id, message.message_id, data);
    if (answer.text && answer.show_alert) alertBox(answer.text, this.#session.bot.name);
    else if (answer.text) toast(answer.text);
    if (answer.url) this.#openLink(answer.url);
  }

  #openLink(address) {
    const payload = startPayload(address, this.#session.bot.username);
    const url = safeUrl(address);
    if (payload !== null) this.#start(payload);
    else if (url) confirmLink(url);
  }

  async #inline(query) {
    try {
      return (await api.inline(this.#session.person, query)).results;
    } catch (error) {
      toast(error.message);
      return [];
    }
  }

  async #switchInline(text, here) {
    const group = this.#session.chats.find((one) => one.kind !== "private");
    if (!here && group) await this.#openChat(group.id);
    this.#composer.write(`@${this.#session.bot.username} ${text}`);
  }

  async #copy(text) {
    if (!navigator.clipboard) toast("The browser lets only a page at 127.0.0.1 or https copy.");
    else if (await this.#run(() => navigator.clipboard.writeText(text))) toast("Copied");
  }

  #clear() {
    const newest = this.#conversation.messages.at(-1)?.message_id;
    if (newest) memory.clear(...this.#place, newest);
    this.#run(() => this.#readChat());
  }

  /** Handle Esc: on a phone go back to the list of chats, else to the input. */
  #escape(event) {
    if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open], .menu")) return;
    if (PHONE.matches && this.#session.chat) this.#closeChat();
    else this.#composer.focus();
  }

  // --- events ---

  async #hear(event) {
    if (!this.#session.me) return undefined; // nobody is shown yet: the server was away at the start
    const isOpen = event.chat === this.#session.chat?.id;
    if (isOpen) this.#heard += 1;
    switch (event.type) {
      case "people":
      case "chats": return this.#refresh();
      case "clock": return this.#moved();
      case "commands": return this.#readCommands();
      case "message": return this.#arrived(event, isOpen);
      case "edited":
        this.#session.edited(event);
        if (isOpen) this.#edited(event.message);
        break;
      case "deleted":
        if (isOpen) this.#deleted(event.message_ids);
        await this.#session.refresh();
        break;
      case "typing":
        if (isOpen) this.#showTyping();
        break;
    }
    return this.#settle(isOpen);
  }

  #arrived(event, isOpen) {
    const { message } = event;
    if (!this.#session.arrived(event, isOpen && !document.hidden)) return this.#arrivedElsewhere(event);
    const mine = message.from?.id === this.#session.person;
    if (!mine) announceMessage(message);
    if (isOpen) {
      if (!mine) this.#stopTyping();
      if (this.#session.shows(message)) this.#conversation.add(message);
      this.#seen();
    }
    return this.#settle(isOpen);
  }

  #edited(message) {
    const before = this.#conversation.edit(message);
    if (before && message.from?.id !== this.#session.person) this.#edits.announce(before, message);
  }

  #deleted(ids) {
    const gone = this.#conversation.remove(ids);
    if (gone) announce(gone === 1 ? "A message was deleted." : `${gone} messages were deleted.`);
  }

  #arrivedElsewhere(event) {
    const other = this.#session.arrivedElsewhere(event);
    if (!other) return;
    const words = shorten(summaryOf(event.message), 90);
    toast(`For ${other.name}: ${words}`, { lead: avatar(other), action: () => this.#run(() => this.#become(other.id, other.id)) });
    drawIdentity(this.#session);
  }

  /** Update the composer and the lists after a change. */
  #settle(isOpen) {
    if (isOpen) {
      this.#composer.setMode(this.#session.mode(this.#conversation.messages.length === 0));
      this.#composer.ask(this.#asked());
    }
    this.#draw();
  }

  /** Redraw the dates after the clock was moved. */
  async #moved() {
    await this.#refresh();
    movedTo();
    if (this.#session.chat) await this.#readChat();
  }

  async #readCommands() {
    if (this.#session.chat) this.#composer.setCommands((await this.#session.read()).commands);
  }

  async #refresh() {
    const before = this.#session.chat?.id;
    await this.#session.refresh();
    if (before && !this.#session.find(before)) return this.#become(this.#session.person);
    return this.#settle(Boolean(before && this.#session.chat)); // it may have been closed meanwhile
  }

  #showTyping() {
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => { this.#stopTyping(); this.#draw(); }, TYPING_MS);
  }

  #stopTyping() {
    clearTimeout(this.#typing);
    this.#typing = null;
  }

  #seen() {
    const newest = this.#conversation.messages.at(-1)?.message_id;
    if (!document.hidden && this.#session.chat && newest && this.#session.saw(newest)) this.#draw();
  }

  /** Load what happened between reading the chat and the first event. */
  async #catchUp() {
    await this.#refresh();
    if (!this.#session.chat) return;
    const { messages } = await this.#session.read();
    if (JSON.stringify(messages) !== JSON.stringify(this.#conversation.messages)) await this.#readChat();
  }

  /** The connection opened or broke; when it opens, load what was missed. */
  async #line(up) {
    const notice = find("offline");
    const wasDown = !notice.hidden;
    notice.hidden = up;
    notice.textContent = up ? "" : "The sandbox is gone. Waiting for it to come back…";
    if (up && !this.#session.me) await this.#follow();
    else if (up && wasDown) await this.#become(this.#session.person, this.#session.chat?.id);
    else if (up) await this.#catchUp();
    document.body.classList.toggle("live", up); // for tests: nothing that happened is unseen
  }
}

new Page().begin();
