// The assistant's page: Enter sends, the newest line is in sight, focus stays on the answer.
const talk = document.getElementById("talk");

const showNewest = () => talk.lastElementChild?.scrollIntoView({ block: "nearest" });

document.addEventListener("keydown", (event) => {
  if (event.target.id !== "text" || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  const form = event.target.form;
  if (event.target.value.trim()) form.requestSubmit(form.querySelector('[name="send"]'));
});

document.addEventListener("change", (event) => {
  if (event.target.id === "site" && event.target.value) event.target.form.requestSubmit();
});

// Out-of-band parts are swapped in before the page settles, so the new field is there by now.
talk.addEventListener("htmx:afterSettle", () => {
  showNewest();
  document.getElementById("text")?.focus({ preventScroll: true });
});
showNewest();
