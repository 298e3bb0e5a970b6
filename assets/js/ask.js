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

// What was typed while an answer was on its way belongs to the next field. One that was dragged
// larger has a style of its own, which would be copied onto the new one.
let ahead = "";
talk.addEventListener("htmx:beforeSwap", (event) => {
  const field = document.getElementById("text");
  const sent = event.detail.requestConfig.formData.get("text") ?? "";
  ahead = field.value.startsWith(sent) ? field.value.slice(sent.length) : "";
  field.removeAttribute("style");
  if (new URL(event.detail.xhr.responseURL).pathname === event.detail.requestConfig.path) return;
  event.detail.shouldSwap = false; // sent on, to the log-in for example
  location.reload();
});

// What did not arrive stays in its field, and that is said.
const failed = document.getElementById("ask-failed");
for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.body.addEventListener(name, () => { failed.textContent = failed.dataset.text; });
}
document.body.addEventListener("htmx:beforeRequest", () => { failed.textContent = ""; });

// Out-of-band parts are in the page by the time it settles. What cannot wait is shown first.
talk.addEventListener("htmx:afterSettle", () => {
  showNewest();
  const field = document.getElementById("text");
  field.value = ahead;
  field.focus({ preventScroll: true });
  if (shown(alarm) && !alarmed) show(alarm);
  else if (shown(result) && !advised) show(result);
  alarmed = shown(alarm);
  advised = shown(result);
});
showNewest();
