// The menus at the top of the page: the person, the sandbox, and the open chat.

import { api } from "./api.js";
import { avatar, el, find, hidden, icon } from "./dom.js";
import { openFaults } from "./faults.js";
import { memory } from "./memory.js";
import { field, formBox, openMenu } from "./overlays.js";

const LANGUAGES = [["en", "English"], ["uk", "Українська"], ["de", "Deutsch"], ["pl", "Polski"], ["he", "עברית"]];

/** Show the current person, with a dot if another person has unread messages. */
export function drawIdentity(session) {
  const { me } = session;
  const others = session.people.some((one) => one !== me && session.waiting(one.id));
  const button = find("identity");
  button.replaceChildren(avatar(me), el("span", { class: "identity-text" }, hidden("You are "),
    el("b", { dir: "auto" }, me.name), el("small", {}, roleOf(me))),
  hidden(`. Be somebody else${others ? ": there are new messages" : ""}`), icon("down"));
  button.classList.toggle("has-news", others);
}

function roleOf(person) {
  const role = person.editor ? "editor" : "reader";
  return `${role} · ${person.language ?? "no language"}`;
}

export function openIdentities(session, { become, run }) {
  const note = (one) => [
    session.waiting(one.id) ? `${session.waiting(one.id)} new` : null, one.blocked ? "blocked the bot" : null, roleOf(one),
  ].filter(Boolean).join(" · ");
  openMenu(find("identity"), [
    ...session.people.map((one) => ({
      lead: avatar(one), label: one.name, note: note(one), current: one.id === session.person, act: () => become(one.id),
    })),
    null,
    { icon: "person-add", label: "A further person…", act: () => askPerson(become) },
    { icon: "outside", label: "Somebody else in a new tab", act: () => run(() => openBeside(session)) },
  ]);
}

function openBeside({ people, person }) {
  const at = people.findIndex((one) => one.id === person);
  const next = people[(at + 1) % people.length];
  window.open(`/#person=${next.id}`, "_blank", "noopener");
}

function askPerson(become) {
  const languages = LANGUAGES.map(([code, name]) => el("option", { value: code }, name));
  formBox("A further person", [
    field("Name", el("input", { name: "name", required: true, maxlength: "64", autocomplete: "off", autofocus: true })),
    field("Language of their Telegram", el("select", { name: "language" }, ...languages)),
  ], "Add", async (data) => {
    const { person } = await api.addPerson(data.get("name"), data.get("language"));
    await become(person.id);
  });
}

export function openSandboxMenu(session, { openChat, run }) {
  const themes = { auto: ["contrast", "Theme: as the system"], light: ["sun", "Theme: light"], dark: ["moon", "Theme: dark"] };
  const [symbol, label] = themes[memory.theme()];
  openMenu(find("sandbox-menu"), [
    { icon: "group", label: "New group or channel…", act: () => askGroup(session, openChat) },
    { icon: "link", label: "Open a deep link…", act: () => askPayload(session, openChat) },
    { icon: "bolt", label: "Faults…", act: () => run(openFaults) },
    null,
    { icon: symbol, label, act: nextTheme },
  ]);
}

function nextTheme() {
  const order = ["auto", "light", "dark"];
  memory.setTheme(order[(order.indexOf(memory.theme()) + 1) % order.length]);
  applyTheme();
}

export function applyTheme() {
  document.documentElement.dataset.theme = memory.theme();
}

function askGroup({ people, person }, openChat) {
  const boxes = people.map((one) => {
    const box = el("input", { type: "checkbox", name: "members", value: one.id });
    box.checked = one.id === person;
    box.disabled = one.id === person;
    return el("label", { class: "choice" }, avatar(one), el("span", { dir: "auto" }, one.name), box);
  });
  const kinds = [["supergroup", "Group"], ["forum", "Forum: a group with topics"], ["channel", "Channel"]]
    .map(([value, label]) => el("option", { value }, label));
  formBox("New group or channel", [
    field("Kind", el("select", { name: "kind" }, ...kinds)),
    field("Title", el("input", { name: "title", required: true, maxlength: "128", autocomplete: "off", autofocus: true })),
    el("fieldset", {}, el("legend", {}, "Members"), ...boxes),
  ], "Create", async (data) => {
    const answer = await api.addGroup(data.get("title"), [person, ...data.getAll("members").map(Number)], data.get("kind"));
    await openChat(answer.group.id);
  });
}

function askPayload({ bot, person }, openChat) {
  formBox("Open a deep link", [
    el("p", { class: "hint" }, `As if you had followed t.me/${bot.username}?start=…`),
    field("Payload", el("input", { name: "payload", pattern: "[A-Za-z0-9_\\-]{1,64}", autocomplete: "off", autofocus: true, title: "1 to 64 of A–Z, a–z, 0–9, _ and -" })),
  ], "Open", async (data) => {
    await api.start(person, data.get("payload"));
    await openChat(person);
  });
}

export function openChatMenu(session, { clear, run, openTopic }) {
  const { chat, person, me } = session;
  const items = chat.kind === "private"
    ? [{ icon: "block", label: me.blocked ? "Unblock the bot" : "Block the bot", danger: !me.blocked,
      act: () => run(() => api.block(person, !me.blocked)) }]
    : [...topicItems(session, run, openTopic), ...memberItems(session, run)];
  openMenu(find("chat-menu"), [...items, null, { icon: "clear", label: "Clear the history", danger: true, act: clear }]);
}

function* topicItems({ chat, topic }, run, openTopic) {
  if (!chat.forum) return;
  yield { icon: "slash", label: "General", current: !topic, act: () => openTopic(null) };
  for (const one of chat.topics) {
    yield { icon: "slash", label: one.name, note: one.closed ? "closed" : "", current: one.id === topic?.id, act: () => openTopic(one.id) };
  }
  yield { icon: "forward", label: "New topic…", act: () => askTopic(chat, openTopic) };
  if (topic) {
    yield { icon: "block", label: `${topic.closed ? "Open" : "Close"} ${topic.name}`, act: () => run(() => api.closeTopic(chat.id, topic.id, !topic.closed)) };
    yield { icon: "clear", label: `Delete ${topic.name}`, danger: true,
      act: () => run(async () => { await api.deleteTopic(chat.id, topic.id); await openTopic(null); }) };
  }
  yield null;
}

function askTopic(chat, openTopic) {
  formBox("New topic", [
    field("Name", el("input", { name: "name", required: true, maxlength: "128", autocomplete: "off", autofocus: true })),
  ], "Create", async (data) => {
    const answer = await api.addTopic(chat.id, data.get("name"));
    await openTopic(answer.topic.id);
  });
}

function* memberItems({ chat, bot, people, person }, run) {
  const set = (who, member) => () => run(() => api.setMember(chat.id, who, member));
  yield chat.bot_member
    ? { icon: "block", label: `Remove ${bot.name}`, danger: true, act: set("bot", false) }
    : { icon: "heart", label: `Add ${bot.name}`, act: set("bot", true) };
  for (const one of people.filter((other) => other.id !== person)) {
    const inside = chat.members.includes(one.id);
    yield { lead: avatar(one), label: inside ? `Remove ${one.name}` : `Add ${one.name}`, act: set(one.id, !inside) };
  }
}
