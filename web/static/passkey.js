// Signing in with a passkey, and adding one: the form asks the browser for it when it is sent, and then
// carries the answer. A page at another address, or in a browser without passkeys, says so instead.

for (const part of document.querySelectorAll("[data-passkey]")) {
  const form = part.querySelector("form");
  const isHere = location.origin === part.dataset.passkey;
  const works = isHere && "parseCreationOptionsFromJSON" in (globalThis.PublicKeyCredential ?? {});
  form.hidden = !works;
  part.querySelector("[data-not-here]").hidden = works;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const notes = [...part.querySelectorAll("[data-failed]")];
    for (const note of notes) note.hidden = true;
    try {
      const answer = await fetch(form.action, { cache: "no-store" });
      // If the server refuses, it says why when the form comes without an answer.
      if (answer.ok) form.elements.credential.value = JSON.stringify(await asked(await answer.json()));
      form.submit();
    } catch ({ name }) {
      (notes.find((note) => note.dataset.failed === name) ?? notes[0]).hidden = false;
    }
  });
}

function asked(options) {
  const { credentials } = navigator;
  if (!options.user) return credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  return credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
}
