// Building blocks of the page. Text always becomes a text node: nothing here parses markup.

const SVG = "http://www.w3.org/2000/svg";

/** Make an element. `on…` attributes are listeners; null, false and undefined are left out. */
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

/** One of the symbols of icons.svg, hidden from screen readers. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `/static/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/** A round button that shows only an icon. */
export function iconButton(name, label, onclick, extra = {}) {
  return el("button", { class: "icon-button", type: "button", "aria-label": label, title: label, onclick, ...extra },
    icon(name));
}

const HUES = 7;

/** A round picture with initials; the bot has the heart of Comeback. */
export function avatar({ id, name, bot = false }) {
  const initials = name.split(/\s+/).slice(0, 2).map((word) => [...word][0] ?? "").join("").toUpperCase();
  const hue = Math.abs(id) % HUES;
  return el("span", { class: `avatar ${bot ? "avatar-bot" : `avatar-${hue}`}`, "aria-hidden": "true" },
    bot ? icon("heart") : initials);
}

/** The hue (0–6) in which a person's name is written. */
export function hueOf(id) {
  return Math.abs(id) % HUES;
}

export function find(id) {
  return document.getElementById(id);
}
