// Photos again: while the files travel the page says so, and they are sent once.
const form = document.querySelector("[data-sends-photos]");

if (form) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    const files = [...form.querySelectorAll("input[type=file]")].some((input) => input.files.length);
    if (!files) return;
    form.dataset.sent = "yes";
    form.querySelector("[data-status]").textContent = form.dataset.sending;
  });
  // Back from the next page: the form may be sent again.
  window.addEventListener("pageshow", () => {
    delete form.dataset.sent;
    form.querySelector("[data-status]").textContent = "";
  });
}
