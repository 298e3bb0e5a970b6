// Signs of an emergency are answered at once, beside the answer.
import { form } from "./send_form.js";

const emergency = form.querySelector("[data-emergency]");

function show(event) {
  const flagged = form.querySelectorAll("input[value=yes]:checked");
  const wasHidden = emergency.hidden;
  emergency.hidden = flagged.length === 0;
  if (emergency.hidden || !wasHidden) return;
  const asked = (event?.target ?? flagged[0]).closest(".portal-field");
  asked.after(emergency); // beside the answer, so that it is in sight
  emergency.scrollIntoView({ block: "nearest" });
}

form.addEventListener("change", show);
show();
