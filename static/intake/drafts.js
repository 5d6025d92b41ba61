/* The open form. It is kept sealed while it is filled in, so that neither a lock nor an empty battery loses what was typed. */

import { fresh } from "./ids.js";
import * as shift from "./shift.js";
import * as store from "./store.js";

let open = null;
let timer = 0;

export function family(more = {}) {
  return {
    mode: "typed", // list, card, typed
    household: fresh(),
    known: false, // the household is in the register already
    surname: "",
    area: "",
    number: "",
    address: "",
    members: [],
    place: "shelter",
    asked: null, // whether somebody said that nobody (false) or somebody (true) needs care
    consent: {},
    pets: {},
    phone: "",
    note: "",
    card: "",
    signed: undefined,
    ...more,
  };
}

export function member(more = {}) {
  return { on: true, person: fresh(), given: "", birth: "", sex: "", other: "", baby: false, care: [], careNote: "", ...more };
}

export function begin(draft) {
  open = draft;
  keep();
  return open;
}

export function current() {
  return open;
}

export function drop() {
  open = null;
  clearTimeout(timer);
}

/* Call after every change. */
export function keep() {
  clearTimeout(timer);
  timer = setTimeout(() => void write(), 400);
}

async function write() {
  clearTimeout(timer);
  if (!shift.open()) return;
  try {
    if (open) await store.put("draft", "family", await shift.close("draft", open));
    else await store.remove("draft", "family");
  } catch {
    // saving the form itself will tell
  }
}

export async function forget() {
  drop();
  await store.remove("draft", "family");
}

export async function load() {
  const kept = await store.get("draft", "family");
  open = kept ? await shift.openIt("draft", kept) : null;
  return open;
}

export async function kept() {
  return (await store.count("draft")) > 0;
}

shift.onLock(async () => {
  await write();
  drop();
});
