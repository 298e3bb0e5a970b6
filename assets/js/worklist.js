// The worklist: refreshes itself while somebody looks, keeps focus, and moves by keyboard.
import { listen, press } from "./keys.js";

const REFRESH = 20_000; // milliseconds
const list = document.getElementById("worklist");

const refresh = () => {
  if (!document.hidden) list.dispatchEvent(new Event("refresh"));
};
setInterval(refresh, REFRESH);
document.addEventListener("visibilitychange", refresh);

// A swap keeps what had the focus, or its neighbour where that row is gone.
let focused = { id: "", index: -1 };
list.addEventListener("htmx:beforeSwap", () => {
  const id = list.contains(document.activeElement) ? document.activeElement.id : "";
  focused = { id, index: links().indexOf(document.activeElement) };
});
list.addEventListener("htmx:afterSwap", () => {
  if (!focused.id) return;
  const again = document.getElementById(focused.id);
  const all = links();
  (again ?? all[Math.min(Math.max(focused.index, 0), all.length - 1)])?.focus({ preventScroll: true });
});

function links() {
  return [...list.querySelectorAll(".desk-rows__reference")];
}

function move(by) {
  const all = links();
  const row = document.activeElement.closest("[data-row]");
  const at = row ? all.indexOf(row.querySelector(".desk-rows__reference")) : -1;
  const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1);
  all[next]?.focus();
}

listen({
  j: () => move(1),
  k: () => move(-1),
  c: press('[data-key="c"]'),
  f: () => document.getElementById("id_mark").focus(),
});
