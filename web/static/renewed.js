// Parts of a page that change by themselves are fetched again and again. So is a page on which
// somebody waits, until its address leads to another one.

import { parsed } from "./fragments.js";
import { ask, isLost } from "./reach.js";
import { showTimes } from "./times.js";

const RENEW_MS = 1_500;

function renew(part) {
  let shown = null;
  setInterval(async () => {
    // A person who is using the part is not disturbed.
    if (document.hidden || isLost() || part.contains(document.activeElement)) return;
    const answer = await ask(part.dataset.refresh);
    if (!answer?.ok) return;
    const html = await answer.text();
    if (html === shown) return;
    shown = html;
    part.replaceChildren(...parsed(html).body.children);
    showTimes(part);
  }, RENEW_MS);
}
document.querySelectorAll("[data-refresh]").forEach(renew);

async function leadOn() {
  const answer = await fetch(location.href).catch(() => null);
  // Whoever is signed out meanwhile reads how to sign in.
  if (answer?.redirected || answer?.status === 401) return location.replace(answer.url);
  setTimeout(leadOn, 1000);
}
if (document.querySelector("[data-leads-on]")) leadOn();
