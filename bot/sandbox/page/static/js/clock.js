// The sandbox's clock: show the time, and move it.

import { api } from "./api.js";
import { el, icon } from "./dom.js";
import { field, formBox, openMenu, toast } from "./overlays.js";
import { dayAndTime, isMoved, now, timeOf } from "./times.js";

const SECOND = 1000;
const HOUR = 3600;
const DAY = 24 * HOUR;
const EVENING = 23; // within the quiet hours that readers have unless they choose others
const MORNING = 8; // when those end

/** Keep the time in the clock's buttons up to date; `run` runs an action and reports its error. */
export function beginClock(run) {
  for (const button of document.querySelectorAll(".clock")) {
    button.append(icon("clock"), el("span", { class: "clock-time" }), el("span", { class: "clock-note" }));
    button.addEventListener("click", () => openClock(button, run));
  }
  drawClock();
  setInterval(drawClock, SECOND);
}

export function drawClock() {
  const unix = now() / SECOND;
  const moved = isMoved();
  const long = dayAndTime(unix);
  for (const button of document.querySelectorAll(".clock")) {
    const text = button.id === "clock" ? long : timeOf(unix);
    const [time, note] = [button.querySelector(".clock-time"), button.querySelector(".clock-note")];
    if (time.textContent === text && button.classList.contains("moved") === moved) continue;
    time.textContent = text;
    note.textContent = moved ? "moved" : "";
    button.classList.toggle("moved", moved);
    button.setAttribute("aria-label", `It is ${text} in the sandbox${moved ? ", moved" : ""}. Move the clock`);
  }
}

/** The next moment at which clocks show this hour. */
function next(hour) {
  const moment = new Date(now());
  moment.setHours(hour, 0, 0, 0);
  if (moment <= now()) moment.setDate(moment.getDate() + 1);
  return moment;
}

function named(moment) {
  return moment.getDate() === new Date(now()).getDate() ? "Today" : "Tomorrow";
}

function openClock(button, run) {
  const by = (seconds) => run(() => api.moveClock({ by: seconds }));
  const at = (moment) => ({ label: `${named(moment)}, ${timeOf(moment / SECOND)}`,
    act: () => run(() => api.moveClock({ to: moment.toISOString() })) });
  openMenu(button, [
    { icon: "forward-time", label: "In an hour", act: () => by(HOUR) },
    { icon: "moon", ...at(next(EVENING)) },
    { icon: "sun", ...at(next(MORNING)) },
    { icon: "forward-time", label: "In 3 days", act: () => by(3 * DAY) },
    { icon: "forward-time", label: "In a week", act: () => by(7 * DAY) },
    { icon: "edit", label: "Another moment…", act: askMoment },
    ...(isMoved() ? [null, { icon: "reply", label: "Back to now", note: timeOf(Date.now() / SECOND),
      act: () => run(() => api.moveClock({})) }] : []),
  ]);
}

function askMoment() {
  const local = new Date(now() - new Date(now()).getTimezoneOffset() * 60 * SECOND).toISOString().slice(0, 16);
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  formBox("What time shall it be?", [
    field("Day and time", el("input", { type: "datetime-local", name: "moment", value: local, required: true, autofocus: true })),
    el("p", { class: "hint" }, `In the zone of this browser, ${timeZone}. Readers have their own: /preferences.`),
  ], "Move the clock", async (data) => {
    await api.moveClock({ to: new Date(data.get("moment")).toISOString() });
  });
}

/** The clock was moved, in this or another tab: show a notice, and redraw what depends on the time. */
export function movedTo() {
  drawClock();
  toast(isMoved() ? `It is ${dayAndTime(now() / SECOND)} now. The bot knows in a second.` : "It is now again.");
}
