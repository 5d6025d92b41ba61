/* A family that is in no list: surname and address once, then a line a person. Kana is enough, an age is enough, and the next field comes by itself. */

import { complete, inEra, readBirth } from "../birth.js";
import { button, choice, field, h, replace, toggle } from "../dom.js";
import * as drafts from "../drafts.js";
import { birthSentence, called } from "../names.js";
import { kanaKey } from "../kana.js";
import { tablet, today } from "../tablet.js";
import { present, view } from "../view.js";
import { words } from "../words.js";

const CHIPS = 10;

export function typedPart(draft, changed, refill) {
  const surname = field("姓（かな）", { value: draft.surname, maxlength: 60, enterkeyhint: "next", lang: "ja" });
  const number = field("番地", { value: draft.number, maxlength: 60, inputmode: "tel", enterkeyhint: "next" });
  const address = field("町外の住所", { value: draft.address, maxlength: 200 }, "町内の人は空けておきます。住所がない人は「なし」。");
  const rows = h("div.people");
  const warn = h("div", { role: "status" });
  const draw = (focus) => {
    replace(rows, draft.members.map((one, place) => row(draft, one, place, { changed: said, next: () => next(place), draw })));
    if (focus !== undefined) rows.children[focus]?.querySelector("input")?.focus();
    refill();
  };
  const said = () => {
    changed();
    replace(warn, double(draft));
  };
  const next = (place) => {
    if (place + 1 === draft.members.length) draft.members.push(drafts.member({ romaji: draft.romaji }));
    said();
    draw(place + 1);
  };
  for (const [made, name] of [[surname, "surname"], [number, "number"], [address, "address"]]) {
    made.input.addEventListener("input", () => ((draft[name] = made.input.value), said()));
  }
  const town = towns(draft, () => (said(), number.input.focus()));
  onEnter(surname.input, () => (draft.area || !town.first ? number.input.focus() : town.first.focus()));
  onEnter(number.input, () => rows.querySelector("input").focus());
  draw();
  const more = button("＋ もう一人", () => next(draft.members.length - 1), { kind: "secondary" });
  return {
    node: h("section.stack", {},
      h("div.home", {}, draft.romaji ? null : surname.node, h("div.field", {}, h("p.label", {}, "町名"), town.node), number.node),
      h("details.others", { open: Boolean(draft.address) }, h("summary", {}, "町外・住所がない人"), address.node),
      warn, h("h2", {}, "ここにいる人"), rows, more),
    focus: draft.romaji ? rows.querySelector("input") : surname.input,
  };
}

function towns(draft, chosen) {
  const near = tablet.shelter.areas?.length ? tablet.shelter.areas : words.areas;
  const pick = (code) => {
    draft.area = code ?? "";
    chosen();
  };
  if (near.length <= CHIPS) {
    const node = choice("町名", near.map((area) => [area.code, area.name.replace(/^大字/, "")]), draft.area, pick, { kind: "small", none: true });
    const rest = words.areas.filter((area) => !near.some((one) => one.code === area.code));
    if (rest.length) node.append(select(rest, draft.area, pick, "ほかの町名"));
    return { node, first: node.querySelector("button") };
  }
  const node = select(near, draft.area, pick, "町名を選ぶ");
  return { node, first: node };
}

function select(areas, value, pick, label) {
  return h("select.input", { "aria-label": label, onchange: (event) => pick(event.target.value) }, h("option", { value: "" }, label), areas.map((area) => h("option", { value: area.code, selected: area.code === value }, area.name)));
}

function row(draft, one, place, { changed, next, draw }) {
  if (one.resident) return listed(one, changed);
  const romaji = one.romaji || draft.romaji;
  const given = field(romaji ? "名前（ローマ字のまま、1つで）" : one.baby ? "名（まだなければ空けておく）" : "名（かな）", { value: one.given, maxlength: 120, enterkeyhint: "next", lang: romaji ? "en" : "ja" });
  const birth = field("生年月日か年齢", { value: one.birth, maxlength: 30, enterkeyhint: "next", placeholder: "S600412 / 41" });
  const told = h("div.person__told", { role: "status" });
  const sex = choice("性別", [["m", "男"], ["f", "女"], ["x", "その他"]], one.sex, (value) => {
    one.sex = value ?? "";
    changed();
    if (value && place + 1 === draft.members.length && (one.given || one.birth || one.baby)) next();
  }, { kind: "sex", none: true });
  const tell = () => replace(told, birthSentence(one.birth), choices(one, birth.input, () => (changed(), tell(), sex.querySelector("button").focus())));
  given.input.addEventListener("input", () => ((one.given = given.input.value), changed()));
  birth.input.addEventListener("input", (event) => {
    one.birth = birth.input.value;
    changed();
    tell();
    if (!event.isComposing && complete(one.birth)) sex.querySelector("button").focus();
  });
  onEnter(given.input, () => birth.input.focus());
  onEnter(birth.input, () => sex.querySelector("button").focus());
  tell();
  const language = romaji ? languages(one, changed) : null;
  const other = field("この人の姓（ちがうとき）", { value: one.other, maxlength: 60, lang: "ja" });
  other.input.addEventListener("input", () => ((one.other = other.input.value), changed()));
  return h("div.person", { role: "group", "aria-label": `${place + 1}人目` },
    h("p.person__number", {}, String(place + 1)), given.node, birth.node, h("div.field", {}, h("p.label", {}, "性別"), sex), language, told,
    h("details.person__more", { open: Boolean(one.other || one.baby || one.romaji) }, h("summary", {}, "姓がちがう・赤ちゃん・ローマ字"),
      h("div.stack", {}, other.node, h("div.choice", {},
        toggle("名前のない赤ちゃん", one.baby, (on) => ((one.baby = on), changed(), draw(place))),
        toggle("ローマ字の名前", Boolean(romaji), (on) => ((one.romaji = on), changed(), draw(place))),
        draft.members.length > 1 ? button("この行を消す", () => (draft.members.splice(place, 1), changed(), draw()), { kind: "quiet" }) : null))));
}

const LANGUAGES = [["", "日本語が分かる"], ["ja-easy", "やさしい日本語"], ["en", "English"], ["pt", "Português"], ["zh", "中文"], ["vi", "Tiếng Việt"], ["ko", "한국어"], ["es", "Español"], ["tl", "Tagalog"], ["other", "そのほか"]];

function languages(one, changed) {
  const select = h("select.input", { "aria-label": "話せることば", onchange: () => ((one.language = select.value), changed()) }, LANGUAGES.map(([key, label]) => h("option", { value: key, selected: key === (one.language ?? "") }, label)));
  const nation = field("国籍（聞かなくてもかまいません）", { value: one.nationality ?? "", maxlength: 60 });
  nation.input.addEventListener("input", () => ((one.nationality = nation.input.value), changed()));
  return [h("div.field", {}, h("p.label", {}, "話せることば"), select), nation.node];
}

function listed(one, changed) {
  return toggle([h("span.tick__mark", { "aria-hidden": "true" }), h("span.tick__name", {}, one.resident.kana || one.resident.name)], one.on, (on) => ((one.on = on), changed()), { kind: "tick" });
}

/* Six digits may be several days: one tap says which. */
function choices(one, input, then) {
  const days = readBirth(one.birth, today()).choices;
  if (days.length < 2) return null;
  return h("div.choice", { role: "group", "aria-label": "生年月日" }, days.map((day) => button(inEra(day), () => {
    one.birth = day;
    input.value = day;
    then();
  }, { kind: "secondary" })));
}

/* The same reading and the same birthday as somebody who is here: a hint, never a bar. */
function double(draft) {
  const here = present().map((stay) => view.person.get(stay.values.person)).filter(Boolean);
  const same = draft.members.filter((one) => one.on && one.given).flatMap((one) => {
    const key = kanaKey((one.other || draft.surname) + one.given);
    const day = readBirth(one.birth, today()).day;
    return here.filter((other) => other.id !== one.person && kanaKey(called(other.values)) === key && (!day || !other.values.birth || readBirth(other.values.birth, today()).day === day));
  });
  return same.length ? h("p.notice", {}, `同じ読みの人がもう受け付けられています：${same.map((one) => called(one.values)).join("、")}。同じ人でも、別の人でも、このまま保存できます。`) : null;
}

/* Enter goes on to the next field; not while kana are being turned into kanji. */
function onEnter(input, then) {
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    then();
  });
}
