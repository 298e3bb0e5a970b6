// The page of photos works without this: there every file travels with the page. Here each photo is
// sent as soon as it is chosen, with its progress, and one that fails harms no other.
import { csrfToken, form, holdWhile, say } from "./send_form.js";

const list = form.querySelector("[data-photos]");
const waiting = form.querySelector("[data-waiting]");
const most = Number(form.dataset.photosMax);
const heaviest = Number(form.dataset.photoMaxBytes);
const texts = JSON.parse(document.getElementById("send-texts").textContent);
const AT_ONCE = 2;

const queue = []; // of functions that start an upload
let underway = 0;
let sendWhenDone = false;

// A sentence in the page's language, with the names in it filled in.
function text(code, names = {}) {
  return texts[code].replace(/\{(\w+)\}/g, (whole, name) => names[name] ?? whole);
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
      refuse(element("li"), file, text("full"));
    } else if (file.size > heaviest) {
      refuse(element("li"), file, text("large"));
    } else {
      const row = element("li");
      list.append(row);
      start(row, file, kind);
    }
  }
}

function start(row, file, kind) {
  const bar = element("progress", { max: "100", value: "0", "aria-label": text("sending", { name: file.name }) });
  const state = element("span", {}, text("waiting"));
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
      waiting.textContent = text("problem");
      list.querySelector("[data-problem]").scrollIntoView({ block: "center" });
    } else {
      form.requestSubmit(form.querySelector("[data-send]"));
    }
  }
}

function send(row, file, kind, bar, state) {
  const body = new FormData();
  body.append("photo", file);
  body.append("draft", form.elements.draft.value);
  body.append("kind", kind);
  const request = new XMLHttpRequest();
  request.open("POST", form.dataset.uploadUrl);
  request.setRequestHeader("X-CSRFToken", csrfToken());
  request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    const percent = Math.round((100 * event.loaded) / event.total);
    bar.value = percent;
    state.textContent = percent < 100 ? `${percent} %` : text("checking");
    if (percent === 100) bar.removeAttribute("value");
  });
  request.addEventListener("load", () => {
    if (request.status === 201) keep(row, file, request.responseText);
    // 200 is the login page, 403 a token that went with the cookies
    else if ([200, 403].includes(request.status)) refuse(row, file, text("logged_out"), kind);
    else if (request.status < 500) refuse(row, file, request.responseText);
    else refuse(row, file, text("broke"), kind);
  });
  request.addEventListener("error", () => refuse(row, file, text("lost"), kind));
  request.addEventListener("timeout", () => refuse(row, file, text("lost"), kind));
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
  const there = list.querySelector(`[data-upload="${kept.dataset.upload}"]`);
  if (there) {
    row.remove(); // the very file that was added before
    say(text("same", { name: file.name }));
    return;
  }
  kept.querySelector("img").alt = file.name;
  row.replaceWith(document.adoptNode(kept));
  document.querySelector(".nhsuk-error-summary")?.remove(); // that none was there is over
  say(text("added", { name: file.name }));
}

// A `kind` means that trying again may help.
function refuse(row, file, why, kind) {
  row.className = "portal-photo portal-photo--refused";
  row.removeAttribute("data-underway");
  row.setAttribute("data-problem", "");
  const drop = element("button", { type: "button", class: "portal-link-button" }, text("dismiss"));
  drop.addEventListener("click", () => leave(row));
  const said = element("p", { class: "nhsuk-error-message", role: "alert" }, element("b", {}, file.name), ` ${why}`);
  row.replaceChildren(said, drop);
  if (kind) {
    const again = element("button", { type: "button", class: "portal-link-button" }, text("again"));
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
    say(text("removed"));
  } catch {
    button.disabled = false;
    say(text("not_removed"));
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
  const button = element("button", { type: "button", class: "nhsuk-button nhsuk-button--secondary nhsuk-button--small" }, text("camera"));
  button.addEventListener("click", () => camera.click());
  camera.addEventListener("change", () => take(camera));
  input.before(button, camera);
}
form.querySelector("[data-without-script]").hidden = true;
showRoom();

// -- going on ----------------------------------------------------------------------------------------
// The page waits for photos underway and goes on by itself as soon as they are there.
holdWhile(() => {
  sendWhenDone = underway > 0;
  if (sendWhenDone) waiting.textContent = text("onward");
  return sendWhenDone;
});
