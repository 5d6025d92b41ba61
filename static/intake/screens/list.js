/* Who is here: by family, found by reading, kanji or code. */

import { go, screen } from "../app.js";
import { goesBy, readCode } from "../codes.js";
import { button, choice, h, replace } from "../dom.js";
import { hiragana, kanaKey, kanjiKey } from "../kana.js";
import { about, called, nameOf } from "../names.js";
import { clock, tablet } from "../tablet.js";
import { isHere, present, view } from "../view.js";
import { words } from "../words.js";

const SHOWN = 60;
let filter = "here";

screen("list", ({ query = "" } = {}) => {
  filter = "here";
  const input = h("input.input", { type: "search", id: "in-list", autocomplete: "off", spellcheck: "false", lang: "ja" });
  input.value = query;
  const rows = h("div.results");
  const refresh = () => replace(rows, listed(input.value));
  input.addEventListener("input", refresh);
  refresh();
  const filters = choice("だれを見るか", [["here", "ここにいる人"], ["out", "外泊中"], ["outside", "車・自宅など"], ["disputed", "確認中"]], filter, (value) => ((filter = value ?? "here"), refresh()), { kind: "small" });
  return { title: "名簿", part: "list", refresh, body: h("div.stack", {}, h("div.field", {}, h("label.label", { for: "in-list" }, "名前・番号で探す"), input), filters, rows) };
});

/* Households with those of them who are wanted: [{home, stays}]. */
export function families(stays) {
  const homes = new Map();
  for (const stay of stays) {
    const person = view.person.get(stay.values.person);
    const key = person.values.household ?? person.id;
    if (!homes.has(key)) homes.set(key, []);
    homes.get(key).push(stay);
  }
  const found = [...homes].map(([id, its]) => ({ id, home: view.household.get(id), stays: its }));
  return found.sort((one, other) => (nameKey(one) < nameKey(other) ? -1 : 1));
}

function nameKey({ stays }) {
  return hiragana(called(view.person.get(stays[0].values.person).values));
}

const FILTERS = {
  here: (stay) => isHere(stay) && !stay.values.out_until,
  out: (stay) => isHere(stay) && stay.values.out_until,
  outside: (stay) => !isHere(stay),
  disputed: (stay) => stay.disputed,
};

function listed(query) {
  const all = families(present().filter(FILTERS[filter])).filter((one) => fits(one, query.trim()));
  if (!all.length) return h("p", {}, query ? "見つかりません。" : "まだだれもいません。");
  return [all.slice(0, SHOWN).map(row), all.length > SHOWN ? h("p.quiet", {}, `ほかに${all.length - SHOWN}世帯。名前で探してください。`) : null];
}

function fits({ home, stays }, query) {
  if (!query) return true;
  const code = readCode(query);
  if (code) return goesBy(home, code);
  const digits = /^\d{3,4}$/.test(query.normalize("NFKC"));
  if (digits && [home?.values.code, ...(home?.codes ?? [])].some((one) => one?.includes(query.normalize("NFKC")))) return true;
  const [key, kanji] = [kanaKey(query), kanjiKey(query)];
  return stays.some((stay) => {
    const { values } = view.person.get(stay.values.person);
    return kanaKey(called(values)).includes(key) || (kanji && kanjiKey(nameOf(values)).includes(kanji));
  });
}

function row({ id, home, stays }) {
  const people = stays.map((stay) => view.person.get(stay.values.person).values);
  const out = stays.filter((stay) => stay.values.out_until).length;
  return button([
    h("span.result__name", {}, called(people[0]), people.length > 1 ? h("span.quiet", {}, ` ほか${people.length - 1}人`) : null),
    h("span.result__people", {}, people.map((one) => [called(one).split(/\s+/).at(-1), about(one)].filter(Boolean).join(" ")).join("　")),
    h("span.quiet", {}, [home?.values.code, home?.values.group, clock(stays[0].values.start + tablet.offset), isHere(stays[0]) ? "" : words.place[stays[0].values.place]].filter(Boolean).join("　")),
    out ? h("b.tag", {}, `外泊 ${out}人`) : null,
    stays.some((stay) => stay.disputed) ? h("b.tag.tag--bad", {}, "確認中：ほかの場所にもいることになっています") : null,
  ], () => go("household", { household: id }), { kind: "result" });
}
