/* The one way into the queue: what somebody entered becomes events, sealed to the server, and is on the disk before the page says "saved". */

import { fresh } from "./ids.js";
import * as sealing from "./sealing.js";
import * as shift from "./shift.js";
import * as store from "./store.js";
import { drill, tablet, tell } from "./tablet.js";
import * as view from "./view.js";
import { words } from "./words.js";

const TOGETHER = new Set(["confirmed_over"]); // such values stand beside each other

/* Takes what belongs together, all or nothing: [{kind, entity, fields}, …] in their order. Gives the events.
   Throws when the tablet could not write; then nothing is entered. */
export async function record(drafts, { dropDraft = false } = {}) {
  if (!shift.open()) throw new Error("locked");
  const events = await navigator.locks.request("intake-record", async () => {
    const { events, changed } = await made(drafts);
    const sealed = await sealing.allForServer(tablet.seal, events);
    const journal = await Promise.all(events.map(async (event) => [event.id, await shift.close(event.id, event)]));
    const views = await view.sealedAll(changed);
    await store.write(["queue", "journal", "view", "draft"], (of) => {
      events.forEach((event, place) => of("queue").put({ ...sealed[place], seq: event.seq }, event.id));
      for (const [id, value] of journal) of("journal").put(value, id);
      for (const [place, value] of views) of("view").put(value, place);
      if (dropDraft) of("draft").clear();
    });
    view.took(events, changed);
    return events;
  });
  tell("entered");
  return events;
}

async function made(drafts) {
  const first = await store.advance("seq", drafts.length);
  const at = Date.now();
  const changed = new Map();
  const events = drafts.map(({ kind, entity, fields }, place) => {
    const id = fresh(at);
    const event = { v: words.v, id, kind, entity: entity ?? id, seq: first + place, at, shelter: tablet.shelter.id, by: shift.who(), base: {}, fields };
    if (drill()) event.exercise = tablet.exercise.id;
    if (!view.KINDS.includes(kind)) return event;
    const key = `${kind}:${entity}`;
    const before = changed.get(key) ?? view.view[kind].get(entity);
    for (const field of Object.keys(fields)) {
      if (before?.heads[field]?.length && !TOGETHER.has(field)) event.base[field] = before.heads[field];
    }
    changed.set(key, view.after(before, event));
    return event;
  });
  return { events, changed };
}
