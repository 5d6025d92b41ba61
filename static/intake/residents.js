/* The residents of the areas that flee to this shelter, to look up instead of typing. Kept sealed in pages; searched in memory. */

import { readBirth } from "./birth.js";
import { hiragana, isKana, kanaKey, kanjiKey, voicelessKey } from "./kana.js";
import * as shift from "./shift.js";
import * as store from "./store.js";
import { learn, tablet, tell, today } from "./tablet.js";
import { ask } from "./wire.js";
import { words } from "./words.js";

const RENEWED = 60 * 60_000; // how often one looks for another version
const LAST = Number.MAX_SAFE_INTEGER;
const SHOWN = 30;
let homes = new Map(); // households by their key, each a list of people
let looked = 0;

export const progress = { loading: false, people: 0 };

export async function load() {
  const pages = await store.entries("residents");
  const rows = [];
  for (const [place, value] of pages) rows.push(...(await shift.openIt(`residents:${place}`, value)));
  index(rows);
}

export function clear() {
  homes = new Map();
  progress.people = 0;
}

export function household(key) {
  return homes.get(key) ?? [];
}

/* Fetches the list where there is none, or another one. It takes the place of the old one only when it is whole. */
export async function renew({ now = false } = {}) {
  if (!now && tablet.version && Date.now() - looked < RENEWED && Date.now() >= looked) return;
  const { version } = await ask(`preload?after=${LAST}`, { token: tablet.token });
  looked = Date.now();
  if (version === tablet.version) return;
  progress.loading = true;
  try {
    const pages = [];
    let told = version;
    for (let after = 0; after !== null; ) {
      const page = await ask(`preload?after=${after}`, { token: tablet.token });
      told = page.version;
      pages.push(page.residents);
      after = page.next;
    }
    if (!shift.open()) return;
    const sealed = await Promise.all(pages.map((page, place) => shift.close(`residents:${place}`, page)));
    await store.write(["residents"], (of) => {
      of("residents").clear();
      sealed.forEach((value, place) => of("residents").put(value, place));
    });
    await learn({ version: told });
    index(pages.flat());
  } finally {
    progress.loading = false;
    tell("view");
  }
}

function index(rows) {
  homes = new Map();
  const areas = new Map(words.areas.map((area) => [area.code, area]));
  for (const row of rows) {
    const area = areas.get(row.area);
    const key = kanaKey(row.kana);
    const one = {
      ...row,
      key,
      loose: voicelessKey(key),
      given: kanaKey(row.kana.trim().split(/\s+/).slice(1).join("")),
      kanji: kanjiKey(row.name),
      where: hiragana(row.address + (area?.name ?? "")),
      town: area ? kanaKey(area.kana.replace(/^おおあざ/, "")) : "",
      day: readBirth(row.birth, today()).day,
    };
    if (!homes.has(row.h)) homes.set(row.h, []);
    homes.get(row.h).push(one);
  }
  progress.people = rows.length;
}

/* Households that fit all words of a query, the best first: [{key, members, score}]. A word is a kana prefix or part of a name, kanji, a birth date
   in any notation, or (a part of) the name of a town. `area`: only households there. */
export function search(query, area = "") {
  const parts = query.normalize("NFKC").split(/\s+/).filter(Boolean).map(asked);
  if (!parts.length && !area) return [];
  const found = [];
  for (const [key, members] of homes) {
    if (area && members[0].area !== area) continue;
    let score = 0;
    for (const part of parts) {
      const best = Math.max(...members.map((one) => fit(one, part)));
      score = best > 0 && score >= 0 ? score + best : -1;
    }
    if (score >= 0) found.push({ key, members, score });
  }
  return found.sort((one, other) => other.score - one.score || (one.members[0].kana < other.members[0].kana ? -1 : 1)).slice(0, SHOWN);
}

/* The one resident with this reading, birthday and sex; null where there are none or several. */
export function theOne({ kana, birth, sex }) {
  const key = kanaKey(kana);
  const { day } = readBirth(birth, today());
  if (!key || !day) return null;
  const found = [...homes.values()].flat().filter((one) => one.key === key && one.day === day && (!sex || sex === "u" || one.sex === sex));
  return found.length === 1 ? found[0] : null;
}

function asked(part) {
  const birth = /\d|[年月日元]/.test(part) ? readBirth(part, today()) : null;
  const days = birth ? [birth.day, ...birth.choices].filter(Boolean) : [];
  const key = kanaKey(part);
  return { key, loose: voicelessKey(key), kanji: kanjiKey(part), text: hiragana(part), kana: isKana(part), days, precision: birth?.precision };
}

function fit(one, part) {
  if (part.days.length) {
    if (part.days.includes(one.day) && part.precision !== "month" && part.precision !== "year") return 10;
    const length = { month: 7, year: 4 }[part.precision];
    if (length && one.day?.slice(0, length) === part.days[0].slice(0, length)) return 5;
    if (part.days.includes(one.day)) return 10;
  }
  if (part.kana) {
    if (one.key.startsWith(part.key)) return 8;
    if (one.given.startsWith(part.key)) return 7;
    if (one.town && one.town.startsWith(part.key)) return 4;
    if (one.key.includes(part.key)) return 3;
    if (one.loose.startsWith(part.loose)) return 2;
    return one.town.includes(part.key) ? 1 : 0;
  }
  if (part.kanji && one.kanji.startsWith(part.kanji)) return 8;
  if (part.kanji && one.kanji.includes(part.kanji)) return 4;
  return part.text && one.where.includes(part.text) ? 3 : 0;
}
