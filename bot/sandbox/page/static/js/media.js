// Media in a message: pictures, documents, places, and kinds that the page only names.

import { el, icon, shorten } from "./dom.js";
import { fileUrl } from "./api.js";
import { pictureBox } from "./overlays.js";

/** The node for a message's media, or null if it has none. */
export function mediaNode(message) {
  const kind = Object.keys(MAKERS).find((name) => message[name]);
  return kind ? MAKERS[kind](message[kind], message) : null;
}

/** A short description of a message, for lists, quotations and screen readers; without what a spoiler hides. */
export function summaryOf(message) {
  if (message.text) return withoutSpoilers(message.text, message.entities);
  const kind = Object.keys(NAMES).find((name) => message[name]);
  const name = kind === "sticker" ? `${message.sticker.emoji ?? ""} Sticker`.trim() : NAMES[kind];
  const caption = message.caption && withoutSpoilers(message.caption, message.caption_entities);
  return [name, caption].filter(Boolean).join(": ") || serviceText(message) || "Message";
}

function withoutSpoilers(text, entities = []) {
  return entities.filter(({ type }) => type === "spoiler").sort((a, b) => b.offset - a.offset)
    .reduce((shown, { offset, length }) => `${shown.slice(0, offset)}[…]${shown.slice(offset + length)}`, text);
}

/** The sender: a person or the bot, or in a channel the channel itself. */
export function senderOf(message) {
  return message.from ?? { id: message.sender_chat?.id ?? 0, first_name: message.sender_chat?.title ?? "" };
}

const NAMES = {
  photo: "Photo", sticker: "Sticker", location: "Location", venue: "Place", voice: "Voice message", video: "Video",
  animation: "GIF", audio: "Audio", document: "Document", contact: "Contact", poll: "Poll", dice: "Dice",
  video_note: "Video message",
};

const MAKERS = {
  photo: photo,
  sticker: (sticker) => el("div", { class: "sticker", role: "img", "aria-label": `Sticker ${sticker.emoji ?? ""}` },
    sticker.emoji ?? "🖼"),
  venue: (venue) => place(venue.location, venue.title),
  location: (location) => place(location, "Location"),
  voice: (voice) => voiceNote(voice),
  animation: (file) => fileRow("photo", file, "GIF"),
  video: (file) => fileRow("photo", file, "Video"),
  audio: (file) => fileRow("voice", file, "Audio"),
  document: (file) => fileRow("document", file, "Document"),
  contact: (contact) => card("person", [contact.first_name, contact.last_name].filter(Boolean).join(" "),
    contact.phone_number),
  poll: (poll) => card("sliders", poll.question, poll.options.map((option) => option.text).join(" · ")),
  dice: (dice) => el("div", { class: "sticker" }, `${dice.emoji} ${dice.value}`),
};

function photo(sizes, message) {
  const largest = sizes.reduce((a, b) => (b.width > a.width ? b : a));
  const src = fileUrl(largest.file_id);
  return el("button", { class: "photo", type: "button", "aria-label": "Photo: press to enlarge",
    lang: "en", onclick: () => pictureBox(src, message.caption ?? "") },
  el("img", { src, alt: "", width: largest.width, height: largest.height }));
}

function fileRow(symbol, file, name) {
  return el("a", { class: "card", href: fileUrl(file.file_id), download: file.file_name ?? name },
    el("span", { class: "card-icon" }, icon(symbol)),
    el("span", { class: "card-text" }, el("b", { dir: "auto" }, file.file_name ?? name),
      el("small", {}, sizeOf(file.file_size))));
}

function card(symbol, title, note) {
  return el("div", { class: "card" }, el("span", { class: "card-icon" }, icon(symbol)),
    el("span", { class: "card-text" }, el("b", { dir: "auto" }, title), el("small", { dir: "auto" }, note)));
}

/** A drawn map, since the sandbox loads no tiles. */
function place(location, title) {
  const position = `${location.latitude.toFixed(4)}, ${location.longitude.toFixed(4)}`;
  return el("div", { class: "place" },
    el("div", { class: "map", "aria-hidden": "true" }, icon("location")),
    el("div", { class: "place-text" }, el("b", {}, title), el("small", {}, position)));
}

const BARS = 28;

function voiceNote(voice) {
  // The bars are two waves added up, the same for each voice note.
  const bars = Array.from({ length: BARS }, (_, at) => {
    const bar = el("i");
    bar.style.height = `${4 + Math.round(9 * Math.abs(Math.sin(at * 0.9) + Math.sin(at * 0.37)))}px`;
    return bar;
  });
  const seconds = String(voice.duration % 60).padStart(2, "0");
  return el("div", { class: "voice" }, el("span", { class: "card-icon" }, icon("voice")),
    el("span", { class: "wave", "aria-hidden": "true" }, ...bars),
    el("small", {}, `${Math.floor(voice.duration / 60)}:${seconds}`));
}

function sizeOf(bytes = 0) {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(1)} kB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}

/** The sentence of a service message ("Tom joined the group"), or null for an ordinary message. */
export function serviceText(message) {
  const who = message.from?.first_name ?? "Somebody";
  const names = (users) => users.map((user) => user.first_name).join(", ");
  if (message.new_chat_members) {
    const joined = message.new_chat_members;
    return joined.length === 1 && joined[0].id === message.from?.id
      ? `${who} joined the group` : `${who} added ${names(joined)}`;
  }
  if (message.left_chat_member) {
    const left = message.left_chat_member;
    return left.id === message.from?.id ? `${who} left the group` : `${who} removed ${left.first_name}`;
  }
  if (message.group_chat_created || message.supergroup_chat_created) return `${who} created the group`;
  if (message.new_chat_title) return `${who} named the group “${message.new_chat_title}”`;
  if (message.pinned_message) return `${who} pinned “${shorten(summaryOf(message.pinned_message), 60)}”`;
  if (message.forum_topic_created) return `${who} made the topic “${message.forum_topic_created.name}”`;
  if (message.forum_topic_closed) return `${who} closed the topic`;
  if (message.forum_topic_reopened) return `${who} opened the topic again`;
  if (message.migrate_to_chat_id) return "The group became a supergroup";
  if (message.migrate_from_chat_id) return "This was a basic group before";
  return null;
}
