// Loaded on every page. Every page works without it; each import below adds one comfort.
import "htmx.org";
import { initAll } from "nhsuk-frontend";
import { watchIdle } from "./idle.js";
import { explainPasskeys } from "./passkeys.js";
import { showPasswords } from "./password.js";

document.documentElement.classList.add("js-enabled");
document.body.classList.add("js-enabled", "nhsuk-frontend-supported");
initAll();
showPasswords();
explainPasskeys();
watchIdle();
// A page that answered a form: Back and Reload fetch it anew. Without this they would want the form
// again, and find nothing to show, since no page of a patient may be stored.
history.replaceState(history.state, "", location.href);
