// Helpers to build DOM nodes. Text always becomes a text node, never markup.

const SVG = "http://www.w3.org/2000/svg";

/** Make an element. `on…` attributes are listeners; attributes that are null, false or undefined are left out. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** A symbol of icons.svg, hidden from screen readers. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `/static/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/** Words that only a screen reader says, in the page's language. */
export function hidden(text) {
  return el("span", { class: "visually-hidden", lang: "en" }, text);
}

/** A round button that shows only an icon. Its label is the page's, in any language around it. */
export function iconButton(name, label, onclick, extra = {}) {
  return el("button", { class: "icon-button", type: "button", "aria-label": label, title: label, lang: "en", onclick, ...extra },
    icon(name));
}

const HUES = 7;

/** A hue (0–6) for an id. Knuth's multiplier gives neighbouring ids different hues. */
function hueNumber(id) {
  return (Math.imul(Math.abs(id), 2654435761) >>> 7) % HUES;
}

/** A round picture with initials; the bot has the heart of Comeback. */
export function avatar({ id, name, bot = false }) {
  const initials = name.split(/\s+/).slice(0, 2).map((word) => [...word][0] ?? "").join("").toUpperCase();
  return el("span", { class: `avatar ${bot ? "avatar-bot" : `avatar-${hueNumber(id)}`}`, "aria-hidden": "true" },
    bot ? icon("heart") : initials);
}

/** The class with the colour of a person's name. */
export function hueOf(user) {
  return user?.is_bot ? "hue-bot" : `hue-${hueNumber(user?.id ?? 0)}`;
}

/** The text on one line, with an ellipsis if it is longer than `length`. */
export function shorten(text, length) {
  const line = text.replace(/\s+/g, " ");
  return line.length > length ? `${line.slice(0, length).trimEnd()}…` : line;
}

export function find(id) {
  return document.getElementById(id);
}
