// Dates and times for people. All times of the Bot API are Unix seconds.

const SECOND = 1000;
const DAY = 86_400 * SECOND;

let offset = 0; // milliseconds by which the sandbox's clock was moved

/** Set the offset of the sandbox's clock, in seconds. */
export function setOffset(seconds) {
  offset = seconds * SECOND;
}

/** The time in the sandbox, in milliseconds. */
export const now = () => Date.now() + offset;
export const isMoved = () => offset !== 0;

const clockTime = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const dayAndMonth = new Intl.DateTimeFormat("en", { day: "numeric", month: "long" });
const fullDay = new Intl.DateTimeFormat("en", { day: "numeric", month: "long", year: "numeric" });
const fullMoment = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const shortDate = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const weekdayAndTime = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

export const timeOf = (unix) => clockTime.format(unix * SECOND);
export const momentOf = (unix) => fullMoment.format(unix * SECOND);
export const dayAndTime = (unix) => weekdayAndTime.format(unix * SECOND);
export const dayKey = (unix) => new Date(unix * SECOND).toDateString();

function daysAgo(unix) {
  const midnight = (moment) => new Date(moment).setHours(0, 0, 0, 0);
  return Math.round((midnight(now()) - midnight(unix * SECOND)) / DAY);
}

/** The label of a day separator. */
export function dayLabel(unix) {
  const days = daysAgo(unix);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  const sameYear = new Date(unix * SECOND).getFullYear() === new Date(now()).getFullYear();
  return (sameYear ? dayAndMonth : fullDay).format(unix * SECOND);
}

/** The short time in the chat list: today's hour, otherwise the date. */
export function listTime(unix) {
  return daysAgo(unix) === 0 ? timeOf(unix) : shortDate.format(unix * SECOND);
}

const STEPS = [["year", 365 * DAY], ["month", 30 * DAY], ["day", DAY], ["hour", 3600 * SECOND], ["minute", 60 * SECOND]];

function relativeTo(unix) {
  const distance = unix * SECOND - now();
  const [unit, size] = STEPS.find(([, length]) => Math.abs(distance) >= length) ?? ["second", SECOND];
  return relative.format(Math.round(distance / size), unit);
}

/**
 * Format a `date_time` entity in the viewer's zone. The Bot API's format letters: r relative, w weekday,
 * d/D short or long date, t/T short or long time. Return null without a format: the text then stays as it is.
 */
export function customDate(unix, format) {
  if (!format) return null;
  if (format === "r") return relativeTo(unix);
  const options = {};
  for (const letter of format) {
    if (letter === "w") options.weekday = "long";
    if (letter === "d") Object.assign(options, { day: "numeric", month: "numeric", year: "2-digit" });
    if (letter === "D") Object.assign(options, { day: "numeric", month: "long", year: "numeric" });
    if (letter === "t" || letter === "T") Object.assign(options, { hour: "2-digit", minute: "2-digit" });
    if (letter === "T") options.second = "2-digit";
  }
  return Object.keys(options).length ? new Intl.DateTimeFormat(undefined, options).format(unix * SECOND) : null;
}
