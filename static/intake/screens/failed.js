/* The tablet could not write. Whoever stands at the door is told what to do. */

import { say } from "../dom.js";
import { PAPER } from "../storage.js";

/* Waits for a saving; whether it went well. */
export async function failed(saving) {
  try {
    await saving;
    return false;
  } catch (error) {
    console.warn("not saved", error.stack);
    say(`保存できませんでした。${PAPER}`, { bad: true, seconds: 0 });
    return true;
  }
}
