// Loaded on the case page: a photo that can be enlarged by pointer, wheel, touch and keyboard.
import OpenSeadragon from "openseadragon";

// The viewer would write a <style> that our content policy refuses, unless it finds one of its own.
const own = document.createElementNS("urn:portal", "style");
own.setAttribute("data-openseadragon-mobile-css", "true");
document.head.append(own);

OpenSeadragon.setString("Errors.OpenFailed", "This photo cannot be shown."); // not its address

export function openViewer(element, source) {
  const viewer = OpenSeadragon({
    element,
    drawer: "canvas",
    tileSources: { type: "image", url: source },
    showNavigationControl: false, // its buttons are pictures from another place; ours are in the page
    gestureSettingsMouse: { clickToZoom: false },
    maxZoomPixelRatio: 4,
    animationTime: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 1.2, // seconds
  });
  // Arrows move the photo; letters and digits are the page's, which has no photo turned or flipped.
  viewer.addHandler("canvas-key", (event) => {
    event.preventDefaultAction = !event.originalEvent.key.startsWith("Arrow");
  });
  return viewer;
}
