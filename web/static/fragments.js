// Parts of pages that our own server has rendered, as documents. Nothing else in our scripts reads
// HTML: the pages' policy lets only this one do it, and what it makes runs no script.

import { ask } from "./reach.js";

const policy = globalThis.trustedTypes?.createPolicy("fragments", { createHTML: (html) => html });

export function parsed(html) {
  return new DOMParser().parseFromString(policy ? policy.createHTML(html) : html, "text/html");
}

// The answer to a form's fields, of which the server renders the part alone; null without one.
export function posted(address, fields, signal) {
  return ask(address, { method: "POST", headers: { "x-fragment": "1" }, body: fields, signal });
}

// The part of a page that the server renders for these fields; null when it renders none.
export async function fragment(address, fields, signal) {
  return read(await posted(address, new URLSearchParams(fields), signal));
}

// What an answer has; null without one, or when it is given up before all of it is there. Of those
// that refuse something, the ones with a status of `refusals` have a page as well.
export async function read(answer, refusals = []) {
  const html = answer?.ok || refusals.includes(answer?.status) ? await answer.text().catch(() => null) : null;
  return html === null ? null : parsed(html);
}

// The page at an address, or the part of it that the server renders alone; null when there is none.
export async function page(address, signal) {
  return read(await ask(address, { headers: { "x-fragment": "1" }, signal }));
}
