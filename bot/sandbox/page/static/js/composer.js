// The composer: the input, the command menu, and the bot's reply keyboard.

import { el, find, icon, iconButton, shorten } from "./dom.js";
import { replyKeyboard } from "./keyboards.js";
import { languageOf } from "./language.js";
import { senderOf, summaryOf } from "./media.js";
import { openMenu } from "./overlays.js";
import { Suggestions, inlineQuery, matching } from "./suggestions.js";

const INLINE_PAUSE_MS = 300;
const TALLEST_PX = 160;

const SAMPLES = [["photo", "Photo"], ["document", "Document"], ["sticker", "Sticker"], ["location", "Location"], ["voice", "Voice message"]];

const NOTHING = { keyboard: null, force: null, message: null, answered: false };

/**
 * `actions`: send(text, replyTo), edit(messageId, text), lastOwn() → message, sample(kind), start(), restart(), inline(query) → results, sendInline(id, query),
 * leave(message): a prompt of the bot is not answered.
 */
export class Composer {
  #box = find("composer");
  #actions;
  #botName = "";
  #commands = [];
  #replyTo = null;
  #editing = null;
  #drafts = new Map();
  #draftKey = null;
  #timer = null;
  #asked = NOTHING;
  #keyboardShown = true;

  constructor(actions) {
    this.#actions = actions;
    this.input = el("textarea", { rows: "1", "aria-label": "Message", placeholder: "Message", enterkeyhint: "send", dir: "auto", autocomplete: "off" });
    this.suggestions = new Suggestions(this.input);
    this.#build();
    this.input.addEventListener("input", () => this.#typed());
    this.input.addEventListener("keydown", (event) => this.#key(event));
  }

  #build() {
    const samples = iconButton("attach", "Send a sample", () => openMenu(samples, SAMPLES.map(([kind, label]) =>
      ({ icon: kind, label, act: () => this.#actions.sample(kind) }))), { "aria-haspopup": "menu", "aria-expanded": "false" });
    this.menuButton = el("button", { class: "menu-button", type: "button", "aria-label": "Menu of commands", title: "Menu of commands",
      onclick: () => this.#toggleCommands() }, icon("slash"), el("span", {}, "Menu"));
    this.keyboardButton = iconButton("keyboard", "The bot's keyboard", () => this.#toggleKeyboard(), { hidden: true });
    this.sendButton = iconButton("send", "Send", () => this.#submit(), { class: "icon-button send" });
    this.reply = el("div", { class: "reply-bar", hidden: true });
    this.row = el("div", { class: "input-row", hidden: true }, this.menuButton, samples, el("div", { class: "input-box" }, this.input, this.keyboardButton), this.sendButton);
    this.keys = el("div", { class: "keys", hidden: true });
    this.big = el("button", { class: "big-button", type: "button", hidden: true });
    this.#box.append(this.suggestions.node, this.reply, this.row, this.keys, this.big);
  }

  /** Show another chat: `mode` is "write", "start" (no message yet), "blocked", "away" (not in the group) or "reader" (of a channel). */
  open(key, { botName, commands, mode, asked }) {
    if (key !== this.#draftKey) {
      if (this.#draftKey) this.#drafts.set(this.#draftKey, this.input.value);
      this.#draftKey = key;
      this.input.value = this.#drafts.get(key) ?? "";
      this.#asked = NOTHING;
      this.keys.replaceChildren();
      this.answer(null);
    }
    this.#botName = botName;
    this.setCommands(commands);
    this.setMode(mode);
    this.ask(asked);
    this.#grow();
  }

  setCommands(commands) {
    this.#commands = commands;
    this.menuButton.hidden = commands.length === 0;
  }

  setMode(mode) {
    if (mode === this.mode) return;
    const pressed = document.activeElement === this.big;
    this.mode = mode;
    const labels = { start: "Start", blocked: "Unblock and restart", away: "You are not in this group", reader: "Only its owner writes in a channel" };
    this.row.hidden = mode !== "write";
    this.big.hidden = mode === "write";
    this.big.disabled = mode === "away" || mode === "reader";
    this.big.textContent = labels[mode] ?? "";
    this.big.onclick = mode === "blocked" ? this.#actions.restart : this.#actions.start;
    if (mode !== "write") this.suggestions.hide();
    this.#showKeys();
    this.#grow(); // what was hidden had no height to measure
    if (pressed && matchMedia("(hover: hover)").matches) this.focus(); // on a phone that would open its keyboard
  }

  #showKeys() {
    this.keys.hidden = this.mode !== "write" || !this.#keyboardShown || !this.#asked.keyboard;
  }

  /** Apply the bot's newest keyboard (see askedInput in keyboards.js). */
  ask(asked) {
    const before = this.#asked;
    const isNew = asked.message?.message_id !== before.message?.message_id;
    this.#asked = asked;
    if (before.force && !asked.force && this.#replyTo?.message_id === before.message.message_id) this.answer(null);
    if (isNew) this.#keyboardShown = !(asked.keyboard?.one_time_keyboard && asked.answered);
    this.keyboardButton.hidden = !asked.keyboard;
    // Drawing takes the focus from a key, so only a keyboard that changed is drawn anew.
    if (JSON.stringify(asked.keyboard) !== JSON.stringify(before.keyboard)) {
      this.keys.replaceChildren(...(asked.keyboard ? [replyKeyboard(asked.keyboard, (button) => this.#choose(button))] : []));
    }
    this.#showKeys();
    this.input.placeholder = (asked.keyboard ?? asked.force)?.input_field_placeholder ?? "Message";
    if (asked.force && isNew) this.answer(asked.message);
  }

  /** Begin a reply to a message, or with null end it. */
  answer(message) {
    this.#replyTo = message;
    this.#editing = null;
    this.#aim("reply", `Reply to ${message ? senderOf(message).first_name : ""}`, message);
  }

  /** Begin to edit one's own message. */
  #change(message) {
    this.#replyTo = null;
    this.#editing = message;
    this.#aim("edit", "Edit your message", message);
    this.write(message.text);
  }

  /** Show above the input the message that is replied to or edited. */
  #aim(symbol, title, message) {
    this.reply.hidden = !message;
    this.input.removeAttribute("aria-describedby");
    if (!message) return;
    this.input.setAttribute("aria-describedby", "aim");
    const text = shorten(summaryOf(message), 140);
    this.reply.replaceChildren(icon(symbol),
      el("span", { id: "aim", class: "reply-to" }, el("b", { dir: "auto" }, title), " ", el("span", { dir: "auto", lang: languageOf(text) }, text)),
      iconButton("close", "Leave it", () => this.#leave()));
    this.focus();
  }

  #leave() {
    if (this.#editing) this.write("");
    if (this.#asked.force && this.#replyTo?.message_id === this.#asked.message.message_id) this.#actions.leave(this.#replyTo);
    this.answer(null);
    this.focus();
  }

  write(text) {
    this.input.value = text;
    this.focus();
    this.#typed();
  }

  focus() {
    if (this.mode === "write") this.input.focus();
  }

  #typed() {
    this.#grow();
    clearTimeout(this.#timer);
    const text = this.input.value;
    const query = inlineQuery(text, this.#botName);
    if (query !== null) {
      this.#timer = setTimeout(() => this.#ask(query), INLINE_PAUSE_MS);
    } else {
      this.#offer(matching(this.#commands, text));
    }
  }

  #offer(items) {
    this.suggestions.show(items, ({ command }, completing) => {
      this.suggestions.hide();
      if (completing) {
        this.input.value = `/${command} `;
        this.focus();
      } else {
        this.input.value = "";
        this.#send(`/${command}`);
      }
      this.#grow();
    });
  }

  async #ask(query) {
    const results = await this.#actions.inline(query);
    if (inlineQuery(this.input.value, this.#botName) !== query) return; // typed on meanwhile
    this.suggestions.show(results.map(inlineItem), ({ id }) => {
      this.suggestions.hide();
      this.input.value = "";
      this.#grow();
      this.#actions.sendInline(id, query);
    });
  }

  #toggleCommands() {
    if (this.suggestions.open) this.suggestions.hide();
    else this.#offer(matching(this.#commands, "/"));
    this.focus();
  }

  #toggleKeyboard() {
    this.#keyboardShown = !this.#keyboardShown;
    this.#showKeys();
  }

  #choose(button) {
    if (this.#asked.keyboard?.one_time_keyboard) this.#toggleKeyboard();
    if (button.request_location) this.#actions.sample("location");
    else this.#send(button.text);
  }

  #key(event) {
    if (event.isComposing || this.suggestions.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.#submit();
    } else if (event.key === "ArrowUp" && !this.input.value && this.#actions.lastOwn()) {
      event.preventDefault();
      this.#change(this.#actions.lastOwn());
    } else if (event.key === "Escape" && (this.#replyTo || this.#editing)) {
      event.preventDefault();
      this.#leave();
    }
  }

  #submit() {
    const text = this.input.value.trim();
    if (!text) return this.focus();
    this.input.value = "";
    this.suggestions.hide();
    this.#grow();
    this.focus();
    return this.#send(text);
  }

  /** Send the text; if it is refused, put it back into the input. */
  async #send(text) {
    const [replyTo, editing] = [this.#replyTo?.message_id ?? null, this.#editing?.message_id];
    this.answer(null);
    const sent = editing ? this.#actions.edit(editing, text) : this.#actions.send(text, replyTo);
    if (!await sent && !this.input.value) this.write(text);
  }

  #grow() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, TALLEST_PX)}px`;
    this.sendButton.classList.toggle("ready", this.input.value.trim() !== "");
  }
}

function inlineItem(result) {
  return { id: result.id, title: result.title ?? result.caption ?? result.type, note: result.description ?? "" };
}
