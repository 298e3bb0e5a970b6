// The last photos of the same lesion beside this one's, moved and zoomed in step.
import { openViewer } from "../viewer.js";

export function watchCompare(section, stage, onOpen) {
  const place = section.querySelector("[data-stage-before]");
  const links = [...section.querySelectorAll("[data-before]")];
  const together = section.querySelector("[data-in-step]");
  if (!place) return { viewer: () => null, open: () => {} };
  let viewer = null;
  let offset = { zoom: 1, x: 0, y: 0 }; // of the old photo to the new one, as lined up by hand

  function show(link) {
    for (const other of links) other.toggleAttribute("aria-current", other === link);
    place.setAttribute("aria-label", link.querySelector("img").alt);
    if (viewer) viewer.open({ type: "image", url: link.dataset.before });
    else {
      viewer = openViewer(place, link.dataset.before);
      follow(stage.viewer, viewer, 1);
      follow(viewer, stage.viewer, -1);
      viewer.addHandler("open", onOpen);
    }
  }

  let following = false; // what one does to the other is not done back
  function follow(leader, follower, sign) {
    const go = () => {
      if (following || !together.checked || !leader.world.getItemCount() || !follower.world.getItemCount()) return;
      following = true;
      const centre = leader.viewport.getCenter();
      follower.viewport.zoomTo(leader.viewport.getZoom() * offset.zoom ** sign, null, true);
      centre.x += sign * offset.x;
      centre.y += sign * offset.y;
      follower.viewport.panTo(centre, true);
      following = false;
    };
    leader.addHandler("animation", go);
  }

  together.addEventListener("change", () => {
    if (!together.checked || !viewer) return;
    const [now, before] = [stage.viewer.viewport, viewer.viewport];
    offset = {
      zoom: before.getZoom() / now.getZoom(),
      x: before.getCenter().x - now.getCenter().x,
      y: before.getCenter().y - now.getCenter().y,
    };
  });

  function open(wanted) {
    place.hidden = !wanted;
    section.querySelector("[data-stages]").classList.toggle("desk-stages--two", wanted);
    if (!wanted) requestAnimationFrame(() => stage.viewer.viewport.goHome(true)); // the stage is wider now
    if (wanted && !viewer) show(alike() ?? links[0]);
    if (wanted) place.scrollIntoView({ block: "nearest" });
  }

  // The old photo of the kind that is on the stage, so that like stands beside like.
  const alike = () => links.find((link) => link.dataset.kind === stage.shown().dataset.kind);

  for (const link of links) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      if (place.hidden) section.querySelector('[data-opens="compare"]').click();
      show(link);
    });
  }
  return { viewer: () => viewer, open };
}
