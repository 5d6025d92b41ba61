/* A family at the door as events: the household, who is here, and their stays. The same card or the same row of the residents' list is the
   same person on every tablet, so that one family at two desks is counted once. */

import { shortCode } from "./codes.js";
import * as drafts from "./drafts.js";
import { derived, fresh } from "./ids.js";
import { birthFields, called, nameFields } from "./names.js";
import { record } from "./record.js";
import * as residents from "./residents.js";
import * as store from "./store.js";
import { drill, era, tablet, today } from "./tablet.js";
import { stayOf, view } from "./view.js";
import { words } from "./words.js";

export function personOf(resident) {
  return derived("resident", era(), resident);
}

/* The household that a card names: itself, but in an exercise one of its own. */
export function homeOf(card) {
  return drill() ? derived("home", era(), card.household) : card.household;
}

export async function fromList(key, members) {
  const people = await Promise.all(members.map(async (one) => drafts.member({ on: false, person: await personOf(one.id), resident: one })));
  const household = await derived("household", era(), key);
  return drafts.family({ mode: "list", household, known: view.household.has(household), members: people });
}

export async function fromCard(card) {
  const people = await Promise.all(
    card.people.map(async ({ given, kana, birth, sex }, place) => {
      const whole = [card.kana, kana].filter(Boolean).join(" ");
      const resident = residents.theOne({ kana: whole, birth, sex });
      if (resident) return drafts.member({ person: await personOf(resident.id), resident });
      const said = { name: [card.surname, given].filter(Boolean).join(" "), kana: whole, birth, sex: sex || "u", address: card.address };
      return drafts.member({ person: await derived("card", era(), card.household, place), resident: { ...said, area: "", relation: "" } });
    }),
  );
  const household = await homeOf(card);
  const known = view.household.has(household);
  const address = { surname: card.surname, kanaSurname: card.kana, address: card.address };
  return drafts.family({ mode: "card", household, card: card.household, signed: card.signed, known, members: people, ...address });
}

/* Saves the form; gives {household, code, names, people, undo}. */
export async function save(draft) {
  const chosen = draft.members.filter((one) => one.on);
  const at = Date.now();
  const before = view.household.get(draft.household);
  const code = before?.values.code ?? shortCode(tablet.shelter.code, tablet.device.digit ?? tablet.device.id, await store.advance("codes", 1, 1));
  const household = { kind: "household", entity: draft.household, fields: changes(before, householdFields(draft, chosen, code)) };
  const events = Object.keys(household.fields).length ? [household] : [];
  const undo = [];
  chosen.forEach((one, place) => {
    const fields = changes(view.person.get(one.person), personFields(draft, one, place));
    if (Object.keys(fields).length) events.push({ kind: "person", entity: one.person, fields });
    events.push(...stays(draft, one, at, undo));
    if (!one.resident && !view.person.has(one.person)) undo.push({ kind: "person", entity: one.person, fields: { removed: true } });
  });
  await record(events, { dropDraft: true });
  drafts.drop();
  const names = chosen.map((one) => called(view.person.get(one.person).values));
  return { household: draft.household, code, names, undo };
}

/* Where they stay from now on. Who is here already was seen; who was elsewhere has come from there. */
function stays(draft, one, at, undo) {
  const before = stayOf(one.person);
  const same = before && (before.values.place ?? "shelter") === draft.place;
  if (same) return [{ kind: "stay", entity: before.id, fields: { seen_on: today() } }];
  const ends = before ? [{ kind: "stay", entity: before.id, fields: { end: at, reason: draft.place === "shelter" ? "other_shelter" : draft.place } }] : [];
  const stay = fresh(at);
  undo.push({ kind: "stay", entity: stay, fields: { end: at, reason: "correction" } });
  if (before) undo.push({ kind: "stay", entity: before.id, fields: { end: null, reason: null } });
  return [...ends, { kind: "stay", entity: stay, fields: { person: one.person, start: at, ...where(draft.place) } }];
}

export function where(place) {
  return place === "shelter" ? { place, shelter: tablet.shelter.id } : { place, goods_shelter: tablet.shelter.id };
}

function householdFields(draft, chosen, code) {
  const head = chosen[0]?.resident;
  const [surname, kana] = draft.mode === "typed" ? [draft.surname, ""] : [head?.name.split(/\s+/)[0], head?.kana.split(/\s+/)[0]];
  const typed = draft.mode === "typed" ? nameFields(draft.surname.trim(), "") : {};
  const pets = Object.entries(draft.pets).filter(([, count]) => count > 0).map(([kind, count]) => ({ kind, count }));
  const who = {
    surname: draft.mode === "typed" ? typed.family ?? typed.romaji : surname,
    kana: draft.mode === "typed" ? typed.kana_family : kana,
    address: addressOf(draft) || head?.address,
    area: draft.area || head?.area,
  };
  const fields = {
    ...(!draft.known && who), // a family that is here already was asked something, not named anew
    code,
    card: draft.card,
    phone: draft.phone.trim(),
    note: draft.note.trim(),
    care_asked: draft.asked === null ? undefined : true,
    consent: Object.keys(draft.consent).length ? draft.consent : undefined,
    pets: pets.length ? pets : undefined,
    goods_shelter: draft.place === "shelter" ? undefined : tablet.shelter.id,
  };
  return said(fields);
}

function personFields(draft, one, place) {
  const care = { care: one.care.length ? one.care : undefined, care_note: one.careNote.trim() };
  if (one.here) return said({ ...care, care: view.person.get(one.person)?.values.care ? one.care : care.care });
  if (one.resident) {
    const { id, name, kana, birth, sex, address, area, relation } = one.resident;
    return said({ household: draft.household, resident: id, name, kana, birth, sex, address, area, relation, ...care });
  }
  const surname = (one.other || draft.surname).trim();
  const given = one.given.trim();
  return said({
    household: draft.household,
    ...(one.baby && !given ? baby(draft, surname, place) : nameFields(surname, given)),
    ...birthFields(one.birth),
    sex: one.sex,
    address: addressOf(draft),
    area: draft.area,
    language: one.language,
    nationality: one.nationality?.trim(),
    ...care,
  });
}

/* A child without a name yet: called by the family's name and a letter, and named later under the same id. */
function baby(draft, surname, place) {
  const letter = String.fromCharCode(65 + draft.members.slice(0, place).filter((one) => one.baby && !one.given.trim()).length);
  return { ...nameFields(surname, ""), name: `${surname || "氏名不詳"}家 子${letter}`, provisional: true };
}

export function addressOf(draft) {
  const area = words.areas.find((one) => one.code === draft.area);
  return [area ? `${words.town}${area.name}` : "", draft.number.trim(), draft.address.trim()].filter(Boolean).join("");
}

function said(fields) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ""));
}

function changes(entity, fields) {
  const known = entity?.values ?? {};
  return Object.fromEntries(Object.entries(fields).filter(([name, value]) => JSON.stringify(known[name]) !== JSON.stringify(value)));
}
