// The conversation: the list of messages of the open chat, which are grouped, and edited and deleted in place.

import { el, find, icon } from "./dom.js";
import { senderOf } from "./media.js";
import { messageNode } from "./message.js";
import { beside, oneStop } from "./roving.js";
import { dayKey, dayLabel } from "./times.js";

const GROUP_SECONDS = 300;
const NEAR_BOTTOM_PX = 120;
const SIDEWAYS = new Set(["ArrowLeft", "ArrowRight"]);

/**
 * Tab reaches one message, and one control in it; arrow keys move between messages (up and down) and within one.
 * `actions` are the actions of messages: bot(), command(text), start(payload), confirm(url), copy(text), note(text),
 * press(message, data), switchInline(text, here), reply(message).
 */
export class Conversation {
  #list = find("messages");
  #down = find("to-bottom");
  #nodes = new Map();
  #messages = new Map();
  #view = null;
  #actions;
  #stop = null; // the message that Tab reaches
  #missed = 0;
  #stuck = true; // the newest message is in sight and stays so
  #size = "";

  constructor(actions) {
    this.#actions = { ...actions, goTo: (id) => this.goTo(id) };
    this.#list.addEventListener("keydown", (event) => this.#keys(event));
    this.#list.addEventListener("focusin", ({ target }) => this.#stopAt(target.closest("li"), target));
    this.#list.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#down.append(icon("down"), el("span", { class: "badge count", hidden: true }));
    this.#down.addEventListener("click", () => this.toBottom({ smooth: true }));
    new ResizeObserver(() => { if (this.#stuck) this.toBottom(); }).observe(this.#list);
    // When pictures load late, keep the newest message visible.
    this.#list.addEventListener("load", () => { if (this.#stuck) this.toBottom(); }, true);
  }

  get messages() {
    return [...this.#messages.values()];
  }

  /** Show a chat; `view` is {person, group}. If there are no messages, show `empty`. */
  open(messages, view, empty) {
    const [id, old] = [...this.#nodes].find(([, node]) => node.contains(document.activeElement)) ?? [];
    const focused = old ? focusPath(old) : null;
    this.#view = view;
    this.#stop = null;
    this.#nodes.clear();
    this.#messages.clear();
    this.#list.replaceChildren();
    for (const message of messages) this.#put(message);
    if (!messages.length && empty) this.#list.append(el("li", { class: "empty" }, empty));
    this.#layout();
    if (this.#nodes.has(id)) restoreFocus(this.#nodes.get(id), focused);
    this.toBottom();
  }

  add(message) {
    if (this.#messages.has(message.message_id)) return;
    this.#list.querySelector(".empty")?.remove();
    const node = this.#put(message);
    node.classList.add("arriving");
    this.#layout();
    if (this.#stuck || message.from?.id === this.#view.person) this.toBottom();
    else this.#miss();
  }

  /** Show a message as it was edited; return how it was, or undefined if it is not shown. */
  edit(message) {
    const before = this.#messages.get(message.message_id);
    if (!before) return undefined;
    const old = this.#nodes.get(message.message_id);
    const focused = focusPath(old);
    const node = messageNode(message, this.#view, this.#actions);
    node.classList.add("changed");
    old.replaceWith(node);
    this.#remember(message, node);
    this.#layout();
    restoreFocus(node, focused);
    if (this.#stuck) this.toBottom();
    return before;
  }

  /** Remove messages; return how many of them were shown. */
  remove(ids) {
    const hadFocus = this.#list.contains(document.activeElement);
    const count = this.#messages.size;
    for (const id of ids) {
      this.#nodes.get(id)?.remove();
      this.#nodes.delete(id);
      this.#messages.delete(id);
    }
    this.#layout();
    if (hadFocus && !this.#list.contains(document.activeElement)) ([...this.#nodes.values()].at(-1) ?? this.#list).focus();
    return count - this.#messages.size;
  }

  /** Move the focus to the message that Tab reaches. */
  focus() {
    (this.#stop ?? this.#list).focus({ preventScroll: true });
  }

  goTo(id) {
    const node = this.#nodes.get(id);
    if (!node) return;
    node.scrollIntoView({ block: "center" });
    node.focus({ preventScroll: true });
    node.classList.remove("changed");
    void node.offsetWidth; // starts the animation again
    node.classList.add("changed");
  }

  toBottom({ smooth = false } = {}) {
    this.#stuck = true;
    this.#missed = 0;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#list.scrollTo({ top: this.#list.scrollHeight, behavior: smooth && !calm ? "smooth" : "instant" });
    this.#showDown();
  }

  #put(message) {
    const node = messageNode(message, this.#view, this.#actions);
    this.#list.append(node);
    this.#remember(message, node);
    return node;
  }

  #remember(message, node) {
    oneStop(controlsOf(node));
    this.#nodes.set(message.message_id, node);
    this.#messages.set(message.message_id, message);
  }

  /** Set day separators, and group the messages of one person. */
  #layout() {
    for (const separator of this.#list.querySelectorAll(".day")) separator.remove();
    let before = null;
    for (const [id, node] of this.#nodes) {
      const message = this.#messages.get(id);
      const newDay = !before || dayKey(before.date) !== dayKey(message.date);
      if (newDay) node.before(el("li", { class: "day" }, el("span", {}, dayLabel(message.date))));
      const together = !newDay && follows(before, message);
      node.classList.toggle("first", !together);
      if (before) this.#nodes.get(before.message_id).classList.toggle("last", !together);
      before = message;
    }
    if (before) this.#nodes.get(before.message_id).classList.add("last");
    if (!this.#stop?.contains(document.activeElement)) this.#stopAt([...this.#nodes.values()].at(-1));
  }

  /** Let Tab reach this message, and in it `control` or the first one. */
  #stopAt(item, control) {
    if (!item?.dataset.id) return;
    if (this.#stop && this.#stop !== item) oneStop([this.#stop, ...controlsOf(this.#stop)]);
    this.#stop = item;
    item.tabIndex = 0;
    const controls = controlsOf(item);
    oneStop(controls, controls.includes(control) ? control : controls[0]);
  }

  /** Leave the bottom only if the person scrolled, not if the list's height changed. */
  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.#list;
    const size = `${scrollHeight}/${clientHeight}`;
    const resized = size !== this.#size;
    this.#size = size;
    if (resized && this.#stuck) return this.toBottom();
    this.#stuck = scrollHeight - scrollTop - clientHeight < NEAR_BOTTOM_PX;
    return this.#showDown();
  }

  #showDown() {
    if (this.#stuck) this.#missed = 0;
    this.#down.hidden = this.#stuck;
    const count = this.#down.querySelector(".count");
    this.#down.ariaLabel = `Newest messages${this.#missed ? `: ${this.#missed} more` : ""}`;
    count.textContent = this.#missed;
    count.hidden = this.#missed === 0;
  }

  #miss() {
    this.#missed += 1;
    this.#showDown();
  }

  #keys(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const item = event.target.closest("li");
    const next = this.#next(event.key, item, event.target);
    if (next) {
      event.preventDefault();
      next.focus();
    } else if (event.key.toLowerCase() === "r" && event.target === item && this.#messages.has(Number(item.dataset.id))) {
      event.preventDefault();
      this.#actions.reply(this.#messages.get(Number(item.dataset.id)));
    }
  }

  /** The node to which a key leads from `target` in the message `item`; from no message, the newest one. */
  #next(key, item, target) {
    if (item && SIDEWAYS.has(key)) return beside([item, ...controlsOf(item)], target, key);
    const items = [...this.#nodes.values()];
    return item ? beside(items, item, key) : { ArrowUp: items.at(-1), ArrowDown: items.at(-1) }[key];
  }
}

/** What can be pressed in a message, in the order in which it is read. */
function controlsOf(item) {
  return [...item.querySelectorAll("button, a[href], [role=button]")].filter((node) => !node.closest("[inert]"));
}

function follows(before, message) {
  const service = (one) => one.new_chat_members || one.left_chat_member;
  return senderOf(before).id === senderOf(message).id && message.date - before.date < GROUP_SECONDS
    && !service(before) && !service(message);
}

/** The index of the focused button or link of a message, to restore the focus after an edit. */
function focusPath(node) {
  if (!node.contains(document.activeElement)) return null;
  return controlsOf(node).indexOf(document.activeElement);
}

function restoreFocus(node, at) {
  if (at === null) return;
  const controls = controlsOf(node);
  if (at < 0) node.focus({ preventScroll: true });
  else (controls[at] ?? controls.at(-2) ?? node).focus({ preventScroll: true });
}
