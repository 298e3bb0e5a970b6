// Brightness and contrast of what is on the screen. The photo itself never changes.
export function watchLight(section, viewers) {
  const sliders = [...section.querySelectorAll("[data-light]")];

  function apply() {
    const filter = sliders.map((slider) => `${slider.dataset.light}(${slider.value}%)`).join(" ");
    for (const slider of sliders) slider.nextElementSibling.textContent = `${slider.value} %`;
    for (const viewer of viewers()) viewer.drawer.canvas.style.filter = filter;
  }

  function reset() {
    for (const slider of sliders) slider.value = 100;
    apply();
  }

  for (const slider of sliders) slider.addEventListener("input", apply);
  section.querySelector("[data-light-reset]").addEventListener("click", reset);
  return { apply };
}
