// Loaded on the send page, which works without it: there every file travels with the form. Here each
// photo is sent as soon as it is chosen, with its progress, and one that fails harms no other.
const form = document.getElementById("send");
const list = form.querySelector("[data-photos]");
const said = form.querySelector("[data-said]");
const waiting = form.querySelector("[data-waiting]");
const most = Number(form.dataset.photosMax);
const heaviest = Number(form.dataset.photoMaxBytes);
const AT_ONCE = 2;
const LOST = "The connection was lost.";
const LOGGED_OUT = "You were logged out. Log in again in another tab, then try again here.";

const queue = []; // of functions that start an upload
let underway = 0;
let sendWhenDone = false;
let sent = false;

// The token changes when one logs in again in another tab; the cookie knows the present one.
function csrfToken() {
  const cookie = document.cookie.split("; ").find((pair) => pair.startsWith("csrftoken="));
  return cookie ? cookie.slice("csrftoken=".length) : form.elements.csrfmiddlewaretoken.value;
}

// -- photos -----------------------------------------------------------------------------------------
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function taken() {
  return list.querySelectorAll("[data-upload], [data-underway]").length;
}

function showRoom() {
  const full = taken() >= most;
  form.querySelector("[data-full]").hidden = !full;
  form.querySelector("[data-slots]").hidden = full;
}

function add(files, kind) {
  for (const file of files) {
    if (taken() >= most) {
      refuse(element("li"), file, `Not added. Send ${most} photos at most.`);
    } else if (file.size > heaviest) {
      refuse(element("li"), file, `This file is larger than ${heaviest / 2 ** 20} MB. Send a smaller photo.`);
    } else {
      const row = element("li");
      list.append(row);
      start(row, file, kind);
    }
  }
}

function start(row, file, kind) {
  const bar = element("progress", { max: "100", value: "0", "aria-label": `Sending ${file.name}` });
  const state = element("span", {}, "waiting");
  row.className = "portal-photo portal-photo--underway";
  row.setAttribute("data-underway", "");
  row.replaceChildren(element("p", {}, element("b", {}, file.name), " ", state), bar);
  showRoom();
  queue.push(() => send(row, file, kind, bar, state));
  next();
}

function next() {
  while (underway < AT_ONCE && queue.length) {
    underway += 1;
    queue.shift()();
  }
  if (!underway && sendWhenDone) {
    sendWhenDone = false;
    if (list.querySelector("[data-problem]")) {
      waiting.textContent = "Not sent yet: look at the photo that could not be added, then send again.";
      list.querySelector("[data-problem]").scrollIntoView({ block: "center" });
    } else {
      form.requestSubmit(form.querySelector("[data-send]"));
    }
  }
}

function send(row, file, kind, bar, state) {
  const body = new FormData();
  body.append("photo", file);
  body.append("kind", kind);
  const request = new XMLHttpRequest();
  request.open("POST", form.dataset.uploadUrl);
  request.setRequestHeader("X-CSRFToken", csrfToken());
  request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    const percent = Math.round((100 * event.loaded) / event.total);
    bar.value = percent;
    state.textContent = percent < 100 ? `${percent} %` : "checking the photo";
    if (percent === 100) bar.removeAttribute("value");
  });
  request.addEventListener("load", () => {
    if (request.status === 201) keep(row, file, request.responseText);
    // 200 is the login page, 403 a token that went with the cookies
    else if ([200, 403].includes(request.status)) refuse(row, file, LOGGED_OUT, kind);
    else if (request.status < 500) refuse(row, file, request.responseText);
    else refuse(row, file, "Something went wrong here.", kind);
  });
  request.addEventListener("error", () => refuse(row, file, LOST, kind));
  request.addEventListener("timeout", () => refuse(row, file, LOST, kind));
  request.addEventListener("loadend", () => {
    underway -= 1;
    showRoom();
    next();
  });
  request.send(body);
}

function keep(row, file, html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const kept = parsed.querySelector("[data-upload]");
  kept.querySelector("img").alt = file.name;
  row.replaceWith(document.adoptNode(kept));
  said.textContent = `${file.name} is added.`;
}

// A `kind` means that trying again may help.
function refuse(row, file, why, kind) {
  row.className = "portal-photo portal-photo--refused";
  row.removeAttribute("data-underway");
  row.setAttribute("data-problem", "");
  const drop = element("button", { type: "button", class: "portal-link-button" }, "Dismiss");
  drop.addEventListener("click", () => leave(row));
  const text = element("p", { class: "nhsuk-error-message", role: "alert" }, element("b", {}, file.name), ` ${why}`);
  row.replaceChildren(text, drop);
  if (kind) {
    const again = element("button", { type: "button", class: "portal-link-button" }, "Try again");
    again.addEventListener("click", () => {
      row.removeAttribute("data-problem");
      start(row, file, kind);
    });
    drop.before(again, " ");
  }
  if (!row.isConnected) list.append(row);
}

// Out of the list, with the focus on what stood next to it.
function leave(row) {
  const near = row.nextElementSibling ?? row.previousElementSibling;
  const focus = near?.querySelector("button") ?? form.querySelector("[data-slots] input");
  row.remove();
  showRoom();
  focus?.focus();
}

async function remove(button) {
  button.disabled = true;
  const headers = { "X-CSRFToken": csrfToken() };
  try {
    const answer = await fetch(button.dataset.remove, { method: "POST", headers });
    if (answer.status !== 204) throw new Error(String(answer.status));
    leave(button.closest("[data-upload]"));
    said.textContent = "The photo is removed.";
  } catch {
    button.disabled = false;
    said.textContent = "The photo could not be removed. Try again.";
  }
}

list.addEventListener("click", (event) => {
  const button = event.target.closest("[data-remove]");
  if (!button) return;
  event.preventDefault();
  remove(button);
});

for (const slot of form.querySelectorAll("[data-slot]")) {
  const input = slot.querySelector("input[type=file]");
  const kind = input.dataset.kind;
  const take = (source) => {
    add([...source.files], kind);
    source.value = ""; // sent already, so not a second time with the form
  };
  input.addEventListener("change", () => take(input));
  take(input); // chosen before this script had arrived
  if (!matchMedia("(pointer: coarse)").matches) continue;
  const camera = element("input", { type: "file", accept: "image/*", capture: "environment", hidden: "", tabindex: "-1" });
  const button = element("button", { type: "button", class: "nhsuk-button nhsuk-button--secondary nhsuk-button--small" }, "Take a photo");
  button.addEventListener("click", () => camera.click());
  camera.addEventListener("change", () => take(camera));
  input.before(button, camera);
}
form.querySelector("[data-without-script]").hidden = true;
showRoom();

// -- signs of an emergency ----------------------------------------------------------------------------
const emergency = document.querySelector("[data-emergency]"); // the server may have shown it already
const signs = form.querySelector("[data-signs]");

function showEmergency(event) {
  const flagged = signs.querySelectorAll("input[value=yes]:checked");
  const wasHidden = emergency.hidden;
  emergency.hidden = flagged.length === 0;
  if (emergency.hidden || !wasHidden) return;
  const asked = (event?.target ?? flagged[0]).closest(".portal-field");
  asked.after(emergency); // beside the answer, so that it is in sight
  emergency.scrollIntoView({ block: "nearest" });
}

// -- the same place as before -------------------------------------------------------------------------
function showPlace() {
  const before = form.querySelector("input[name=lesion]:checked");
  form.querySelector("[data-new-place]").hidden = Boolean(before) && before.value !== "new";
}

form.addEventListener("change", (event) => {
  if (event.target.matches("input[name=lesion]")) showPlace();
  if (signs.contains(event.target)) showEmergency(event);
});
showPlace();
showEmergency();

// -- sending --------------------------------------------------------------------------------------------
form.addEventListener("keydown", (event) => {
  // Enter in a line of text goes nowhere: on a phone's keyboard it is pressed to close it.
  if (event.key === "Enter" && event.target.matches("input:not([type=file])")) event.preventDefault();
});

form.addEventListener("submit", (event) => {
  if (event.submitter && !event.submitter.matches("[data-send]")) return;
  if (sent || sendWhenDone) {
    event.preventDefault();
  } else if (underway) {
    event.preventDefault();
    sendWhenDone = true;
    waiting.textContent = "Sending as soon as your photos are there …";
  } else {
    sent = true;
    form.elements.csrfmiddlewaretoken.value = csrfToken();
    waiting.textContent = "Sending …";
  }
});
addEventListener("pageshow", () => {
  sent = false;
  waiting.textContent = "";
});
