/* Who is on shift. Each person has a name and a PIN; every PIN wraps the same key, under which everything readable on this tablet is sealed.
   The key is in memory only, and gone after five minutes without a touch. */

import * as sealing from "./sealing.js";
import * as store from "./store.js";
import { tablet, tell } from "./tablet.js";

const IDLE = 5 * 60_000;
export const PIN = /^\d{6,12}$/;
const PATIENT = 5; // wrong PINs before one has to wait

let key = null;
let name = "";
let touched = { wall: 0, run: 0 };
const beforeLock = [];

export function who() {
  return name;
}

export function open() {
  return key !== null;
}

export function onLock(step) {
  beforeLock.push(step);
}

export async function people() {
  return (await store.get("kept", "people")) ?? [];
}

/* The first person of a tablet that was enrolled just now; everything is written at once. */
export async function begin(person, pin, token, kept) {
  const fresh = await sealing.newShiftKey();
  const entry = { name: person, ...(await sealing.wrapped(fresh, pin)) };
  const sealedToken = await sealing.close(fresh, "token", token);
  await store.write(["kept", "journal", "view", "residents", "draft"], (of) => {
    for (const name of ["journal", "view", "residents", "draft"]) of(name).clear(); // they were under another key
    of("kept").put(kept, "tablet");
    of("kept").put([entry], "people");
    of("kept").put(sealedToken, "token");
  });
  tablet.token = token;
  enter(fresh, person);
}

export async function join(person, pin) {
  const others = (await people()).filter((one) => one.name !== person);
  const entry = { name: person, ...(await sealing.wrapped(key, pin)) };
  await store.put("kept", "people", [...others, entry]);
  name = person;
  tell("lock");
}

export async function leave(person) {
  const others = (await people()).filter((one) => one.name !== person);
  if (others.length) await store.put("kept", "people", others);
  return others.length > 0;
}

/* Seconds that one has to wait after wrong PINs. */
export async function waiting() {
  const wrong = (await store.get("kept", "wrong")) ?? { times: 0, at: 0 };
  const pause = wrong.times < PATIENT ? 0 : Math.min(600, 30 * 2 ** (wrong.times - PATIENT));
  const passed = Math.abs(Date.now() - wrong.at) / 1000; // a clock that was set back opens nothing for long
  return Math.max(0, Math.ceil(pause - passed));
}

/* Whether the PIN was right. */
export async function unlock(person, pin) {
  const entry = (await people()).find((one) => one.name === person);
  const wrong = (await store.get("kept", "wrong")) ?? { times: 0, at: 0 };
  let found;
  try {
    found = await sealing.unwrapped(entry, pin);
  } catch {
    await store.put("kept", "wrong", { times: wrong.times + 1, at: Date.now() });
    return false;
  }
  if (wrong.times) await store.remove("kept", "wrong");
  const token = await store.get("kept", "token");
  if (token) tablet.token = await sealing.openIt(found, "token", token);
  enter(found, person);
  return true;
}

/* The token stays in memory: what is sealed already goes on being sent. */
export async function lock() {
  if (!key) return;
  for (const step of beforeLock) await step();
  key = null;
  name = "";
  tell("lock");
}

export function close(place, value) {
  if (!key) throw new Error("locked");
  return sealing.close(key, place, value);
}

export function openIt(place, value) {
  if (!key) throw new Error("locked");
  return sealing.openIt(key, place, value);
}

function enter(found, person) {
  key = found;
  name = person;
  touch();
  tell("lock");
}

function touch() {
  touched = { wall: Date.now(), run: performance.now() };
}

function idle() {
  const away = Math.max(Math.abs(Date.now() - touched.wall), performance.now() - touched.run);
  if (key && away >= IDLE) void lock();
}

export function watch() {
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, touch, { capture: true, passive: true });
  document.addEventListener("visibilitychange", idle);
  setInterval(idle, 5_000);
}
