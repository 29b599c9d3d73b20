// Suggestions above the input: the bot's commands, or its results of an inline query.

import { el } from "./dom.js";
import { languageOf } from "./language.js";

/** A listbox that belongs to an input: arrow keys move, the input keeps the focus. */
export class Suggestions {
  #list = el("ul", { id: "suggestions", class: "suggestions", role: "listbox", "aria-label": "Suggestions", hidden: true });
  #input;
  #items = [];
  #at = 0;
  #choose = null;

  constructor(input) {
    this.#input = input;
    for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-controls": "suggestions", "aria-expanded": "false" })) {
      input.setAttribute(name, value);
    }
    // Keep the focus in the input.
    this.#list.addEventListener("pointerdown", (event) => event.preventDefault());
  }

  get node() {
    return this.#list;
  }

  get open() {
    return !this.#list.hidden;
  }

  /** Show items {title, note, lead}; calls `choose(item, completing)`, with completing true for Tab. */
  show(items, choose) {
    this.#items = items;
    this.#choose = choose;
    this.#at = 0;
    this.#list.replaceChildren(...items.map((item, index) => this.#row(item, index)));
    this.#list.hidden = items.length === 0;
    this.#input.setAttribute("aria-expanded", String(this.open));
    this.#mark();
  }

  hide() {
    this.show([], null);
  }

  /** Handle a key of the input; return true if it was for the list. */
  key(event) {
    if (!this.open) return false;
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in moves) {
      this.#at = (this.#at + moves[event.key] + this.#items.length) % this.#items.length;
      this.#mark();
    } else if (event.key === "Enter" || event.key === "Tab") {
      if (event.shiftKey) return false;
      this.#choose(this.#items[this.#at], event.key === "Tab");
    } else if (event.key === "Escape") {
      this.hide();
    } else {
      return false;
    }
    event.preventDefault();
    return true;
  }

  #row(item, index) {
    return el("li", { id: `suggestion-${index}`, role: "option", onclick: () => this.#choose(this.#items[index], false) },
      item.lead ?? null, el("b", { dir: "auto" }, item.title), el("span", { dir: "auto", lang: languageOf(item.note ?? "") }, item.note ?? ""));
  }

  #mark() {
    [...this.#list.children].forEach((row, index) => {
      row.setAttribute("aria-selected", String(index === this.#at));
      if (index === this.#at) row.scrollIntoView({ block: "nearest" });
    });
    if (this.open) this.#input.setAttribute("aria-activedescendant", `suggestion-${this.#at}`);
    else this.#input.removeAttribute("aria-activedescendant");
  }
}

/** The commands that begin with the text after the slash; first the one that is typed whole, so that Enter sends it. */
export function matching(commands, text) {
  const typed = /^\/([\w@]*)$/.exec(text);
  if (!typed) return [];
  const start = typed[1].toLowerCase();
  return commands
    .filter(({ command }) => command.startsWith(start))
    .sort((a, b) => (b.command === start) - (a.command === start))
    .map(({ command, description }) => ({ title: `/${command}`, note: description, command }));
}

/** The text after "@bot " at the start of the input; null if it is not an inline query. */
export function inlineQuery(text, botName) {
  const prefix = `@${botName} `;
  return text.toLowerCase().startsWith(prefix.toLowerCase()) ? text.slice(prefix.length) : null;
}
