// Whether each photo is good enough: answered in the form, seen beside the photo, set by keys.
const NAME = "adequate_";

export function watchAdequacy(form, section) {
  const answer = (id) => form.elements[NAME + id];
  const labels = [...section.querySelectorAll("[data-judged]")];

  function tell() {
    for (const label of labels) {
      const { value } = answer(label.dataset.judged);
      label.textContent = label.dataset[value] ?? "";
      label.classList.toggle("desk-thumbs__judged--no", value === "no");
    }
  }

  function set(id, value) {
    answer(id).value = value;
    form.dispatchEvent(new Event("input", { bubbles: true }));
    tell();
  }

  form.addEventListener("change", tell);
  tell();
  return {
    restAreGood() {
      for (const { dataset } of labels) if (!answer(dataset.judged).value) set(dataset.judged, "yes");
    },
    turn(id) {
      set(id, answer(id).value === "no" ? "yes" : "no");
    },
  };
}
