// Single-key shortcuts that a reader can look up with "?" and switch off (WCAG 2.1.4).
const SWITCH = "portal-keys-off";
const REPEATS = new Set([..."jknp+=-,."]);

export function listen(actions) {
  const dialog = document.querySelector("[data-keys]");
  const opener = document.querySelector("[data-keys-open]");
  const box = dialog.querySelector("[data-keys-switch]");
  box.checked = localStorage.getItem(SWITCH) === null;
  box.addEventListener("change", () => {
    if (box.checked) localStorage.removeItem(SWITCH);
    else localStorage.setItem(SWITCH, "1");
  });
  opener.hidden = false;
  opener.addEventListener("click", () => dialog.showModal());
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.isComposing) return;
    if (event.repeat && !REPEATS.has(event.key)) return; // a key held down acts once
    if (dialog.open || typing(event.target)) return;
    const action = event.key === "?" ? () => dialog.showModal() : box.checked && actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}

// In a field a letter is a letter; a ticked box or a button uses none.
function typing(element) {
  if (element.isContentEditable || ["TEXTAREA", "SELECT"].includes(element.tagName)) return true;
  const plain = ["checkbox", "radio", "button", "submit"];
  return element.tagName === "INPUT" && !plain.includes(element.type);
}

export function press(selector) {
  return () => document.querySelector(selector)?.click();
}
