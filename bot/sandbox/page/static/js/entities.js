// Rich text: make DOM nodes of a message's text and its entities.
//
// Offsets and lengths of the Bot API count UTF-16 code units, and so do JavaScript's strings.

import { el, iconButton } from "./dom.js";
import { foreignLines } from "./language.js";
import { anchor, safeUrl, startPayload } from "./links.js";
import { customDate, momentOf } from "./times.js";

const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);

/**
 * The nodes for `text`, which is in `language`; lines in another one are marked. `actions` has bot(), command(text),
 * start(payload), confirm(url), copy(text).
 */
export function richText(text, entities = [], actions, language = null) {
  const fragment = document.createDocumentFragment();
  const foreign = foreignLines(text, language).flatMap((lines) => outsideBlocks(text, lines, entities));
  fragment.append(...nest(text, 0, text.length, inOrder([...entities, ...foreign], text.length), actions));
  return fragment;
}

/** Lines in another language as entities that cross no edge of a block, and neither begin nor end with a line break. */
function outsideBlocks(text, { language, offset, end }, entities) {
  const edges = entities.filter(({ type }) => BLOCKS.has(type)).flatMap((block) => [block.offset, block.offset + block.length]);
  const cuts = [offset, ...edges.filter((edge) => edge > offset && edge < end).sort((a, b) => a - b), end];
  return cuts.slice(1).map((until, at) => {
    const piece = text.slice(cuts[at], until);
    return { type: "language", language, offset: cuts[at] + piece.search(/[^\n]|$/), length: piece.replace(/^\n+|\n+$/g, "").length };
  });
}

function inOrder(entities, length) {
  return entities
    .map((entity) => ({ ...entity, end: Math.min(entity.offset + entity.length, length) }))
    .filter((entity) => entity.end > entity.offset)
    .sort((a, b) => a.offset - b.offset || b.end - a.end);
}

/** The nodes for text[start, end): the outermost entities, each with its inner ones. */
function nest(text, start, end, entities, actions) {
  const nodes = [];
  const waiting = [...entities];
  let at = start;
  let afterBlock = false;
  const plain = (until, beforeBlock) => {
    let piece = text.slice(at, until);
    // A quotation or code block is a block of its own, so drop the line break beside it.
    if (afterBlock) piece = piece.replace(/^\n/, "");
    if (beforeBlock) piece = piece.replace(/\n$/, "");
    if (piece) nodes.push(piece);
    at = until;
  };
  while (waiting.length) {
    const entity = waiting.shift();
    const isBlock = BLOCKS.has(entity.type);
    plain(entity.offset, isBlock);
    const [inner, outer] = splitAt(waiting, entity.end);
    waiting.splice(0, waiting.length, ...outer);
    nodes.push(wrap(entity, text.slice(at, entity.end), nest(text, at, entity.end, inner, actions), actions));
    at = entity.end;
    afterBlock = isBlock;
  }
  plain(end, false);
  return nodes;
}

/** The entities before `end` and those after it; one across `end` is split. */
function splitAt(entities, end) {
  const inner = [];
  const outer = [];
  for (const entity of entities) {
    if (entity.offset >= end) {
      outer.push(entity);
    } else {
      inner.push({ ...entity, end: Math.min(entity.end, end) });
      if (entity.end > end) outer.push({ ...entity, offset: end });
    }
  }
  return [inner, outer.sort((a, b) => a.offset - b.offset || b.end - a.end)];
}

const SIMPLE = { bold: "strong", italic: "em", underline: "u", strikethrough: "s" };

function wrap(entity, text, children, actions) {
  if (entity.type in SIMPLE) return el(SIMPLE[entity.type], {}, ...children);
  const make = MAKERS[entity.type];
  return make ? make(entity, text, children, actions) : el("span", {}, ...children);
}

const MAKERS = {
  language: (entity, text, children) => el("span", { lang: entity.language }, ...children),
  code: (entity, text, children, actions) =>
    pressable("Copy", () => actions.copy(text), { class: "code" }, el("code", {}, ...children)),
  pre: (entity, text, children, actions) => codeBlock(entity.language, text, children, actions),
  blockquote: (entity, text, children) => el("blockquote", { dir: "auto" }, ...children),
  expandable_blockquote: (entity, text, children) => expandable(children),
  spoiler: (entity, text, children) => spoiler(children),
  text_link: (entity, text, children, actions) => textLink(entity.url, text, children, actions),
  url: (entity, text, children, actions) => textLink(text, text, children, actions),
  email: (entity, text, children, actions) => textLink(`mailto:${text}`, text, children, actions),
  phone_number: (entity, text, children, actions) => textLink(`tel:${text}`, text, children, actions),
  bot_command: (entity, text, children, actions) =>
    el("button", { class: "inline-link", type: "button", dir: "ltr", onclick: () => actions.command(text) }, ...children),
  mention: (entity, text, children) => el("span", { class: "mention" }, ...children),
  text_mention: (entity, text, children) =>
    el("span", { class: "mention", title: entity.user?.first_name }, ...children),
  hashtag: (entity, text, children) => el("span", { class: "mention" }, ...children),
  cashtag: (entity, text, children) => el("span", { class: "mention" }, ...children),
  date_time: (entity, text, children) => dateTime(entity, children),
};

function codeBlock(language, text, children, actions) {
  return el("div", { class: "code-block" },
    el("div", { class: "code-head" },
      el("span", {}, language || "code"), iconButton("copy", "Copy the code", () => actions.copy(text))),
    el("pre", { dir: "auto" }, el("code", {}, ...children)));
}

/** Inline text that can be pressed. Other than a button, it is broken over lines. */
function pressable(title, act, attributes, ...children) {
  return el("span", { role: "button", tabindex: "0", title, onclick: act, onkeydown: (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    act();
  }, ...attributes }, ...children);
}

function expandable(children) {
  const quote = el("blockquote", { dir: "auto", class: "expandable" }, ...children);
  const toggle = el("button", { class: "inline-link expand", type: "button", "aria-expanded": "false", lang: "en" }, "Show more");
  toggle.addEventListener("click", () => {
    const open = quote.classList.toggle("open");
    toggle.setAttribute("aria-expanded", open);
    toggle.textContent = open ? "Show less" : "Show more";
  });
  return el("div", { class: "expandable-box" }, quote, toggle);
}

function spoiler(children) {
  const hidden = el("span", { class: "spoiler-text" }, ...children);
  hidden.inert = true;
  const reveal = () => {
    node.classList.add("revealed");
    for (const name of ["role", "title", "aria-label", "lang"]) node.removeAttribute(name);
    node.tabIndex = -1; // it keeps the focus
    hidden.inert = false;
  };
  const label = "Hidden text: press to show";
  const node = pressable(label, reveal, { class: "spoiler", "aria-label": label, lang: "en" }, hidden);
  return node;
}

function textLink(address, text, children, actions) {
  const payload = startPayload(address, actions.bot().username);
  if (payload !== null) {
    return el("button", { class: "inline-link", type: "button", title: address, onclick: () => actions.start(payload) },
      ...children);
  }
  const url = safeUrl(address);
  if (!url) return el("span", { class: "dead-link", title: `Not a link that can be opened: ${address}` }, ...children);
  const hidesTarget = url.href !== safeUrl(text)?.href && !address.startsWith("mailto:") && !address.startsWith("tel:");
  const onclick = hidesTarget ? (event) => { event.preventDefault(); actions.confirm(url); } : null;
  return anchor(url, { onclick }, ...children);
}

function dateTime(entity, children) {
  const shown = customDate(entity.unix_time, entity.date_time_format);
  const attributes = { class: "mention", title: momentOf(entity.unix_time) };
  return el("time", { ...attributes, datetime: new Date(entity.unix_time * 1000).toISOString() },
    ...(shown ? [shown] : children));
}
