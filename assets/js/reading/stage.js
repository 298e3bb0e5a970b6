// The photo on the stage: which one, how near, how bright, with the model's map over it or not.
// What is switched on stays on when another photo is chosen.
import OpenSeadragon from "openseadragon";
import { openViewer } from "../viewer.js";

export function openStage(section) {
  const stage = section.querySelector("[data-stage]");
  const caption = section.querySelector("[data-caption]");
  const links = [...section.querySelectorAll("[data-photo]")];
  const map = section.querySelector("[data-map]");
  const opacity = section.querySelector("[data-map-opacity]");
  const listeners = [];
  let viewer = null;
  let shown = -1;
  let mapped = false;
  let drawn = null;

  function show(index) {
    if (index < 0 || index >= links.length || index === shown) return;
    shown = index;
    links.forEach((link, at) => link.toggleAttribute("aria-current", at === index));
    const source = links[index].dataset.photo;
    drawn = null;
    if (viewer) {
      viewer.clearOverlays();
      viewer.open({ type: "image", url: source });
    } else {
      viewer = openViewer(stage, source);
      viewer.addHandler("open", drawMap);
    }
    stage.setAttribute("aria-label", links[index].querySelector("img").alt);
    tell();
    for (const listener of listeners) listener(index);
  }

  function tell() {
    const { mapOf } = links[shown].dataset;
    const withMap = mapped && mapOf ? ` · ${map.textContent}: ${mapOf}` : "";
    caption.textContent = links[shown].querySelector("img").alt + withMap;
  }

  // The map is a picture of the photo's shape, laid over it and moving with it.
  function drawMap() {
    const { activation, mapOf, width, height } = links[shown].dataset;
    if (drawn) viewer.removeOverlay(drawn);
    drawn = null;
    if (!mapped || !activation) return;
    drawn = new Image();
    drawn.alt = "";
    drawn.src = activation;
    drawn.style.opacity = opacity.value / 100;
    const location = new OpenSeadragon.Rect(0, 0, 1, height / width);
    viewer.addOverlay({ element: drawn, location });
    section.querySelector("[data-map-shown]").textContent = `${opacity.value} %, ${mapOf}`;
  }

  function toggleMap() {
    if (!map || !viewer?.world.getItemCount()) return;
    mapped = !mapped;
    map.setAttribute("aria-pressed", String(mapped));
    section.querySelector('[data-panel="map"]').hidden = !mapped;
    drawMap();
    tell();
  }

  function fade(by) {
    if (!map) return;
    if (!mapped) toggleMap();
    opacity.value = Number(opacity.value) + by;
    drawMap();
  }

  const zoom = {
    in: () => viewer.viewport.zoomBy(1.5).applyConstraints(),
    out: () => viewer.viewport.zoomBy(1 / 1.5).applyConstraints(),
    home: () => viewer.viewport.goHome(),
  };

  stage.hidden = section.querySelector("[data-tools]").hidden = false;
  show(0);
  links.forEach((link, index) =>
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      show(index);
    }),
  );
  section.addEventListener("click", ({ target }) => zoom[target.dataset.zoom]?.());
  map?.addEventListener("click", toggleMap);
  opacity?.addEventListener("input", drawMap);

  return {
    element: stage,
    viewer,
    zoom,
    toggleMap,
    fade,
    show,
    next: (by) => show(shown + by),
    shown: () => links[shown],
    number: () => shown + 1,
    onPhoto: (listener) => listeners.push(listener),
  };
}
