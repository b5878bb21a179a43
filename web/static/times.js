// Times: everybody reads those of the server's zone, as in its sentences, and how long ago.

const language = document.documentElement.lang;
const timeZone = document.documentElement.dataset.zone;
const clock = new Intl.DateTimeFormat(language, { timeStyle: "medium", timeZone });
const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", timeZone });
const date = new Intl.DateTimeFormat(language, { dateStyle: "short", timeZone });
const whole = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "long", timeZone });
// A day without a time is read as midnight of UTC.
const weekday = new Intl.DateTimeFormat(language, { dateStyle: "full", timeZone: "UTC" });
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

function ago(date, now) {
  const seconds = Math.round((date - now) / 1000);
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return relative.format(Math.trunc(seconds / size), unit);
}

export function showTimes(root) {
  const now = new Date();
  for (const time of root.querySelectorAll("time[data-day]")) {
    time.textContent = weekday.format(new Date(time.dateTime));
  }
  for (const time of root.querySelectorAll("time[datetime]:not([data-day])")) {
    const moment = new Date(time.dateTime);
    const today = date.format(moment) === date.format(now);
    const at = today ? clock.format(moment) : `${day.format(moment)} ${clock.format(moment)}`;
    const since = ago(moment, now);
    // Only the time, where the duration is shown beside it; only the duration, in narrow lists.
    const text = "alone" in time.dataset ? at : "ago" in time.dataset ? since : `${at} · ${since}`;
    if (time.textContent !== text) time.textContent = text;
    time.title = whole.format(moment);
  }
}
