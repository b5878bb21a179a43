// Parts of pages that our own server has rendered, as documents. Nothing else in our scripts reads
// HTML: the pages' policy lets only this one do it, and what it makes runs no script.

const policy = globalThis.trustedTypes?.createPolicy("fragments", { createHTML: (html) => html });

export function parsed(html) {
  return new DOMParser().parseFromString(policy ? policy.createHTML(html) : html, "text/html");
}
