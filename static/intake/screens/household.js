/* One family that is here: leaving with the destination in one tap, moving, out overnight, and what is asked later. */

import { go, screen } from "../app.js";
import * as arrivals from "../arrivals.js";
import { button, choice, field, h, replace, say, toggle } from "../dom.js";
import * as drafts from "../drafts.js";
import { fresh } from "../ids.js";
import { about, called, nameOf } from "../names.js";
import { record } from "../record.js";
import { clock, now, tablet, today } from "../tablet.js";
import { isHere, present, view } from "../view.js";
import { CARE_SIGNS, CONSENT, EXITS, words } from "../words.js";
import { failed } from "./failed.js";

const NIGHTS = [["both", "昼も夜も"], ["night", "夜だけ"], ["day", "昼だけ"], ["meals", "食事だけ"]];

screen("household", ({ household, left = null }) => {
  const stays = present().filter((stay) => (view.person.get(stay.values.person).values.household ?? stay.values.person) === household);
  const home = view.household.get(household);
  if (!stays.length) return { title: "この家族は出ました", part: "list", body: h("div.stack", {}, after(household, left), button("名簿に戻る", () => go("list"), { kind: "secondary" })) };
  const chosen = new Set(stays.map((stay) => stay.id));
  const people = h("div.ticks", { role: "group", "aria-label": "だれについて" }, stays.map((stay) => person(stay, chosen)));
  const of = () => stays.filter((stay) => chosen.has(stay.id));
  const body = h("div.stack", {},
    after(household, left),
    h("p", {}, [home?.values.code, home?.values.address, home?.values.phone].filter(Boolean).join("　")),
    home?.codes?.length ? h("p.hint", {}, `ほかの札の番号：${home.codes.join("、")}（いまの番号は ${home.values.code} です。札を出し直せます）`) : null,
    people,
    h("section.ask", {}, h("h2", {}, "出る（行き先を押すと記録します）"), h("div.exits", {}, EXITS.map((reason) => button(words.exit[reason], () => exit(household, of(), reason), { kind: "exit" })))),
    h("section.ask", {}, h("h2", {}, "一時的に"), h("div.choice", {},
      button("今夜は外泊", () => out(household, of(), true), { kind: "secondary" }),
      button("外泊から戻った", () => out(household, of(), false), { kind: "secondary" }),
      button("いま見かけた（点呼）", () => seen(household, of()), { kind: "secondary" }))),
    h("div.choice", {}, home ? button("札を出す", () => go("slip", { household, back: "household" }), { kind: "secondary" }) : null, home ? button("家族を足す・聞き直す", () => again(household, stays), { kind: "secondary" }) : null),
    details(household, home, of));
  return { title: `${called(view.person.get(stays[0].values.person).values).split(/\s+/)[0]} さん`, body, part: "list" };
});

function person(stay, chosen) {
  const { values } = view.person.get(stay.values.person);
  const place = isHere(stay) ? "" : words.place[stay.values.place];
  const out = stay.values.out_until ? `外泊中（${clock(stay.values.out_until)}まで）` : "";
  const label = [
    h("span.tick__mark", { "aria-hidden": "true" }),
    h("span.tick__name", {}, called(values), h("span.quiet", {}, ` ${nameOf(values)}`)),
    h("span.tick__about", {}, [about(values), place, out, values.provisional ? "仮" : ""].filter(Boolean).join("・"), (values.care ?? []).map((key) => h("span.sign", { title: words.care[key] }, CARE_SIGNS[key]))),
  ];
  return toggle(label, true, (on) => (on ? chosen.add(stay.id) : chosen.delete(stay.id)), { kind: "tick" });
}

async function exit(household, stays, reason) {
  if (!stays.length) return say("出る人を選んでください。", { bad: true });
  if (reason === "other_shelter") return go("exit-shelter", { household, stays });
  return leave(household, stays, { reason });
}

async function leave(household, stays, fields) {
  const end = Date.now();
  const events = stays.map((stay) => ({ kind: "stay", entity: stay.id, fields: { end, ...fields } }));
  if (await failed(record(events))) return undefined;
  return go("household", { household, left: { stays, ...fields } });
}

screen("exit-shelter", ({ household, stays }) => ({
  title: "どの避難所へ移りますか",
  part: "list",
  body: h("div.stack", {},
    h("div.exits", {}, (tablet.shelter.others ?? []).map((one) => button(one.name, () => leave(household, stays, { reason: "other_shelter", exit_place: one.name }), { kind: "exit" }))),
    button("決まっていない", () => leave(household, stays, { reason: "other_shelter" }), { kind: "secondary" }), button("戻る", () => go("household", { household }), { kind: "quiet" })),
}));

/* Right after an exit: what one more tap may add, and the way back. */
function after(household, left) {
  if (!left) return null;
  const { stays, reason } = left;
  const set = (fields, words_) => async () => (await failed(record(stays.map((stay) => ({ kind: "stay", entity: stay.id, fields })))) ? undefined : say(words_));
  const back = async () => {
    if (await failed(record(stays.map((stay) => ({ kind: "stay", entity: stay.id, fields: { end: null, reason: null } }))))) return;
    await go("household", { household });
  };
  const goods = async () => {
    const start = Date.now();
    const place = { home: "home", car: "car", relatives: "relatives" }[reason];
    const events = stays.map((stay) => ({ kind: "stay", entity: fresh(start), fields: { person: stay.values.person, start, ...arrivals.where(place) } }));
    if (await failed(record(events))) return;
    say("物資をここで受け取る人として記録しました。");
    await go("household", { household });
  };
  const contact = field("連絡先（聞けたら）", { type: "tel", maxlength: 100 });
  return h("section.saved", { role: "status" },
    h("p", {}, `${stays.length}人が出ました：${words.exit[reason]}${left.exit_place ? `（${left.exit_place}）` : ""}`),
    ["home", "car", "relatives"].includes(reason) ? button("物資はここで受け取る", goods, { kind: "primary" }) : null,
    h("div.inline", {}, contact.node, button("連絡先を残す", () => contact.input.value.trim() && set({ contact: contact.input.value.trim() }, "連絡先を残しました。")(), { kind: "secondary" })),
    reason === "unknown" ? h("p.hint", {}, "行き先が不明の人は、本部があとで確かめます。連絡先だけでも聞いてください。") : null,
    button("取り消す（まだいる）", back, { kind: "quiet" }));
}

async function out(household, stays, away) {
  const until = away ? Date.parse(`${today(now() + 86_400_000)}T12:00:00+09:00`) - tablet.offset : null;
  if (await failed(record(stays.map((stay) => ({ kind: "stay", entity: stay.id, fields: { out_until: until } }))))) return;
  say(away ? "外泊を記録しました（あすの昼まで）。" : "戻ったことを記録しました。");
  await go("household", { household });
}

async function seen(household, stays) {
  if (await failed(record(stays.map((stay) => ({ kind: "stay", entity: stay.id, fields: { seen_on: today() } }))))) return;
  say("点呼に付けました。");
  await go("household", { household });
}

async function again(household, stays) {
  const home = view.household.get(household).values;
  const members = stays.map((stay) => {
    const { id, values } = view.person.get(stay.values.person);
    return drafts.member({ person: id, here: true, care: values.care ?? [], resident: { ...values, id: values.resident, name: nameOf(values), kana: called(values), household: undefined } });
  });
  drafts.begin(drafts.family({ mode: "list", household, known: true, members, place: stays[0].values.place ?? "shelter", surname: home.kana ?? home.surname ?? "", phone: home.phone ?? "", consent: home.consent ?? {}, note: home.note ?? "", pets: Object.fromEntries((home.pets ?? []).map(({ kind, count }) => [kind, count])) }));
  await go("family", { back: "list" });
}

function details(household, home, of) {
  const told = h("div");
  const show = () => replace(told, h("div.stack", {},
    h("div.field", {}, h("p.label", {}, "いる時間"), choice("いる時間", NIGHTS, null, async (value) => value && !(await failed(record(of().map((stay) => ({ kind: "stay", entity: stay.id, fields: { nights: value } }))))) && say("記録しました。"))),
    home ? h("div.field", {}, h("p.label", {}, "答えてよい相手"), h("div.choice", {}, CONSENT.map(([key, word]) => toggle(word, home.values.consent?.[key], (on) => void failed(record([{ kind: "household", entity: household, fields: { consent: { ...view.household.get(household).values.consent, [key]: on } } }])))))) : null,
    of().length === 1 ? naming(household, of()[0]) : h("p.quiet", {}, "名前を直すときは、一人だけを選んでから開いてください。")));
  return h("details.others", { ontoggle: (event) => event.target.open && show() }, h("summary", {}, "いる時間・同意・名前を直す"), told);
}

/* The name of a child that had none, of somebody unknown, or one that was misheard; the person stays the same. */
function naming(household, stay) {
  const { id, values } = view.person.get(stay.values.person);
  const kana = field("読み（かな）", { value: values.kana ?? "", maxlength: 200, lang: "ja" });
  const name = field("漢字の名前", { value: nameOf(values), maxlength: 200 });
  const birth = field("生年月日", { value: values.birth ?? "", maxlength: 30 });
  const save = async () => {
    const given = { kana: kana.input.value.trim(), name: name.input.value.trim(), birth: birth.input.value.trim() };
    const fields = Object.fromEntries(Object.entries(given).filter(([key, value]) => value && value !== values[key]));
    if (values.provisional && Object.keys(fields).length) fields.provisional = false;
    if (Object.keys(fields).length && (await failed(record([{ kind: "person", entity: id, fields }])))) return;
    await go("household", { household });
  };
  const mistake = async () => {
    if (await failed(record([{ kind: "stay", entity: stay.id, fields: { end: Date.now(), reason: "correction" } }]))) return;
    await go("list");
  };
  return h("div.stack", {}, kana.node, name.node, birth.node, h("div.actions", {}, button("直して保存", save, { kind: "primary" }), button("入力の誤り（いなかった）", mistake, { kind: "quiet" })));
}
