// Calls of the sandbox's HTTP interface. Every failure throws an Error whose message may be shown.

async function call(path, options) {
  let response;
  try {
    response = await fetch(`/sandbox/${path}`, options);
  } catch {
    throw new Error("The sandbox does not answer. Is it still running?");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error ?? `The sandbox answered ${response.status}.`);
  return answer;
}

function get(path, query = {}) {
  return call(`${path}?${new URLSearchParams(query)}`);
}

function post(path, body) {
  return call(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

export const api = {
  state: (person) => get("state", person ? { person } : {}),
  messages: (person, chat) => get("messages", { person, chat }),
  send: (person, chat, text, replyTo = null, topic = null) => post("send", { person, chat, text, reply_to: replyTo, topic }),
  edit: (person, chat, message, text) => post("edit", { person, chat, message, text }),
  press: (person, chat, message, data) => post("press", { person, chat, message, data }),
  block: (person, blocked) => post("block", { person, blocked }),
  setMember: (chat, person, member) => post("members", { chat, person, member }),
  addPerson: (name, language) => post("people", { name, language }),
  addGroup: (title, members, kind) => post("groups", { title, members, kind }),
  addTopic: (chat, name) => post("topics", { chat, name }),
  closeTopic: (chat, topic, closed) => post("topics", { chat, topic, closed }),
  deleteTopic: (chat, topic) => post("topics", { chat, topic, deleted: true }),
  sendSample: (person, chat, kind, caption) => post("photo", { person, chat, kind, caption }),
  start: (person, payload) => post("start", { person, payload }),
  inline: (person, query, offset = "") => post("inline", { person, query, offset }),
  sendInline: (person, chat, resultId, query) => post("inline/send", { person, chat, result_id: resultId, query }),
  moveClock: (how) => post("clock", how),
  faults: () => get("faults"),
  setFaults: (faults) => post("faults", faults),
};

/** The address of the bytes of a file. */
export function fileUrl(fileId) {
  return `/sandbox/file/${encodeURIComponent(fileId)}`;
}
