// Says why a passkey did not work; allauth's scripts tell it by an event.
const reasons = {
  NotAllowedError: "Nothing was confirmed. Try again, or use another way.",
  InvalidStateError: "This passkey is known already. Use another one.",
  SecurityError: "This address cannot use passkeys. Open the portal at its usual address.",
};

export function explainPasskeys() {
  document.addEventListener("allauth.error", (event) => {
    const place = document.querySelector(".portal-passkey-error");
    if (!place) return;
    place.textContent = reasons[event.detail.exception?.name] ?? "The passkey did not work. Use another way.";
    event.preventDefault();
  });
}
