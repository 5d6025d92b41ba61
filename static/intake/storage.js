/* Whether this tablet keeps what it is given. Asked before a shift: a queue on a disk that forgets is worse than paper. */

import * as store from "./store.js";

const NEEDED = 20 * 1024 * 1024;
export const PAPER = "この端末には記録を残せません。紙の受付票を使ってください。";

/* {sound, lasting, why}: sound means written, read back and room enough; lasting that the browser promised not to clear it by itself. */
export async function test() {
  try {
    const probe = crypto.getRandomValues(new Uint8Array(64)).join(" ");
    const name = `probe ${crypto.randomUUID()}`; // two pages may ask at once
    await store.put("kept", name, probe);
    const back = await store.get("kept", name);
    await store.remove("kept", name);
    if (back !== probe) return { sound: false, lasting: false, why: "書いたものと読んだものが違います。" };
  } catch (error) {
    const full = error?.name === "QuotaExceededError";
    return { sound: false, lasting: false, why: full ? "端末の空きがありません。" : "保存する場所を開けません（プライベートモードでは使えません）。" };
  }
  const lasting = await asked();
  const { quota = NEEDED, usage = 0 } = (await navigator.storage?.estimate?.().catch(() => null)) ?? {};
  if (quota - usage < NEEDED) return { sound: false, lasting, why: "端末の空きが足りません。" };
  return { sound: true, lasting, why: "" };
}

async function asked() {
  try {
    return (await navigator.storage.persisted()) || (await navigator.storage.persist());
  } catch {
    return false;
  }
}
