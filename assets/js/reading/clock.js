// How long this page was in use: counted while it is in front and something happened in the last
// minute. Told with what the page sends anyway; the server takes no more than can be true.
const IDLE = 60_000; // milliseconds without a key, a pointer or a touch
const TICK = 1000;

let lastUse = Date.now();
let counted = 0; // seconds since the last report

for (const kind of ["keydown", "pointermove", "pointerdown", "wheel", "scroll", "touchstart"]) {
  document.addEventListener(kind, () => (lastUse = Date.now()), { passive: true, capture: true });
}
setInterval(() => {
  if (!document.hidden && Date.now() - lastUse < IDLE) counted += 1;
}, TICK);

function take() {
  const seconds = counted;
  counted = 0;
  return seconds;
}

export function countTime() {
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (detail.verb === "post") detail.parameters.seconds = take();
  });
  document.addEventListener("submit", ({ target }) => {
    if (target.elements.seconds) target.elements.seconds.value = take();
  });
  document.addEventListener("visibilitychange", () => {
    const desk = document.getElementById("desk-state");
    if (document.hidden && counted) desk?.dispatchEvent(new Event("leave"));
  });
}
