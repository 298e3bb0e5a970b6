// What is written is saved as it is written, and the page says so: saved when, or not and why.
// What could not be saved is tried again until it is; nothing is sent while a saving is under way.
const AGAIN = 5000; // milliseconds until the next try, doubled up to a minute
const LONGEST = 60_000;

export function watchSaving(form) {
  const words = document.querySelector("[data-offline]").dataset;
  let underWay = false;
  let unsaved = false;
  let submitting = false;
  let wait = AGAIN;
  let timer = 0;
  let submitter = null; // a press on a button that waits for the saving to end

  const state = () => document.getElementById("save-state");
  const mine = (event) => event.detail.elt === form;

  function say(text, bad) {
    state().textContent = text;
    state().classList.toggle("desk-saved--not", bad);
  }

  function retry(text) {
    unsaved = true;
    say(text, true);
    clearTimeout(timer);
    timer = setTimeout(() => form.dispatchEvent(new Event("save")), wait);
    wait = Math.min(wait * 2, LONGEST);
  }

  form.addEventListener("input", () => (unsaved = true));
  document.addEventListener("htmx:beforeRequest", (event) => {
    // A sign of life with the count of before this saving would look like another window's.
    if (underWay && event.detail.elt.id === "desk-state") event.preventDefault();
    if (!mine(event)) return;
    underWay = true;
    clearTimeout(timer);
    if (!unsaved || wait === AGAIN) say(words.saving, false);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!mine(event)) return;
    underWay = false;
    if (event.detail.successful) {
      unsaved = false;
      wait = AGAIN;
    }
    if (submitter) form.requestSubmit(submitter);
    submitter = null;
  });
  for (const kind of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(kind, (event) => mine(event) && retry(words.away));
  }
  document.addEventListener("htmx:responseError", (event) => {
    if (!mine(event)) return;
    if (event.detail.xhr.status < 500 && event.detail.xhr.status !== 429) say(words.gone, true);
    else retry(words.failed);
  });
  window.addEventListener("online", () => unsaved && form.dispatchEvent(new Event("save")));
  window.addEventListener("beforeunload", (event) => {
    if (unsaved && state().classList.contains("desk-saved--not")) event.preventDefault();
  });
  // What was typed last is sent off while the page is left; a link does not wait for the next saving.
  window.addEventListener("pagehide", () => {
    if (unsaved && !submitting) navigator.sendBeacon(form.getAttribute("hx-post"), new FormData(form));
  });
  form.addEventListener("submit", (event) => {
    if (underWay) {
      event.preventDefault();
      event.stopImmediatePropagation();
      submitter = event.submitter ?? form.querySelector("[data-check]");
    } else {
      submitting = true; // it holds everything
      state().classList.remove("desk-saved--not");
    }
  });
  // Another window saved this case: what stands here is written over that only on demand.
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-overwrite]")) return;
    form.setAttribute("hx-vals", '{"overwrite": "1"}');
    form.addEventListener("htmx:afterRequest", () => form.removeAttribute("hx-vals"), { once: true });
    form.dispatchEvent(new Event("save"));
  });
}
