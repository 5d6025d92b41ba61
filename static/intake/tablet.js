/* This tablet: which one it is, of which shelter, and what it last heard. Its token exists in memory, and on the disk only under the shift's key. */

import * as store from "./store.js";

const MARK = "intake-mark"; // outlives the database: tells when the browser cleared it

export const tablet = {
  device: null, // {id, name}
  shelter: null, // {id, name, code, opening, crowding, areas, others}
  seal: null, // {kid, spki, point, card}
  figures: { registered: 0, unregistered: 0 },
  heard: 0, // when the server last answered, by this clock
  offset: 0, // milliseconds that this clock is behind the server's
  cursor: 0,
  version: "", // of the residents' list
  over: 0, // how many disasters are over: people of the list have other ids in each
  exercise: null, // 訓練: {id, name, ends}
  token: "",
};
const KEPT = ["device", "shelter", "seal", "figures", "heard", "offset", "cursor", "version", "over", "exercise"];

const bus = new EventTarget();

/* Something that is shown may have changed: "figures", "queue", "link", "view", "lock". */
export function tell(what) {
  bus.dispatchEvent(new Event(what));
}

export function when(what, then) {
  bus.addEventListener(what, then);
}

export async function load() {
  const kept = await store.get("kept", "tablet");
  if (kept) Object.assign(tablet, kept);
  return Boolean(kept);
}

export function kept() {
  return Object.fromEntries(KEPT.map((name) => [name, tablet[name]]));
}

export async function learn(news) {
  Object.assign(tablet, news);
  await store.put("kept", "tablet", kept());
}

/* Our time, whatever this clock says. */
export function now() {
  return Date.now() + tablet.offset;
}

/* The exercise (訓練) that goes on; it ends by itself, also where nothing was heard of it. */
export function drill() {
  return tablet.exercise && now() < tablet.exercise.ends ? tablet.exercise : null;
}

/* What the ids of people and households of a list or a card begin with: an exercise leaves no trace on who comes for real. */
export function era() {
  return drill() ? `${tablet.over} 訓練 ${tablet.exercise.id}` : tablet.over;
}

/* The day in Japan, YYYY-MM-DD. */
export function today(at = now()) {
  return new Date(at + 9 * 3_600_000).toISOString().slice(0, 10);
}

/* 23:05 in Japan; with the day where it is not today. */
export function clock(at) {
  const there = new Date(at + 9 * 3_600_000).toISOString();
  const time = there.slice(11, 16);
  if (there.slice(0, 10) === today()) return time;
  return `${Number(there.slice(5, 7))}/${Number(there.slice(8, 10))} ${time}`;
}

export function mark(waiting) {
  try {
    localStorage.setItem(MARK, JSON.stringify({ waiting }));
  } catch {
    // the test of the storage tells
  }
}

/* What the mark says, where the database was cleared; null where there was nothing. */
export function marked() {
  try {
    return JSON.parse(localStorage.getItem(MARK));
  } catch {
    return null;
  }
}

export function unmark() {
  localStorage.removeItem(MARK);
}
