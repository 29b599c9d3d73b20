// The drawer of faults: flood waits, failures, lost answers and delays.

import { api } from "./api.js";
import { el } from "./dom.js";
import { field, formBox, toast } from "./overlays.js";

const number = (name, value, attributes = {}) =>
  el("input", { type: "number", name, value, min: "0", inputmode: "numeric", ...attributes });

const pair = (title, note, ...fields) =>
  el("fieldset", {}, el("legend", {}, title), el("p", { class: "hint" }, note), el("div", { class: "pair" }, ...fields));

export async function openFaults() {
  const now = await api.faults();
  const limits = el("input", { type: "checkbox", name: "limits", role: "switch" });
  limits.checked = now.limits;
  formBox("A bad day at Telegram", [
    el("p", { class: "hint" }, "Applies to the bot's next calls, for everybody in the sandbox."),
    el("label", { class: "switch" }, el("span", {}, "Telegram's send limits"), limits),
    pair("Flood (429)", "“Too many requests”, with a time to wait.",
      field("Next calls", number("flood_times", now.flood?.times ?? 0)),
      field("Retry after, s", number("flood_after", now.flood?.retry_after ?? 3, { min: "1" }))),
    pair("Fail", "The call is refused and nothing is done.",
      field("Next calls", number("fail_times", now.fail?.times ?? 0)),
      field("Status", number("fail_status", now.fail?.status ?? 500, { min: "400", max: "599" }))),
    pair("Drop, or only slow", "Dropped: the call is carried out, but its answer is lost.",
      field("Next calls", number("drop_times", now.drop?.times ?? 0)),
      field("Every answer waits, ms", number("slow_ms", now.slow_ms ?? 0))),
    field("Only these methods (empty: all)",
      el("input", { name: "methods", value: (now.methods ?? []).join(", "), placeholder: "sendMessage, editMessageText", autocomplete: "off" })),
  ], "Apply", async (data) => {
    await api.setFaults(asFaults(data));
    toast("The next calls will meet these faults.");
  });
}

function asFaults(data) {
  const figure = (name) => Number(data.get(name) || 0);
  const methods = String(data.get("methods")).split(/[\s,]+/).filter(Boolean);
  return {
    limits: data.get("limits") === "on",
    slow_ms: figure("slow_ms"),
    flood: { retry_after: figure("flood_after"), times: figure("flood_times") },
    fail: { status: figure("fail_status"), times: figure("fail_times") },
    drop: { times: figure("drop_times") },
    methods: methods.length ? methods : null,
  };
}
