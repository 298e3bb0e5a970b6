// Lengths in a photo: first a length that is known (a ruler, a coin, what the patient told), then
// what is to be measured. Each photo has its own scale; nothing is kept but what is written down.
import OpenSeadragon from "openseadragon";

const SVG = "http://www.w3.org/2000/svg";

export function watchMeasure(section, stage) {
  const panel = section.querySelector('[data-panel="measure"]');
  const find = (name) => panel.querySelector(`[data-measure-${name}]`);
  const [by, other, says, source] = ["by", "other", "says", "source"].map(find);
  const [again, newScale, note] = ["again", "scale", "note"].map(find);
  const millimetres = panel.querySelector("#measure-mm");
  const scales = new Map(); // photo id -> { perMm: pixels, points, by, told }
  let points = []; // in pixels of the photo
  let measured = null;

  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("class", "desk-drawing");
  drawing.setAttribute("aria-hidden", "true");
  stage.element.append(drawing);
  const scale = () => scales.get(stage.shown().dataset.id);

  function mark(pixel) {
    if (panel.hidden || points.length === 2 || !stage.viewer.world.getItemCount()) return;
    points.push(pixel);
    if (points.length === 2) finish();
    draw();
    tell();
  }

  function finish() {
    const length = Math.hypot(points[0].x - points[1].x, points[0].y - points[1].y);
    if (length < 4) {
      points = [];
      says.textContent = says.dataset.tooNear;
      return;
    }
    if (scale()) {
      measured = length / scale().perMm;
      return;
    }
    const option = by.selectedOptions[0];
    const known = by.value === "other" ? Number(millimetres.value) : Number(by.value);
    if (!(known > 0)) {
      points = [];
      return;
    }
    const words = by.value === "other" ? says.dataset.result.replace("%s", known) : option.textContent;
    const told = "asTold" in option.dataset;
    scales.set(stage.shown().dataset.id, { perMm: length / known, points, by: words, told });
    points = [];
  }

  function tell() {
    const set = scale();
    if (!points.length && says.textContent === says.dataset.tooNear) return;
    const step = points.length ? "Second" : "First";
    says.textContent = measured === null ? says.dataset[(set ? "length" : "scale") + step] : result();
    source.textContent = set ? named(set) : "";
    for (const button of [again, note]) if (button) button.hidden = measured === null;
    newScale.hidden = !set;
  }

  const result = () => says.dataset.result.replace("%s", measured.toFixed(1));
  const named = (set) =>
    (set.told ? source.dataset.told : source.dataset.by).replace("%n", stage.number()).replace("%s", set.by);

  function restart() {
    points = [];
    measured = null;
    says.textContent = "";
    draw();
    tell();
  }

  const onScreen = (pixel) => {
    const item = stage.viewer.world.getItemAt(0);
    return stage.viewer.viewport.pixelFromPoint(item.imageToViewportCoordinates(pixel.x, pixel.y), true);
  };
  const inPhoto = (pixel) => {
    const { viewport, world } = stage.viewer;
    return world.getItemAt(0).viewportToImageCoordinates(viewport.pointFromPixel(pixel, true));
  };

  function draw() {
    drawing.replaceChildren();
    if (panel.hidden || !stage.viewer.world.getItemCount()) return;
    if (scale()) line(scale().points, "desk-drawing__scale");
    line(points, "desk-drawing__length", measured === null ? "" : result());
    cross();
  }

  function line(ends, name, label = "") {
    const [from, to] = ends.map(onScreen);
    if (from) dot(from, name);
    if (!to) return;
    dot(to, name);
    add("line", { x1: from.x, y1: from.y, x2: to.x, y2: to.y, class: name });
    if (!label) return;
    const text = add("text", { x: (from.x + to.x) / 2 + 8, y: (from.y + to.y) / 2 - 8, class: name });
    text.textContent = label;
  }

  const dot = ({ x, y }, name) => add("circle", { cx: x, cy: y, r: 4, class: name });

  function cross() {
    const { clientWidth, clientHeight } = stage.element;
    const [x, y] = [clientWidth / 2, clientHeight / 2];
    add("path", { d: `M${x - 14} ${y}h28M${x} ${y - 14}v28`, class: "desk-drawing__cross" });
  }

  function add(kind, attributes) {
    const element = document.createElementNS(SVG, kind);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return drawing.appendChild(element);
  }

  const centre = () => {
    const { clientWidth, clientHeight } = stage.element;
    return inPhoto(new OpenSeadragon.Point(clientWidth / 2, clientHeight / 2));
  };

  stage.viewer.addHandler("canvas-click", (event) => {
    if (panel.hidden || !event.quick) return;
    event.preventDefaultAction = true;
    mark(inPhoto(event.position));
  });
  stage.element.addEventListener("keydown", (event) => {
    if (panel.hidden || event.key !== "Enter") return;
    event.preventDefault();
    mark(centre());
  });
  for (const name of ["animation", "open", "resize", "update-viewport"]) stage.viewer.addHandler(name, draw);
  stage.onPhoto(restart);
  find("point").addEventListener("click", () => mark(centre()));
  again.addEventListener("click", restart);
  newScale.addEventListener("click", () => {
    scales.delete(stage.shown().dataset.id);
    restart();
  });
  by.addEventListener("change", () => {
    other.hidden = by.value !== "other";
    restart();
  });
  note?.addEventListener("click", () => {
    const findings = document.querySelector("#id_findings");
    const line = `${result()}. ${named(scale())}`;
    findings.value = [findings.value.trim(), line].filter(Boolean).join("\n");
    findings.dispatchEvent(new Event("input", { bubbles: true }));
    findings.focus();
  });
  return { open: restart };
}
