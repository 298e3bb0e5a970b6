// The assistant's page: Enter sends, what is new is in sight, focus stays on the answer.
const talk = document.getElementById("talk");
const alarm = document.getElementById("ask-alarm");
const result = document.getElementById("ask-result");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const shown = (place) => place.childElementCount > 0;
let alarmed = shown(alarm);
let advised = shown(result);

const show = (place) => place.scrollIntoView({ block: "start", behavior: calm.matches ? "auto" : "smooth" });
const showNewest = () => {
  talk.parentElement.scrollTop = talk.parentElement.scrollHeight;
};

document.addEventListener("keydown", (event) => {
  if (event.target.id !== "text" || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  const form = event.target.form;
  if (event.target.value.trim()) form.requestSubmit(form.querySelector('[name="send"]'));
});

// A field that was dragged larger has a style of its own, which would be copied onto the new one.
talk.addEventListener("htmx:beforeSwap", () => document.getElementById("text")?.removeAttribute("style"));

// Out-of-band parts are in the page by the time it settles. What cannot wait is shown first.
talk.addEventListener("htmx:afterSettle", () => {
  showNewest();
  document.getElementById("text")?.focus({ preventScroll: true });
  if (shown(alarm) && !alarmed) show(alarm);
  else if (shown(result) && !advised) show(result);
  alarmed = shown(alarm);
  advised = shown(result);
});
showNewest();
