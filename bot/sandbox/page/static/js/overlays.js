// Overlays: toasts, alerts, dialogs and menus.

import { el, find, icon, iconButton } from "./dom.js";
import { languageOf } from "./language.js";
import { anchor } from "./links.js";

const TOAST_MS = 5000;
const MOST_TOASTS = 3;

/** A short notice that disappears; with an action it is a button. */
export function toast(text, { action = null, lead = null } = {}) {
  const box = find("toasts");
  const content = [lead, el("span", { class: "toast-text", dir: "auto", lang: languageOf(text, null) }, text)];
  const node = action
    ? el("button", { class: "toast", type: "button", onclick: () => { node.remove(); action(); } }, ...content)
    : el("div", { class: "toast" }, ...content);
  box.append(node);
  while (box.children.length > MOST_TOASTS) box.firstChild.remove();
  setTimeout(() => node.remove(), TOAST_MS);
}

let dialogs = 0;

/** A modal dialog; Esc or a click beside it closes it and restores the focus. */
export function dialog(title, content, { className = "" } = {}) {
  dialogs += 1;
  const heading = el("h2", { id: `dialog-${dialogs}` }, title);
  const node = el("dialog", { class: `dialog ${className}`, "aria-labelledby": heading.id },
    el("header", { class: "dialog-head" }, heading, iconButton("close", "Close", () => node.close())), content);
  node.addEventListener("close", () => node.remove());
  node.addEventListener("click", (event) => { if (event.target === node) node.close(); });
  document.body.append(node);
  node.showModal();
  return node;
}

export function alertBox(text, name) {
  const ok = el("button", { class: "button primary", type: "button", autofocus: true }, "OK");
  const node = dialog(name, el("div", { class: "dialog-body" }, el("p", { class: "alert-text", dir: "auto", lang: languageOf(text) }, text),
    el("div", { class: "dialog-actions" }, ok)));
  ok.addEventListener("click", () => node.close());
}

/** Show a link's target before it opens. */
export function confirmLink(url) {
  const open = anchor(url, { class: "button primary", autofocus: true }, "Open in a new tab");
  const node = dialog("Open this link?", el("div", { class: "dialog-body" },
    el("p", { class: "address" }, url.href), el("div", { class: "dialog-actions" }, open)));
  open.addEventListener("click", () => node.close());
}

export function pictureBox(src, caption) {
  dialog("Photo", el("img", { class: "picture", src, alt: caption, lang: languageOf(caption) }), { className: "dialog-picture" });
}

/**
 * A form in a dialog. `fields` are nodes with named inputs; `submit(data)` may throw an Error; it is then shown
 * in the dialog, which stays open.
 */
export function formBox(title, fields, label, submit) {
  const problem = el("p", { class: "problem", role: "alert" });
  const form = el("form", { class: "dialog-body", method: "dialog" }, ...fields, problem,
    el("div", { class: "dialog-actions" }, el("button", { class: "button primary", type: "submit" }, label)));
  const node = dialog(title, form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.textContent = "";
    try {
      await submit(new FormData(form));
      node.close();
    } catch (error) {
      problem.textContent = error.message;
    }
  });
}

export function field(label, input) {
  return el("label", { class: "field" }, el("span", {}, label), input);
}

let closeMenu = () => {}; // closes the menu that is open

/**
 * Open a menu below or above a button; if it is open, close it. Items: {icon, lead, label, note, current, danger, act},
 * or null for a line between groups. Arrow keys move, Enter chooses, Esc closes.
 */
export function openMenu(button, items) {
  const wasOpen = button.getAttribute("aria-expanded") === "true";
  closeMenu();
  if (wasOpen) return;
  const close = () => {
    closeMenu = () => {};
    menu.remove();
    button.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", outside, true);
  };
  const choose = (item) => () => {
    close();
    button.focus();
    item.act();
  };
  const menu = el("div", { class: "menu", role: "menu", "aria-label": button.getAttribute("aria-label") ?? button.textContent },
    ...items.map((item) => (item ? menuItem(item, choose(item)) : el("hr", { role: "separator" }))));
  const outside = (event) => { if (!menu.contains(event.target) && !button.contains(event.target)) close(); };
  menu.addEventListener("keydown", (event) => menuKeys(event, menu, () => { close(); button.focus(); }));
  button.closest("section").append(menu);
  place(menu, button);
  button.setAttribute("aria-expanded", "true");
  closeMenu = close;
  document.addEventListener("pointerdown", outside, true);
  menu.querySelector("button")?.focus();
}

function menuItem(item, onclick) {
  const role = item.current === undefined ? "menuitem" : "menuitemradio";
  return el("button", {
    type: "button", role, tabindex: "-1", class: item.danger ? "danger" : null,
    "aria-checked": item.current === undefined ? null : String(item.current), onclick,
  }, item.lead ?? icon(item.icon), el("span", { class: "menu-label", dir: "auto" }, item.label),
  item.note ? el("span", { class: "menu-note" }, item.note) : null, item.current ? icon("check") : null);
}

function menuKeys(event, menu, close) {
  const items = [...menu.querySelectorAll("button")];
  const at = items.indexOf(document.activeElement);
  const moves = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 };
  if (event.key in moves) {
    event.preventDefault();
    items[moves[event.key] % items.length].focus();
  } else if (event.key === "Escape" || event.key === "Tab") {
    event.preventDefault();
    close();
  }
}

/** Place it below the button if there is room, else above it, within the window. */
function place(menu, button) {
  const margin = 8;
  const around = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const left = Math.min(around.left, innerWidth - width - margin);
  const below = around.bottom + 4;
  const top = below + height > innerHeight - margin ? Math.max(margin, around.top - height - 4) : below;
  menu.style.left = `${Math.max(margin, left)}px`;
  menu.style.top = `${top}px`;
}
