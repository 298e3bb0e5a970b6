// The body's drawing chooses in the list at once, without a new page; one stop of the Tab key leads
// into each view, arrows from region to region, Enter or Space chooses.
import { form, say } from "./send_form.js";

const CHOSEN = "portal-body__region--chosen";
const list = form.elements.region;
const regions = [...document.querySelectorAll("[data-body-map] [data-region]")];
const TOWARDS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function show() {
  for (const region of regions) {
    const chosen = region.dataset.region === list.value;
    region.classList.toggle(CHOSEN, chosen);
    if (chosen) region.setAttribute("aria-current", "true");
    else region.removeAttribute("aria-current");
  }
}

function tell() {
  show();
  say(list.value ? list.selectedOptions[0].textContent : "");
}

function choose(region) {
  list.value = region.dataset.region;
  tell();
}

function middle(region) {
  const box = region.getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2];
}

// The nearest region in that direction; what lies off to the side counts as further away.
function nearest(from, [dx, dy]) {
  const [x, y] = middle(from);
  const away = (region) => {
    const [a, b] = middle(region);
    const [ahead, aside] = dx ? [(a - x) * dx, Math.abs(b - y)] : [(b - y) * dy, Math.abs(a - x)];
    return ahead > 1 ? ahead + 2 * aside : Infinity;
  };
  const others = regions.filter((region) => region !== from && region.ownerSVGElement === from.ownerSVGElement);
  const found = others.reduce((best, one) => (away(one) < away(best) ? one : best));
  return away(found) === Infinity ? null : found;
}

function lead(to) {
  for (const region of regions) {
    if (region.ownerSVGElement === to.ownerSVGElement) region.setAttribute("tabindex", region === to ? "0" : "-1");
  }
}

for (const region of regions) {
  region.addEventListener("click", (event) => {
    event.preventDefault();
    choose(region);
  });
  region.addEventListener("focus", () => lead(region));
  region.addEventListener("keydown", (event) => {
    if (event.key === " ") {
      event.preventDefault();
      choose(region);
    } else if (event.key in TOWARDS) {
      event.preventDefault();
      nearest(region, TOWARDS[event.key])?.focus();
    }
  });
}
for (const svg of new Set(regions.map((region) => region.ownerSVGElement))) {
  const own = regions.filter((region) => region.ownerSVGElement === svg);
  lead(own.find((region) => region.dataset.region === list.value) ?? own[0]);
}
list.addEventListener("change", tell);
show();
