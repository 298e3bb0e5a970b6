// Loaded on each page of the form, which works without it. Pages with more to do import it.
export const form = document.getElementById("send");
const holds = []; // functions that answer whether the page must wait before it is left
let sent = false;

// The token changes when one logs in again in another tab; the cookie knows the present one.
export function csrfToken() {
  const cookie = document.cookie.split("; ").find((pair) => pair.startsWith("csrftoken="));
  return cookie ? cookie.slice("csrftoken=".length) : form.elements.csrfmiddlewaretoken.value;
}

// For whoever listens to the page.
export function say(text) {
  form.querySelector("[data-said]").textContent = text;
}

export function holdWhile(mustWait) {
  holds.push(mustWait);
}

form.addEventListener("keydown", (event) => {
  // Enter in a line of text goes nowhere: on a phone's keyboard it is pressed to close it.
  if (event.key === "Enter" && event.target.matches("input:not([type=file])")) event.preventDefault();
});

form.addEventListener("submit", (event) => {
  if (sent || holds.some((mustWait) => mustWait())) {
    event.preventDefault();
    return;
  }
  sent = true;
  form.elements.csrfmiddlewaretoken.value = csrfToken();
});
addEventListener("pageshow", () => {
  sent = false;
});
