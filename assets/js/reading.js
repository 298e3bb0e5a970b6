// The reading page: what is on the stage, the tools over it, the form, the keys.
import { listen, press } from "./keys.js";
import { watchAdequacy } from "./reading/adequacy.js";
import { countTime } from "./reading/clock.js";
import { watchCompare } from "./reading/compare.js";
import { watchLight } from "./reading/light.js";
import { watchMeasure } from "./reading/measure.js";
import { watchOpinion } from "./reading/opinion.js";
import { watchSaving } from "./reading/saving.js";
import { openStage } from "./reading/stage.js";
import { asToolbar } from "./reading/toolbar.js";
import { watchDifferential, watchSnippets, watchStandardTexts } from "./reading/writing.js";

const section = document.querySelector("[data-photos]");
const decision = document.querySelector("[data-decision]");
const opinion = document.querySelector("[data-opinion]");
const field = () => document.querySelector("[data-form] select, [data-form] input:not([type=hidden])");
const keys = {
  f: () => field()?.focus(),
  c: press('[data-key="c"]'),
  w: press(".nhsuk-back-link"),
};

countTime();
if (opinion) Object.assign(keys, watchOpinion(opinion));
if (section.querySelector("[data-photo]")) Object.assign(keys, photoKeys());
if (decision) Object.assign(keys, decisionKeys());
for (const digit of "1234567890") keys[digit] = press(`[data-form] [data-key="${digit}"]`);
for (const row of document.querySelectorAll("[data-row-of-buttons]")) asToolbar(row);
listen(keys);

function photoKeys() {
  const stage = openStage(section);
  const compare = watchCompare(section, stage, () => light.apply());
  const light = watchLight(section, () => [stage.viewer, compare.viewer()].filter(Boolean));
  const opened = { light: () => {}, compare: compare.open, measure: watchMeasure(section, stage).open };
  stage.viewer.addHandler("open", light.apply);

  for (const button of section.querySelectorAll("[data-opens]")) {
    button.addEventListener("click", () => {
      const panel = section.querySelector(`[data-panel="${button.dataset.opens}"]`);
      panel.hidden = !panel.hidden;
      button.setAttribute("aria-expanded", String(!panel.hidden));
      opened[button.dataset.opens](!panel.hidden);
    });
  }
  const open = (name) => () => {
    press(`[data-opens="${name}"]`)();
    const panel = section.querySelector(`[data-panel="${name}"]`);
    if (!panel || panel.hidden) return;
    if (name === "light") panel.querySelector("input").focus();
    if (name === "measure") section.querySelector(".openseadragon-canvas").focus();
  };
  if (decision) Object.assign(keys, adequacyKeys(stage));
  return {
    n: () => stage.next(1),
    p: () => stage.next(-1),
    "+": stage.zoom.in,
    "=": stage.zoom.in,
    "-": stage.zoom.out,
    o: stage.zoom.home,
    b: open("light"),
    r: open("measure"),
    v: open("compare"),
    ",": () => stage.fade(-10),
    ".": () => stage.fade(10),
    ...(opinion ? {} : { m: stage.toggleMap }),
  };
}

function adequacyKeys(stage) {
  const adequacy = watchAdequacy(decision, section);
  return { g: adequacy.restAreGood, x: () => adequacy.turn(stage.shown().dataset.id) };
}

function decisionKeys() {
  if (decision.hasAttribute("hx-post")) watchSaving(decision);
  watchStandardTexts(decision);
  watchDifferential(decision.elements.differential);
  for (const name of ["findings", "advice", "safety_net"]) watchSnippets(decision.elements[name]);
  return { k: press("[data-decision] [data-check]") };
}
