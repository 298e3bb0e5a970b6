// The first opinion by keys: a digit chooses the diagnosis, with the urgency that it has by itself
// where none was chosen; a letter says how sure, and commits what is complete.
export function watchOpinion(form) {
  const part = (name) => form.elements[`first-${name}`];
  let urgencyIsMine = false; // chosen by the reader, not by a digit

  for (const element of form.querySelectorAll("[data-picks]")) element.hidden = false;
  form.addEventListener("change", (event) => {
    if (event.target.name === "first-urgency") urgencyIsMine = true;
  });

  function pick({ dataset }) {
    part("diagnosis").value = dataset.pick;
    if (!urgencyIsMine) part("urgency").value = dataset.urgency;
  }

  function commit(confidence) {
    part("confidence").value = confidence;
    if (!part("diagnosis").value) part("diagnosis").focus();
    else if (!part("urgency").value) part("urgency")[0].focus();
    else form.requestSubmit();
  }

  for (const button of form.querySelectorAll("[data-pick]")) button.addEventListener("click", () => pick(button));
  return { l: () => commit(1), m: () => commit(2), h: () => commit(3) };
}
