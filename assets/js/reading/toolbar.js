// A row of buttons as one stop of the Tab key: arrows move inside it, as in the ARIA toolbar.
export function asToolbar(row) {
  const buttons = [...row.querySelectorAll("button")];
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  row.setAttribute("role", "toolbar");
  buttons.forEach((button, index) => (button.tabIndex = index ? -1 : 0));
  row.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(event.target);
    if (at < 0 || !(event.key in step)) return;
    event.preventDefault();
    const next = buttons[(at + step[event.key] + buttons.length) % buttons.length];
    buttons[at].tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
}
