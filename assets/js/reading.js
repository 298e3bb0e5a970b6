// The reading page: photos to zoom into, the model's map over them, standard texts, shortcuts.
import { listen, press } from "./keys.js";
import { openViewer } from "./viewer.js";

const photos = document.querySelector("[data-photos]");
const stage = photos.querySelector("[data-stage]");
const tools = photos.querySelector("[data-tools]");
const caption = photos.querySelector("[data-caption]");
const mapButton = photos.querySelector("[data-map]");
const links = [...photos.querySelectorAll("[data-photo]")];
let viewer = null;
let shown = -1;

function show(index) {
  if (index < 0 || index >= links.length || index === shown) return;
  shown = index;
  links.forEach((link, at) => link.toggleAttribute("aria-current", at === index));
  const link = links[index];
  if (!viewer) viewer = openViewer(stage, link.dataset.photo);
  else viewer.open({ type: "image", url: link.dataset.photo });
  if (mapButton) {
    mapButton.setAttribute("aria-pressed", "false");
    mapButton.disabled = !link.dataset.activation;
  }
  stage.setAttribute("aria-label", link.querySelector("img").alt);
  tell();
}

function tell() {
  const link = links[shown];
  const mapped = mapButton?.getAttribute("aria-pressed") === "true";
  caption.textContent = link.querySelector("img").alt + (mapped ? `, with the map of ${link.dataset.mapOf}` : "");
}

function toggleMap() {
  if (!mapButton || mapButton.disabled || !viewer?.world.getItemCount()) return;
  const on = mapButton.getAttribute("aria-pressed") !== "true";
  mapButton.setAttribute("aria-pressed", String(on));
  if (!on) viewer.world.getItemAt(1)?.destroy?.();
  if (!on && viewer.world.getItemCount() > 1) viewer.world.removeItem(viewer.world.getItemAt(1));
  if (on) {
    const tileSource = { type: "image", url: links[shown].dataset.activation };
    viewer.addTiledImage({ tileSource, x: 0, y: 0, width: 1, index: 1, opacity: 0.6 });
  }
  tell();
}

const zoom = {
  in: () => viewer.viewport.zoomBy(1.5).applyConstraints(),
  out: () => viewer.viewport.zoomBy(1 / 1.5).applyConstraints(),
  home: () => viewer.viewport.goHome(),
};

if (links.length) {
  stage.hidden = tools.hidden = false;
  show(0);
  links.forEach((link, index) =>
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      show(index);
    }),
  );
  tools.addEventListener("click", (event) => zoom[event.target.dataset.zoom]?.());
  mapButton?.addEventListener("click", toggleMap);
}

// Standard texts: offered for the chosen outcome, written by themselves only over nothing or over
// another standard text, so that nothing typed is lost.
const texts = JSON.parse(document.getElementById("standard-texts")?.textContent ?? "{}");
const decision = document.querySelector("[data-decision]");

function fill(over) {
  const standard = texts[decision.elements.outcome.value];
  if (!standard) return;
  for (const name of ["advice", "safety_net"]) {
    const field = decision.elements[name];
    const untouched = Object.values(texts).some((text) => text[name] === field.value.trim());
    if (over || untouched || !field.value.trim()) field.value = standard[name];
  }
  decision.dispatchEvent(new Event("input", { bubbles: true }));
}

if (decision) {
  decision.querySelector("[data-texts]").hidden = false;
  decision.querySelector("[data-fill]").addEventListener("click", () => fill(true));
  decision.addEventListener("change", (event) => event.target.name === "outcome" && fill(false));
}

const field = () => document.querySelector("[data-form] select, [data-form] input:not([type=hidden])");
listen({
  n: () => show(shown + 1),
  p: () => show(shown - 1),
  "+": () => zoom.in(),
  "=": () => zoom.in(),
  "-": () => zoom.out(),
  0: () => zoom.home(),
  m: toggleMap,
  f: () => field()?.focus(),
  c: press('[data-key="c"]'),
  w: press(".nhsuk-back-link"),
});
