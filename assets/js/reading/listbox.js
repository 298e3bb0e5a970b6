// A list of choices under a field, as in the ARIA combobox pattern: the focus stays in the field,
// arrows move, Enter or Tab takes, Escape closes. Used for diagnoses and for texts by name.
let count = 0;

export function suggest(field, { matches, take }) {
  const list = document.createElement("ul");
  list.className = "desk-suggest";
  list.id = `suggest-${(count += 1)}`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.form.dataset.suggestions);
  list.hidden = true;
  field.after(list);
  const combobox = field.tagName === "INPUT"; // a field of several lines stays what it is
  if (combobox) field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);
  field.setAttribute("autocomplete", "off");
  expanded(false);

  function expanded(is) {
    if (combobox) field.setAttribute("aria-expanded", String(is));
  }

  let found = [];
  let at = -1;

  function show() {
    found = matches();
    at = found.length ? 0 : -1;
    list.replaceChildren(...found.map(option));
    list.hidden = !found.length;
    expanded(found.length > 0);
    mark();
  }

  function option({ label, detail = "" }, index) {
    const item = document.createElement("li");
    item.id = `${list.id}-${index}`;
    item.setAttribute("role", "option");
    item.textContent = label;
    if (detail) item.append(Object.assign(document.createElement("span"), { textContent: ` ${detail}` }));
    item.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
    item.addEventListener("click", () => choose(index));
    return item;
  }

  function mark() {
    [...list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === at)));
    if (at < 0) field.removeAttribute("aria-activedescendant");
    else {
      field.setAttribute("aria-activedescendant", list.children[at].id);
      list.children[at].scrollIntoView({ block: "nearest" });
    }
  }

  function close() {
    list.hidden = true;
    found = [];
    at = -1;
    expanded(false);
    field.removeAttribute("aria-activedescendant");
  }

  function choose(index) {
    take(found[index]);
    close();
    field.dispatchEvent(new Event("input", { bubbles: true }));
    close();
  }

  field.addEventListener("input", show);
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (list.hidden) {
      if (combobox && event.key === "Enter") event.preventDefault(); // it sends no form
      return;
    }
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in moves) at = (at + moves[event.key] + found.length) % found.length;
    else if (event.key === "Enter" || event.key === "Tab") choose(at);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    if (!list.hidden) mark();
  });
  // For choices that came after what was typed.
  return { refresh: () => document.activeElement === field && show() };
}
