/* Sends what waits and fetches what changed. An entry leaves this tablet only when the server named its id. One page of the tablet sends at a time.

   Tried on every saving, when the network says it is back, when the page is looked at, at its start, by the button, and by a timer
   of 5 to 60 seconds; whether there is a network, only a real answer tells. */

import * as residents from "./residents.js";
import * as shift from "./shift.js";
import * as store from "./store.js";
import { learn, mark, tablet, tell, when } from "./tablet.js";
import * as view from "./view.js";
import { ask, Unanswered } from "./wire.js";
import { words } from "./words.js";

const SHORTEST = 5_000;
const LONGEST = 60_000;
const HEARTBEAT = 30_000;
const MOST_LETTERS = 2_000_000; // of one call
const TAKEN = new Set(["NEW", "UPDATED", "IDENTICAL", "OLD", "CONFLICT"]);

/* How the last try went. `state`: new, ok, or the kind of Unanswered; `waiting`: entries on this tablet, `held`: those among them that need a person. */
export const link = { state: "new", told: "", error: "", waiting: 0, held: 0, conflicts: 0, busy: false };

const others = new BroadcastChannel("intake-queue");
others.onmessage = () => void count();
let pause = SHORTEST;
let wanted = false;
let timer = 0;

export function start() {
  when("entered", () => {
    others.postMessage("changed");
    void send();
  });
  addEventListener("online", () => void send());
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && void send());
  void count().then(send);
}

export async function count() {
  const found = await store.values("queue");
  Object.assign(link, { waiting: found.length, held: found.filter((entry) => entry.status).length });
  mark(link.waiting);
  tell("queue");
}

/* `again`: also what the server could not take before. */
export async function send({ again = false } = {}) {
  clearTimeout(timer);
  await count();
  wanted = true;
  if (tablet.token) await navigator.locks.request("intake-send", { ifAvailable: !again }, (lock) => lock && rounds(again));
  clearTimeout(timer);
  timer = setTimeout(send, wanted || link.waiting > link.held ? pause : HEARTBEAT);
}

/* No page of this tablet sends any more; `last` is done when nothing is on the way. */
export function stop(last) {
  tablet.token = "";
  return navigator.locks.request("intake-send", last);
}

/* Until nothing was entered meanwhile. */
async function rounds(again) {
  while (wanted) {
    wanted = false;
    await round(again);
    wanted &&= link.state === "ok";
  }
  wanted = link.state !== "ok";
}

async function round(again) {
  link.busy = true;
  tell("link");
  try {
    await empty(again);
    await heartbeat();
    if (shift.open()) await fetchChanges();
    if (shift.open()) await residents.renew();
    Object.assign(link, { state: "ok", told: "", error: "" });
    pause = SHORTEST;
  } catch (error) {
    if (!(error instanceof Unanswered)) console.warn("sending stopped", error.name);
    Object.assign(link, { state: error.kind ?? "wrong", told: error.told ?? "", error: error.error ?? "" });
    pause = Math.min(LONGEST, pause * 2);
    if (link.error === "revoked") await forget();
  } finally {
    link.busy = false;
    await count();
    tell("link");
  }
}

async function empty(again) {
  let most = words.most;
  let done = new Set();
  for (;;) {
    const kept = await store.values("queue");
    const all = kept.filter((entry) => !done.has(entry.id) && (again || !entry.status));
    all.sort((one, other) => one.seq - other.seq);
    const items = portion(all, most);
    if (!items.length) return;
    const body = { v: words.v, device_now: Date.now(), waiting: kept.length - items.length, items: items.map(({ id, k, iv, c }) => ({ id, k, iv, c })) };
    try {
      await settle((await ask("sync", { token: tablet.token, body })).results, new Set(items.map((item) => item.id)));
      done = new Set([...done, ...items.map((item) => item.id)]);
    } catch (error) {
      if (error.kind !== "wrong") throw error;
      if (items.length > 1) most = Math.ceil(items.length / 2);
      else {
        await settle([{ id: items[0].id, status: "INVALID", why: error.told }], new Set([items[0].id]));
        done.add(items[0].id);
      }
    }
  }
}

function portion(all, most) {
  let letters = 0;
  const end = all.findIndex((item, place) => place >= most || (place > 0 && (letters += item.c.length + item.k.length) > MOST_LETTERS));
  return end < 0 ? all : all.slice(0, end);
}

/* Does what the server's answer says, for those that were asked about; nothing else is touched. Also for a receipt that came as a file. */
export async function settle(results, sent) {
  const known = (Array.isArray(results) ? results : []).filter((one) => one && sent.has(one.id));
  const taken = new Set(known.filter((one) => TAKEN.has(one.status)).map((one) => one.id));
  const held = known.filter((one) => one.status === "INVALID");
  const entries = new Map((await store.entries("queue")));
  await store.write(["queue", "journal"], (of) => {
    for (const id of taken) {
      of("queue").delete(id);
      of("journal").delete(id);
    }
    for (const { id, why } of held) {
      if (entries.has(id)) of("queue").put({ ...entries.get(id), status: "INVALID", why: String(why ?? "").slice(0, 200) }, id);
    }
  });
  link.conflicts += known.filter((one) => one.status === "CONFLICT").length;
  view.named(taken);
  others.postMessage("changed");
  return taken.size;
}

async function heartbeat() {
  const before = Date.now();
  const said = await ask("device", { token: tablet.token });
  const at = Date.now();
  const offset = said.now - (before + at) / 2;
  await learn({
    device: said.device,
    shelter: said.shelter,
    seal: said.seal,
    figures: said.figures,
    over: said.over ?? 0,
    exercise: said.exercise ?? null,
    heard: at,
    offset: Math.abs(offset) > 60_000 ? Math.round(offset) : 0,
  });
  tell("figures");
}

async function fetchChanges() {
  for (let more = true; more; ) {
    const after = tablet.cursor;
    const said = await ask(`changes?after=${after}`, { token: tablet.token });
    if (!shift.open()) return;
    await view.pulled(said, after === 0);
    await learn({ cursor: said.next });
    more = said.more && said.next > after;
  }
}

/* Headquarters ended this tablet: nothing readable stays. What was sealed to the server stays, for nobody else can read it. */
async function forget() {
  tablet.token = "";
  await shift.lock();
  await store.write(["kept", "journal", "view", "residents", "draft"], (of) => {
    for (const name of ["journal", "view", "residents", "draft"]) of(name).clear();
    of("kept").delete("token");
    of("kept").delete("people");
  });
  view.clear();
  residents.clear();
  await learn({ cursor: 0, version: "" });
  tell("lock"); // nobody is on shift any more
}
