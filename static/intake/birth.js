/* Birth dates as people say them at a desk: S60.4.12, 昭和60年4月12日, S600412, 3600412, 19850412, 昭60, R元, and ages. The same notations as the
   server's disaster/core/birthdates.py, which has the last word: what was typed is sent as it was typed. */

const ERAS = [
  ["明治", "明mm㍾", 1868, "1868-01-25", "1912-07-29"],
  ["大正", "大t㍽", 1912, "1912-07-30", "1926-12-24"],
  ["昭和", "昭s㍼", 1926, "1926-12-25", "1989-01-07"],
  ["平成", "平h㍻", 1989, "1989-01-08", "2019-04-30"],
  ["令和", "令r㋿", 2019, "2019-05-01", "9999-12-31"],
].map(([name, signs, first, begins, ends]) => ({ name, signs, first, begins, ends }));
const SIGN = "明治|大正|昭和|平成|令和|[明大昭平令mtshr㍾㍽㍼㍻㋿]";
const BETWEEN = "[年./\\-‐ー,、]";
const ERA_PARTS = new RegExp(`^(${SIGN})${BETWEEN}?(元|\\d{1,2})(?:${BETWEEN}(?:(\\d{1,2})(?:[月./\\-‐ー,、](?:(\\d{1,2})日?)?)?)?)?(?:頃|ごろ)?$`);
const ERA_SOLID = new RegExp(`^(${SIGN})(\\d\\d)(\\d\\d)(\\d\\d)$`);
const WEST = /^(\d{4})(?:[年./\-‐ー,、](?:(\d{1,2})(?:[月./\-‐ー,、](?:(\d{1,2})日?)?)?)?)?(?:頃|ごろ|生まれ)?$/;
const SHORT = /^(\d{1,2})[年./\-‐ー,、](\d{1,2})[月./\-‐ー,、](\d{1,2})日?$/;
const WEST_LAST = /^(\d{1,2})[./-](\d{1,2})[./-](\d{4})$/;
const DECADE = new RegExp(`^(?:(${SIGN})(\\d0)|(\\d{3}0))年代$`);
const BLANK = /^(?:[0\-‐ー―/.*?？]*|不明|不詳|未詳|なし|無し|無|n\/?a|unknown)$/;
const OLDEST = 120;

/* {day, precision, notes, choices}: day is YYYY-MM-DD or null; precision day, month, year, decade or unknown; notes era_continued, impossible,
   future, very_old, ambiguous or unreadable; choices the days that were meant perhaps, the likeliest first. */
export function readBirth(text, today) {
  const plain = plainly(text);
  if (BLANK.test(plain)) return birth();
  const found = read(plain, today);
  if (!found.day) return found;
  if (found.day > today) return { ...found, notes: [...found.notes, "future"] };
  if (found.day < yearsBefore(today, OLDEST) && Number(found.day.slice(0, 4)) < Number(today.slice(0, 4)) - OLDEST) {
    return { ...found, notes: [...found.notes, "very_old"] };
  }
  return found;
}

/* One field takes both: up to three digits, with or without 歳 or さい, are an age. */
export function readAge(text) {
  const found = /^(\d{1,3})(?:歳|才|さい)?$/.exec(plainly(text));
  const age = found ? Number(found[1]) : NaN;
  return age <= 150 ? age : null;
}

/* Whether nothing more is expected: the field may go on to the next by itself. */
export function complete(text) {
  return /^(?:[mtshrMTSHR明大昭平令]\d{6}|(?:18|19|20)\d{6})$/.test(text.normalize("NFKC"));
}

export function ageOn(day, today) {
  const years = Number(today.slice(0, 4)) - Number(day.slice(0, 4));
  return years - (today.slice(5) < day.slice(5) ? 1 : 0);
}

/* 昭和60年4月12日 */
export function inEra(day) {
  const [year, month, date] = day.split("-").map(Number);
  const era = ERAS.findLast((one) => day >= one.begins);
  if (!era) return `${year}年${month}月${date}日`;
  const number = year - era.first + 1;
  return `${era.name}${number === 1 ? "元" : number}年${month}月${date}日`;
}

export function birthWords(found, today) {
  if (!found.day) return "";
  const said = inEra(found.day);
  if (found.precision === "day") return `${said}（${ageOn(found.day, today)}歳）`;
  if (found.precision === "month") return said.replace(/\d+日$/, "");
  if (found.precision === "year") return said.replace(/\d+月\d+日$/, "");
  return `${found.day.slice(0, 4)}年代`;
}

function birth(day = null, precision = "unknown", notes = [], choices = []) {
  return { day, precision, notes, choices };
}

function plainly(text) {
  const folded = text.normalize("NFKC").toLowerCase().replace(/\s|生(?:まれ)?$|[()'’`]|^西暦|^ad/g, "").replace(/[−–]/g, "-");
  return folded.replace(/[〇一二三四五六七八九十]+/g, kanjiNumber);
}

function kanjiNumber(word) {
  const digits = (part) => [...part].map((letter) => "〇一二三四五六七八九".indexOf(letter)).join("");
  if (!word.includes("十")) return digits(word);
  const [tens, ones] = word.split("十");
  return String(Number(digits(tens) || 1) * 10 + Number(digits(ones ?? "") || 0));
}

function read(plain, today) {
  let found = DECADE.exec(plain);
  if (found) return birth(`${found[1] ? eraOf(found[1]).first + Number(found[2]) - 1 : found[3]}-01-01`, "decade");
  found = ERA_PARTS.exec(plain);
  if (found) return inItsEra(eraOf(found[1]), found[2] === "元" ? 1 : Number(found[2]), number(found[3]), number(found[4]));
  found = ERA_SOLID.exec(plain);
  if (found) return inItsEra(eraOf(found[1]), ...found.slice(2).map(Number));
  if (/^\d+$/.test(plain)) return digitsOnly(plain, today);
  found = WEST.exec(plain);
  if (found) return parts(Number(found[1]), number(found[2]), number(found[3]));
  found = SHORT.exec(plain);
  if (found) return asked(shortDays(...found.slice(1).map(Number), today));
  found = WEST_LAST.exec(plain);
  if (found) {
    const [first, second, year] = found.slice(1).map(Number);
    return asked([...new Set([real(year, first, second), real(year, second, first)])].filter(Boolean));
  }
  return birth(null, "unknown", ["unreadable"]);
}

function digitsOnly(plain, today) {
  const part = (from, to) => Number(plain.slice(from, to));
  if (plain.length === 8) return parts(part(0, 4), part(4, 6), part(6));
  if (plain.length === 7 && "12345".includes(plain[0])) return inItsEra(ERAS[part(0, 1) - 1], part(1, 3), part(3, 5), part(5));
  if (plain.length === 6) {
    const days = shortDays(part(0, 2), part(2, 4), part(4), today);
    return !days.length && /^(19|20)/.test(plain) ? parts(part(0, 4), part(4), null) : asked(days);
  }
  if (plain.length === 4 && /^(18|19|20)/.test(plain)) return parts(part(0, 4), null, null);
  return birth(null, "unknown", ["unreadable"]);
}

function asked(days) {
  if (days.length === 1) return birth(days[0], "day");
  return days.length ? birth(null, "unknown", ["ambiguous"], days) : birth(null, "unknown", ["unreadable"]);
}

/* What two digits of a year can mean for somebody who lives. */
function shortDays(year, month, day, today) {
  const found = [];
  for (const era of [ERAS[2], ERAS[3], ERAS[4], ERAS[1]]) {
    const one = year ? real(era.first + year - 1, month, day) : null;
    if (one && one >= era.begins && one <= (era.ends < today ? era.ends : today)) found.push(one);
  }
  for (const century of [1900, 2000]) found.push(real(century + year, month, day));
  return [...new Set(found)].filter((one) => one && one >= yearsBefore(today, OLDEST) && one <= today);
}

function inItsEra(era, year, month, day) {
  if (year === 0) return birth(null, "unknown", ["impossible"]);
  const found = parts(era.first + year - 1, month, day);
  if (!found.day) return found;
  const last = { day: found.day, month: `${found.day.slice(0, 7)}-31`, year: `${found.day.slice(0, 4)}-12-31` }[found.precision];
  return last >= era.begins && found.day <= era.ends ? found : { ...found, notes: [...found.notes, "era_continued"] };
}

/* As much as there is; 0 or 99 for a part is how registers write that it is not known. */
function parts(year, month, day) {
  if (year < 1800 || year > 2200) return birth(null, "unknown", ["impossible"]);
  if (!month || month === 99) return birth(text(year, 1, 1), "year");
  if (month > 12) return birth(text(year, 1, 1), "year", ["impossible"]);
  if (!day || day === 99) return birth(text(year, month, 1), "month");
  const exact = real(year, month, day);
  return exact ? birth(exact, "day") : birth(text(year, month, 1), "month", ["impossible"]);
}

function real(year, month, day) {
  const found = new Date(Date.UTC(year, month - 1, day));
  if (found.getUTCMonth() !== month - 1 || found.getUTCDate() !== day || month < 1) return null;
  return text(year, month, day);
}

function yearsBefore(today, years) {
  const [year, month, day] = today.split("-").map(Number);
  return real(year - years, month, day) ?? text(year - years, 3, 1);
}

function eraOf(sign) {
  return ERAS.find((era) => era.name === sign || (sign.length === 1 && era.signs.includes(sign)));
}

function text(year, month, day) {
  return `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}

function number(part) {
  return part ? Number(part) : null;
}
