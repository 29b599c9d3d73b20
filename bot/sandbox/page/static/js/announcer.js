// What a screen reader says while the focus is elsewhere: new messages, and what changed in the older ones.

import { el, find } from "./dom.js";
import { buttonCount, labelsOf } from "./keyboards.js";
import { languageOf } from "./language.js";
import { senderOf, summaryOf } from "./media.js";

const KEPT = 5; // announcements that stay on the page
// A message that changes again and again by itself, such as a progress card, is announced at most this often.
const PAUSE_MS = 10_000;

export function announce(...words) {
  const box = find("announcer");
  box.append(el("p", {}, ...words));
  while (box.children.length > KEPT) box.firstChild.remove();
}

const spoken = (text) => el("span", { lang: languageOf(text) }, text);

/** Announce a message: its sender, its text, and how many buttons it has. */
export function announceMessage(message) {
  const count = buttonCount(message);
  announce(`${senderOf(message).first_name}: `, spoken(summaryOf(message)), count && ` ${count}`);
}

/** Announces the edits of the open chat's messages: only what is new in them. */
export class Edits {
  #answers = new Set(); // messages whose button was pressed: the next edit is the answer and cannot wait
  #pauses = new Map(); // message id → {announced, newest, timer}: how it was announced last, and how it is now

  pressed(id) {
    this.#answers.add(id);
  }

  announce(before, after) {
    const id = after.message_id;
    const pause = this.#pauses.get(id);
    const isAnswer = this.#answers.delete(id);
    if (pause && !isAnswer) {
      pause.newest = after;
    } else {
      this.#announceChange(pause?.announced ?? before, after);
      clearTimeout(pause?.timer);
      this.#pauses.set(id, { announced: after, newest: after, timer: setTimeout(() => this.#resume(id), PAUSE_MS) });
    }
  }

  /** Announce by what others' messages differ from those that were shown before. */
  announceMissed(before, after, person) {
    const shown = new Map(before.map((message) => [message.message_id, message]));
    for (const message of after.filter((one) => one.from?.id !== person)) {
      const old = shown.get(message.message_id);
      if (!old) announceMessage(message);
      else if (old.edit_date !== message.edit_date) this.announce(old, message);
    }
  }

  /** Forget what waits, since another chat was opened. */
  clear() {
    for (const { timer } of this.#pauses.values()) clearTimeout(timer);
    this.#pauses.clear();
    this.#answers.clear();
  }

  #resume(id) {
    const { announced, newest } = this.#pauses.get(id);
    this.#pauses.delete(id);
    if (newest !== announced) this.announce(announced, newest);
  }

  #announceChange(before, after) {
    const lines = added(summaryOf(before).split("\n"), summaryOf(after).split("\n")).filter((line) => line.trim());
    const labels = added(labelsOf(before), labelsOf(after));
    const words = [];
    if (lines.length) words.push(" ", spoken(lines.join("\n")));
    if (labels.length) words.push(" Buttons: ", spoken(labels.join(", ")));
    announce(`${senderOf(after).first_name} edited:`, ...(words.length ? words : [" something was removed"]));
  }
}

function added(before, after) {
  const known = new Set(before);
  return after.filter((item) => !known.has(item));
}
