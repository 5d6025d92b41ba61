/* What this tablet shows without a network: who is here. Entities as the server last told them, with what was entered here on top.

   An entity is {id, values, heads}: heads names, for each field, the events whose value stands; who changes a field says which they saw. */

import * as shift from "./shift.js";
import * as store from "./store.js";
import { tablet, tell } from "./tablet.js";

export const view = { household: new Map(), person: new Map(), stay: new Map() };
export const KINDS = Object.keys(view);
let waiting = []; // own events that the server has not named yet, in their order

const others = new BroadcastChannel("intake-view");
others.onmessage = ({ data }) => shift.open() && void reload(data);

export async function load() {
  clear();
  for (const [place, value] of await store.entries("view")) take(place, await shift.openIt(place, value));
  await loadWaiting();
  tell("view");
}

export function clear() {
  for (const kind of KINDS) view[kind].clear();
  waiting = [];
}

/* Own events that wait, as they were entered. */
export function unsent() {
  return waiting;
}

/* The entity as it is after an event; the same where the event says nothing about it. */
export function after(entity, event) {
  const values = { ...entity?.values };
  const heads = { ...entity?.heads };
  for (const [field, value] of Object.entries(event.fields)) {
    if (value === null) delete values[field];
    else values[field] = value;
    const seen = event.base[field] ?? [];
    heads[field] = [...(heads[field] ?? []).filter((id) => !seen.includes(id) && id !== event.id), event.id];
  }
  return { ...entity, id: event.entity, values, heads };
}

/* What has to be written so that these entities are kept: [[place, sealed], …]. */
export function sealedAll(changed) {
  return Promise.all([...changed].map(async ([place, entity]) => [place, await shift.close(place, entity)]));
}

export function take(place, entity) {
  const [kind, id] = split(place);
  view[kind].set(id, entity);
}

export function took(events, changed) {
  for (const [place, entity] of changed) take(place, entity);
  waiting = [...waiting, ...events];
  others.postMessage([...changed.keys()]);
  tell("view");
}

/* The server has named these: they need not be shown as waiting any more. */
export function named(ids) {
  waiting = waiting.filter((event) => !ids.has(event.id));
  others.postMessage([]);
}

/* What the server says of who is here; what waits here stays on top. `whole`: everything that it does not name is gone. */
export async function pulled(answer, whole) {
  const changed = new Map();
  const lists = [["household", answer.households], ["person", answer.people], ["stay", answer.stays]];
  for (const [kind, list] of lists) {
    for (const told of list) {
      const mine = waiting.filter((event) => event.kind === kind && event.entity === told.id);
      const values = kind === "stay" ? { ...told.values, person: told.person } : told.values; // whoever was merged is one
      changed.set(`${kind}:${told.id}`, mine.reduce(after, { ...told, values }));
    }
  }
  const touched = new Set(waiting.map((event) => `${event.kind}:${event.entity}`));
  const gone = whole ? places().filter((place) => !changed.has(place)) : answer.gone.map(({ kind, id }) => `${kind}:${id}`);
  const away = gone.filter((place) => !touched.has(place) && !changed.has(place));
  const sealed = await sealedAll(changed);
  await store.write(["view", "kept"], (of) => {
    for (const [place, value] of sealed) of("view").put(value, place);
    for (const place of away) of("view").delete(place);
  });
  for (const [place, entity] of changed) take(place, entity);
  for (const place of away) drop(place);
  if (changed.size || away.length) {
    others.postMessage([...changed.keys(), ...away]);
    tell("view");
  }
}

/* Stays that are open, of people who are not taken out; of one person the latest only. */
export function present() {
  return [...byPerson().values()];
}

/* The same by the person's id. */
export function byPerson() {
  const latest = new Map();
  for (const stay of view.stay.values()) {
    const { person, start, end } = stay.values;
    const entity = view.person.get(person);
    if (!entity || entity.values.removed || end !== undefined || start === undefined) continue;
    const other = latest.get(person);
    if (!other || other.values.start <= start) latest.set(person, stay);
  }
  return latest;
}

export function isHere(stay) {
  const { place = "shelter", shelter } = stay.values;
  return place === "shelter" && (shelter ?? tablet.shelter.id) === tablet.shelter.id;
}

export function stayOf(person) {
  return byPerson().get(person) ?? null;
}

/* {named, counted, outside}: people with a name here, people only counted, people outside who fetch goods here. */
export function figures() {
  const all = present();
  const named = all.filter(isHere).length;
  const tallies = waiting.filter((event) => event.kind === "tally").reduce((sum, event) => sum + event.fields.delta, 0);
  const arrived = waiting.filter((event) => event.kind === "stay" && event.fields.start && (event.fields.place ?? "shelter") === "shelter").length;
  const counted = Math.max(0, tablet.figures.unregistered + tallies - arrived);
  return { named, counted, outside: all.length - named };
}

function places() {
  return KINDS.flatMap((kind) => [...view[kind].keys()].map((id) => `${kind}:${id}`));
}

function drop(place) {
  const [kind, id] = split(place);
  view[kind].delete(id);
}

function split(place) {
  const at = place.indexOf(":");
  return [place.slice(0, at), place.slice(at + 1)];
}

async function loadWaiting() {
  const found = await store.entries("journal");
  waiting = await Promise.all(found.map(([id, value]) => shift.openIt(id, value)));
  waiting.sort((one, other) => one.seq - other.seq);
}

/* Another page of this tablet wrote these. */
async function reload(changed) {
  for (const place of changed) {
    const value = await store.get("view", place);
    if (value) take(place, await shift.openIt(place, value));
    else drop(place);
  }
  await loadWaiting();
  tell("view");
}
