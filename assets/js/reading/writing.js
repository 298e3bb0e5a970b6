// Help in writing: diagnoses by typing, texts by a slash and their name, standard texts.
import { suggest } from "./listbox.js";

const MOST = 8; // suggestions at a time
const read = (id) => JSON.parse(document.getElementById(id)?.textContent ?? "null");

// Several diagnoses with commas between them; what follows the last comma is being typed.
export function watchDifferential(field) {
  const names = read("condition-names");
  const parts = () => field.value.split(",").map((part) => part.trim());
  suggest(field, {
    matches() {
      const typed = parts().pop().toLowerCase();
      const chosen = parts().slice(0, -1).map((name) => name.toLowerCase());
      if (!typed) return [];
      const starts = (name) => name.toLowerCase().split(" ").some((word) => word.startsWith(typed));
      return names
        .filter((name) => starts(name) && !chosen.includes(name.toLowerCase()) && name.toLowerCase() !== typed)
        .map((name) => ({ label: name }));
    },
    take({ label }) {
      field.value = [...parts().slice(0, -1), label].join(", ") + ", ";
      field.setSelectionRange(field.value.length, field.value.length);
    },
  });
}

// "/mole" becomes the text of that name. The texts are fetched when a field is first used.
let texts = [];
let fetched = false;
async function fetchTexts(address) {
  if (fetched) return;
  fetched = true;
  try {
    const answer = await fetch(address, { headers: { "X-Background": "1" } });
    if (answer.ok && !answer.redirected) texts = (await answer.json()).texts;
    else fetched = false;
  } catch {
    fetched = false; // no connection: asked again with the next field
  }
}

export function watchSnippets(field) {
  const typed = () => /(?:^|\s)\/([a-z0-9-]*)$/i.exec(field.value.slice(0, field.selectionStart));
  const list = suggest(field, {
    matches() {
      const name = typed()?.[1].toLowerCase();
      if (name === undefined) return [];
      return texts
        .filter((text) => text.name.startsWith(name))
        .slice(0, MOST)
        .map((text) => ({ label: `/${text.name}`, detail: text.text.slice(0, 60), text: text.text }));
    },
    take({ text }) {
      const end = field.selectionStart;
      field.setRangeText(text, end - typed()[1].length - 1, end, "end");
    },
  });
  field.addEventListener("focus", async () => {
    await fetchTexts(field.form.dataset.snippets);
    if (typed()) list.refresh();
  });
}

// Standard texts: offered for the chosen outcome, written by themselves only over nothing or over
// another standard text, so that nothing typed is lost.
export function watchStandardTexts(form) {
  const texts = read("standard-texts") ?? {};

  function fill(over) {
    const standard = texts[form.elements.outcome.value];
    if (!standard) return;
    for (const name of ["advice", "safety_net"]) {
      const field = form.elements[name];
      const untouched = Object.values(texts).some((text) => text[name] === field.value.trim());
      if (over || untouched || !field.value.trim()) field.value = standard[name];
    }
    form.dispatchEvent(new Event("input", { bubbles: true }));
  }

  form.querySelector("[data-texts]").hidden = false;
  form.querySelector("[data-fill]").addEventListener("click", () => fill(true));
  form.addEventListener("change", (event) => event.target.name === "outcome" && fill(false));
}
