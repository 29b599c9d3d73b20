// One message of the conversation.

import { avatar, el, hidden, hueOf, icon, iconButton, shorten } from "./dom.js";
import { richText } from "./entities.js";
import { inlineKeyboard, labelsOf } from "./keyboards.js";
import { languageOf } from "./language.js";
import { mediaNode, senderOf, serviceText, summaryOf } from "./media.js";
import { momentOf, timeOf } from "./times.js";

const BIG_EMOJI = /^(?:\p{Extended_Pictographic}(?:\uFE0F|\u200D\p{Extended_Pictographic}|\p{Emoji_Modifier})*){1,3}$/u;

/**
 * The <li> of a message, which a screen reader names by the sender, the text, the time and the number of buttons.
 * `view` is {person, group} of the viewer; `actions` are the actions of its parts (see conversation.js).
 */
export function messageNode(message, view, actions) {
  const id = message.message_id;
  const name = { tabindex: "-1", "data-id": id, "aria-labelledby": `said-${id}${labelsOf(message).length ? ` keys-${id}` : ""}` };
  const service = serviceText(message);
  if (service) return el("li", { class: "service", ...name }, el("span", { id: `said-${id}` }, service));
  const mine = message.from?.id === view.person;
  const language = languageOf(message.text ?? message.caption ?? "", languageOf(labelsOf(message).join(" ")) ?? undefined);
  const node = el("li", { class: `message ${mine ? "out" : "in"}`, "data-from": senderOf(message).id, lang: language, ...name });
  if (view.group && !mine) node.append(avatarOf(senderOf(message)));
  node.append(el("div", { class: "stack" }, bubble(message, language, view, actions, mine), keyboardOf(message, language, actions)));
  node.append(iconButton("reply", "Reply to this message", () => actions.reply(message), { class: "icon-button reply-here", tabindex: "-1" }));
  node.addEventListener("dblclick", (event) => {
    if (!event.target.closest("button, a, pre, [role=button]")) actions.reply(message);
  });
  return node;
}

function avatarOf(user) {
  return avatar({ id: user.id, name: user.first_name, bot: user.is_bot });
}

function keyboardOf(message, language, actions) {
  if (!labelsOf(message).length) return null;
  return inlineKeyboard(message, language, { ...actions, press: (data) => actions.press(message, data) });
}

function bubble(message, language, view, actions, mine) {
  const media = mediaNode(message);
  const text = message.text ?? message.caption;
  const bare = isBare(message);
  const body = el("div", { id: `said-${message.message_id}`, class: `bubble${media ? " with-media" : ""}${bare ? " bare" : ""}` },
    hidden(`${mine ? "You" : senderOf(message).first_name}: `));
  if (view.group && !mine) body.append(senderName(senderOf(message)));
  if (message.via_bot) body.append(el("div", { class: "via" }, `via @${message.via_bot.username}`));
  if (message.reply_to_message) body.append(repliedTo(message.reply_to_message, actions));
  const meta = metaOf(message, mine);
  const words = text ? el("div", { class: "text", dir: "auto" }, richText(text, message.entities ?? message.caption_entities, actions, language), meta) : null;
  const parts = message.show_caption_above_media ? [words, media] : [media, words];
  body.append(...parts.filter(Boolean));
  if (!media && !words) body.append(el("div", { class: "text muted" }, "A kind of message that the sandbox does not show.", meta));
  else if (!words) body.append(meta);
  return body;
}

function isBare(message) {
  return Boolean(message.sticker || message.dice || (message.text && !message.entities?.length && BIG_EMOJI.test(message.text)));
}

function senderName(user) {
  return el("div", { class: `sender ${hueOf(user)}`, dir: "auto", "aria-hidden": "true" }, user.first_name,
    user.is_bot ? el("span", { class: "badge" }, "bot") : null);
}

function repliedTo(original, actions) {
  const text = shorten(summaryOf(original), 120);
  return el("button", { class: `quoted ${hueOf(senderOf(original))}`, type: "button",
    title: "Go to that message", onclick: () => actions.goTo(original.message_id) },
  hidden("In answer to "), el("b", { dir: "auto" }, senderOf(original).first_name),
  el("span", { dir: "auto", lang: languageOf(text) }, text));
}

function metaOf(message, mine) {
  const moment = message.edit_date ? `${momentOf(message.date)}, edited ${momentOf(message.edit_date)}` : momentOf(message.date);
  return el("span", { class: "meta", dir: "ltr", lang: "en", title: moment },
    message.edit_date ? el("span", { class: "edited" }, "edited") : null,
    el("time", { datetime: new Date(message.date * 1000).toISOString() }, timeOf(message.date)),
    mine ? icon("check") : null);
}
