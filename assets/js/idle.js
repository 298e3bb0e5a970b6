// Warns staff before the server ends an idle session, and clears the screen when it has.
// Pages share the time of the last use, so work in one tab keeps the others.
const KEY = "portal-last-use";
const WARNING = 120; // seconds before the end, or half of a shorter limit

export function watchIdle() {
  const dialog = document.querySelector("dialog.portal-idle");
  if (!dialog) return;
  const limit = Number(dialog.dataset.seconds);
  const used = () => localStorage.setItem(KEY, Date.now());
  const left = () => limit - (Date.now() - Number(localStorage.getItem(KEY))) / 1000;
  const reload = () => location.assign(location.href);

  used();
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!("X-Background" in event.detail.requestConfig.headers)) used();
  });
  dialog.querySelector("button").addEventListener("click", async () => {
    const answer = await fetch(dialog.dataset.stay);
    if (!answer.ok || answer.redirected) return reload();
    used();
    dialog.close();
  });
  setInterval(() => {
    if (left() <= 0) reload();
    else if (left() > Math.min(WARNING, limit / 2)) dialog.close();
    else if (!dialog.open) dialog.showModal();
  }, 1000);
}
