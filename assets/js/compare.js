// Two photos of one lesion: zoomed and moved in step. Without it they stand side by side.
import { openViewer } from "./viewer.js";

const sides = [...document.querySelectorAll("[data-compare] [data-photo]")];
const tools = document.querySelector(".portal-compare__tools");
const step = tools.querySelector("[data-step]");
const viewers = sides.map((side) => {
  const { photo, label } = side.dataset;
  side.replaceChildren();
  side.classList.add("portal-compare__view--live");
  const viewer = openViewer(side, photo);
  viewer.canvas.setAttribute("role", "img");
  viewer.canvas.setAttribute("aria-label", label);
  return viewer;
});

let following = false; // what one viewer does to the other is not done back
function follow(leader, follower) {
  const go = ({ immediately }) => {
    if (following || !step.checked || !follower.world.getItemCount()) return;
    following = true;
    follower.viewport.zoomTo(leader.viewport.getZoom(), null, immediately);
    follower.viewport.panTo(leader.viewport.getCenter(), immediately);
    following = false;
  };
  leader.addHandler("zoom", go);
  leader.addHandler("pan", go);
}
follow(viewers[0], viewers[1]);
follow(viewers[1], viewers[0]);

for (const button of tools.querySelectorAll("[data-zoom]")) {
  button.addEventListener("click", () => {
    for (const { viewport } of step.checked ? viewers.slice(0, 1) : viewers) {
      viewport.zoomBy(Number(button.dataset.zoom));
      viewport.applyConstraints();
    }
  });
}
tools.querySelector("[data-whole]").addEventListener("click", () => {
  for (const { viewport } of viewers) viewport.goHome();
});
tools.hidden = false;
