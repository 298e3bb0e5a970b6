// The check before a signature: one key signs where nothing is to be thought about, one goes back.
import { listen, press } from "./keys.js";
import { countTime } from "./reading/clock.js";

countTime();
listen({ s: press('[data-key="s"]'), e: press('[data-key="e"]') });
