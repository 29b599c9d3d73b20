// The session: the current person, the open chat, and what is unread. It calls the server and has no DOM.

import { api } from "./api.js";
import { setReader } from "./language.js";
import { memory } from "./memory.js";
import { setOffset } from "./times.js";

export class Session {
  person = null;
  chat = null;
  bot = null;
  people = [];
  chats = [];
  #topics = new Map(); // forum id → the topic of it that is open; none is the general one
  #unread = new Map(); // chat id → messages that this person has not seen
  #waiting = new Map(); // person id → messages for the others since this page was opened

  get me() {
    return this.people.find((one) => one.id === this.person);
  }

  get unreadTotal() {
    return [...this.#unread.values()].reduce((sum, one) => sum + one, 0);
  }

  unread(chat) {
    return this.#unread.get(chat) ?? 0;
  }

  waiting(person) {
    return this.#waiting.get(person) ?? 0;
  }

  find(chat) {
    return this.chats.find((one) => one.id === chat);
  }

  /** The shown topic of the open forum; null for the general one, or without a forum. */
  get topic() {
    const id = this.#topics.get(this.chat?.id);
    return this.chat?.topics?.find((one) => one.id === id) ?? null;
  }

  openTopic(id) {
    this.#topics.set(this.chat.id, id);
  }

  /** Whether a message of the open chat is in the shown topic. */
  shows(message) {
    return !this.chat.forum || (message.is_topic_message ? message.message_thread_id : null) === (this.topic?.id ?? null);
  }

  isGroup() {
    return this.chat.kind !== "private";
  }

  /** Switch to `person`; without one, to the first reader with the browser's language, or English. */
  async become(person) {
    if (!this.people.some((one) => one.id === person)) {
      const { people } = await api.state(null);
      const known = people.find((one) => one.id === person);
      const reader = (language) => people.find((one) => one.language === language && !one.editor);
      this.person = (known ?? reader(navigator.language.slice(0, 2)) ?? reader("en") ?? people[0]).id;
    } else {
      this.person = person;
    }
    this.#waiting.delete(this.person);
    await this.refresh();
    await this.#countUnread();
  }

  /** Load people and chats again. */
  async refresh() {
    const { bot, people, chats, offset } = await api.state(this.person);
    setOffset(offset);
    Object.assign(this, { bot, people, chats });
    setReader(this.me?.language ?? null);
    if (this.chat) this.chat = this.find(this.chat.id) ?? null;
  }

  async open(chat) {
    if (!this.find(chat)) await this.refresh();
    this.chat = this.find(chat) ?? this.find(this.person);
  }

  /** Load the open chat's commands, and its messages except those that this person cleared. */
  async read() {
    const { id } = this.chat;
    const { messages, commands } = await api.messages(this.person, id);
    memory.forgetIfNewWorld(this.person, id, messages.at(-1)?.message_id ?? 0);
    const cleared = memory.clearedUpTo(this.person, id);
    return { chat: id, commands, messages: messages.filter((message) => message.message_id > cleared && this.shows(message)) };
  }

  /** Update the list of chats with a message; return true if it is in one of this person's chats. */
  arrived({ chat, message }, seen) {
    const mine = this.find(chat);
    if (!mine) return false;
    mine.last = message;
    if (!seen && message.from?.id !== this.person) this.#unread.set(chat, this.unread(chat) + 1);
    return true;
  }

  /** The other person to whom the bot wrote in private (the chat has their id), or undefined. */
  arrivedElsewhere({ chat, message }) {
    const other = message.from?.is_bot ? this.people.find((one) => one.id === chat) : undefined;
    if (other) this.#waiting.set(other.id, this.waiting(other.id) + 1);
    return other;
  }

  edited({ chat, message }) {
    const mine = this.find(chat);
    if (mine?.last?.message_id === message.message_id) mine.last = message;
  }

  /** Mark the open chat as read up to `newest`; return true if something was unread. */
  saw(newest) {
    memory.markRead(this.person, this.chat.id, newest);
    return this.#unread.delete(this.chat.id);
  }

  /** The composer's mode: may write, has not started the bot, has blocked it … */
  mode(empty) {
    if (this.chat.kind === "channel" && this.chat.members[0] !== this.person) return "reader";
    if (this.isGroup()) return "write";
    if (this.me.blocked) return "blocked";
    return empty ? "start" : "write";
  }

  /** Count unread messages; load only chats whose last message is unread. */
  async #countUnread() {
    this.#unread.clear();
    for (const { id, last } of this.chats) {
      memory.forgetIfNewWorld(this.person, id, last?.message_id ?? 0);
      const read = memory.readUpTo(this.person, id);
      if (!last || last.message_id <= read || last.from?.id === this.person) continue;
      const { messages } = await api.messages(this.person, id);
      const fresh = messages.filter((one) => one.message_id > read && one.from?.id !== this.person);
      this.#unread.set(id, fresh.length);
    }
  }
}
