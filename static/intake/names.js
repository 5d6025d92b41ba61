/* How people are called on this page, and how what was typed becomes the parts of a name. Kana is enough; kanji are never asked for. */

import { ageOn, birthWords, readAge, readBirth } from "./birth.js";
import { isKana, isLatin } from "./kana.js";
import { today } from "./tablet.js";
import { words } from "./words.js";

/* A part that has no reading stands as it is written: a family's name in kanji, a child's in kana. */
export function kanaOf(values) {
  if (values.kana) return values.kana;
  if (!values.kana_family && !values.kana_given) return "";
  return [values.kana_family || values.family, values.kana_given || values.given].filter(Boolean).join(" ");
}

export function nameOf(values) {
  if (values.name || (!values.family && !values.given)) return values.name ?? "";
  return [values.family || values.kana_family, values.given || values.kana_given].filter(Boolean).join(" ");
}

/* What one calls: the reading first. */
export function called(values) {
  return kanaOf(values) || values.romaji || nameOf(values) || "氏名不詳";
}

/* 60歳・女 */
export function about(values) {
  const found = values.birth ? readBirth(values.birth, today()) : null;
  const age = found?.day && found.precision === "day" ? ageOn(found.day, today()) : values.age;
  const sex = values.sex && values.sex !== "u" ? words.sex[values.sex] : "";
  return [age === undefined || age === null ? "" : `${age}歳`, sex].filter(Boolean).join("・");
}

export function nameFields(surname, given) {
  const fields = {};
  if (isLatin(given) || (!given && isLatin(surname))) return { romaji: [isLatin(surname) ? surname : "", given].filter(Boolean).join(" ") };
  if (surname) fields[isKana(surname) ? "kana_family" : "family"] = surname;
  if (given) fields[isKana(given) ? "kana_given" : "given"] = given;
  return fields;
}

/* What stands in the field for birth date or age, as fields of a person. */
export function birthFields(text) {
  const said = text.trim();
  if (!said) return {};
  const age = readAge(said);
  return age === null ? { birth: said } : { age };
}

/* The sentence under that field. */
export function birthSentence(text) {
  const said = text.trim();
  if (!said) return "";
  const age = readAge(said);
  if (age !== null) return `${age}歳として記録します`;
  const found = readBirth(said, today());
  const read = birthWords(found, today());
  const note = {
    era_continued: "その年号の期間に入らない日です",
    impossible: "この日付はありません。分かるところまで使います",
    future: "先の日付です",
    very_old: "120年より前の日付です",
    ambiguous: "どの年か分かりません。選んでください",
    unreadable: "日付として読めません。このまま記録します",
  }[found.notes[0]];
  return [read, note].filter(Boolean).join("。");
}
