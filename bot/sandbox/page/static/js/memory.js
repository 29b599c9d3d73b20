// Local storage: how far each person has read, where they cleared a chat, which prompt they left, and the theme.

const key = (what, person, chat) => `comeback:${what}:${person}:${chat}`;
const number = (name) => Number(localStorage.getItem(name) ?? 0);

export const memory = {
  readUpTo: (person, chat) => number(key("read", person, chat)),
  markRead: (person, chat, messageId) => localStorage.setItem(key("read", person, chat), messageId),
  clearedUpTo: (person, chat) => number(key("cleared", person, chat)),
  clear: (person, chat, messageId) => localStorage.setItem(key("cleared", person, chat), messageId),
  /** The bot's prompt for a reply that this person closed last: it and older ones do not come back. */
  leftUpTo: (person, chat) => number(key("left", person, chat)),
  leave: (person, chat, messageId) => localStorage.setItem(key("left", person, chat), messageId),
  theme: () => localStorage.getItem("comeback:theme") ?? "auto",
  setTheme: (theme) => localStorage.setItem("comeback:theme", theme),
  /** Forget old marks: a new sandbox counts messages from 1 again, so that old marks would hide them. */
  forgetIfNewWorld(person, chat, newest) {
    for (const what of ["read", "cleared", "left"]) {
      if (number(key(what, person, chat)) > newest) localStorage.removeItem(key(what, person, chat));
    }
  },
};

/** The address bar's `#person=1001&chat=1001`, so that each tab can show another person. */
export function readHash() {
  const values = new URLSearchParams(location.hash.slice(1));
  return { person: Number(values.get("person")) || null, chat: Number(values.get("chat")) || null };
}

export function writeHash(person, chat) {
  const hash = new URLSearchParams({ person, ...(chat ? { chat } : {}) });
  if (location.hash.slice(1) !== hash.toString()) history.pushState(null, "", `#${hash}`);
}
