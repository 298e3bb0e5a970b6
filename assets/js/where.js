// Where to go: fill in where the browser is, only when asked, and send the form.
const form = document.getElementById("where");
const button = form.querySelector("[data-locate]");
const said = form.querySelector("[data-located]");

if ("geolocation" in navigator) button.hidden = false;

button.addEventListener("click", () => {
  said.textContent = said.dataset.asking;
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      form.elements.latitude.value = coords.latitude.toFixed(3);
      form.elements.longitude.value = coords.longitude.toFixed(3);
      form.elements.near.value = "";
      form.requestSubmit();
    },
    () => {
      said.textContent = said.dataset.refused;
    },
    { timeout: 10_000, maximumAge: 600_000 },
  );
});

// A typed place counts, not where the browser once was.
form.elements.near.addEventListener("input", () => {
  form.elements.latitude.value = form.elements.longitude.value = "";
});
