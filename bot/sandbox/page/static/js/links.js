// Links: which addresses the page opens, and how it shows their targets.

import { el } from "./dom.js";

const OPENABLE = new Set(["http:", "https:", "mailto:", "tel:"]);

/** The address as a URL if the page may open it (never javascript:, data: or file:), else null. */
export function safeUrl(address) {
  const complete = /^[a-z][a-z\d+.-]*:/i.test(address) ? address : `https://${address}`;
  try {
    const url = new URL(complete);
    return OPENABLE.has(url.protocol) ? url : null;
  } catch {
    return null;
  }
}

/** The payload of a deep link to this bot (`t.me/<bot>?start=…` or `tg://resolve?…`), else null. */
export function startPayload(address, botName) {
  let url;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  const web = url.hostname === "t.me" || url.hostname === "telegram.me";
  const name = web ? url.pathname.slice(1) : url.searchParams.get("domain");
  const here = (web || url.protocol === "tg:") && name?.toLowerCase() === botName.toLowerCase();
  return here ? url.searchParams.get("start") ?? "" : null;
}

/** An address as the page shows it: with its whole host, which reveals a lookalike. */
export function hostOf(url) {
  return url.host || url.pathname;
}

/** An anchor that opens in a new tab, without access to this one. */
export function anchor(url, attributes, ...children) {
  return el("a", { href: url.href, target: "_blank", rel: "noopener noreferrer", title: url.href, ...attributes },
    ...children);
}
