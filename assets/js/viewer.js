// Loaded on the case page: a photo that can be enlarged by pointer, wheel, touch and keyboard.
import OpenSeadragon from "openseadragon";

export function openViewer(element, source) {
  return OpenSeadragon({
    element,
    tileSources: { type: "image", url: source },
    showNavigationControl: false, // its buttons are pictures from another place; ours are in the page
    gestureSettingsMouse: { clickToZoom: false },
    maxZoomPixelRatio: 4,
  });
}
