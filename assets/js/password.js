// A button beside each password that shows what was typed.
export function showPasswords() {
  for (const box of document.querySelectorAll(".portal-password")) {
    const input = box.querySelector("input");
    const button = document.createElement("button");
    const say = () => {
      const hidden = input.type === "password";
      button.textContent = hidden ? box.dataset.show : box.dataset.hide;
      button.setAttribute("aria-label", hidden ? box.dataset.showLabel : box.dataset.hideLabel);
    };
    button.type = "button";
    button.setAttribute("aria-controls", input.id);
    button.addEventListener("click", () => {
      input.type = input.type === "password" ? "text" : "password";
      say();
    });
    input.form?.addEventListener("submit", () => (input.type = "password")); // nothing for autofill to keep
    say();
    box.append(button);
  }
}
