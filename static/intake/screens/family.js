/* One family on one screen: who is here, then what a family is asked once. "保存して次へ" works with whatever is there. */

import { go, screen } from "../app.js";
import * as arrivals from "../arrivals.js";
import { button, choice, field, h, replace, say, toggle } from "../dom.js";
import * as drafts from "../drafts.js";
import { about } from "../names.js";
import { clock, tablet } from "../tablet.js";
import { isHere, stayOf, view } from "../view.js";
import { CARE_SIGNS, CONSENT, PETS, PLACES, words } from "../words.js";
import { failed } from "./failed.js";
import { savedNow } from "./find.js";
import { typedPart } from "./typed.js";

screen("family", ({ back = "find" } = {}) => {
  const draft = drafts.current();
  let busy = false;
  const save = h("button.button.primary.huge", { type: "button" });
  const changed = () => {
    drafts.keep();
    const count = draft.members.filter((one) => one.on && !empty(draft, one)).length;
    save.textContent = `保存して次へ（${count}人）`;
  };
  const questions = h("div.stack");
  const fill = () => replace(questions, care(draft, changed), consent(draft, changed), h("details.others", { open: draft.place !== "shelter" }, h("summary", {}, "場所・ペット・電話・メモ"), more(draft, changed)));
  const people = draft.mode === "typed" ? typedPart(draft, changed, fill) : ticks(draft, changed, fill);
  save.addEventListener("click", async () => {
    if (busy) return;
    for (const one of draft.members) if (draft.mode === "typed" && empty(draft, one)) one.on = false;
    if (!draft.members.some((one) => one.on)) {
      for (const one of draft.members) if (draft.mode === "typed") one.on = true;
      say(draft.mode === "typed" ? "まだ何も入力されていません。名前が分からないときは「名前の分からない人」で受け付けます。" : "いる人を押してください。みんないるときは「全員」です。", { bad: true });
      return;
    }
    busy = true;
    let result = null;
    const wrong = await failed((async () => (result = await arrivals.save(draft)))());
    busy = false;
    if (wrong) return;
    savedNow(result);
    await go(draft.mode === "card" || draft.card ? "scan" : "find", { saved: result });
  });
  const leave = async () => {
    await drafts.forget();
    await go(back);
  };
  fill();
  changed();
  return {
    title: draft.mode === "typed" ? "家族を打って入力" : `${draft.members[0]?.resident?.kana?.split(/\s+/)[0] ?? draft.surname} さんの家族`,
    body: h("div.stack", {}, notices(draft), people.node, questions, h("div.save", {}, save, button("やめる", leave, { kind: "quiet" }))),
    part: "home",
    focus: people.focus,
  };
});

function empty(draft, one) {
  if (one.resident) return false;
  return draft.mode === "typed" && !one.given.trim() && !one.birth.trim() && !one.sex && !one.baby && !(draft.surname.trim() && draft.members.length === 1);
}

function notices(draft) {
  return [
    draft.signed === false ? h("p.notice.notice--bad", { role: "alert" }, "このカードは町が出したものと確かめられません。名前と生年月日を本人に聞いてください。") : null,
    draft.known ? h("p.notice", {}, "この家族は受付済みです。続けて受け付けても、人数は二重になりません。") : null,
  ];
}

function ticks(draft, changed, refill) {
  const rows = h("div.ticks", { role: "group", "aria-label": "いる人" });
  const draw = () => replace(rows, draft.members.map((one) => {
    const stay = stayOf(one.person);
    const told = stay ? h("b.tag", {}, isHere(stay) ? `受付済み ${clock(stay.values.start + tablet.offset)}` : words.place[stay.values.place]) : null;
    const label = [h("span.tick__mark", { "aria-hidden": "true" }), h("span.tick__name", {}, one.resident.kana || one.resident.name, h("span.quiet", {}, ` ${one.resident.name}`)), h("span.tick__about", {}, about(one.resident), told)];
    return toggle(label, one.on, (on) => {
      one.on = on;
      changed();
      refill();
    }, { kind: "tick" });
  }));
  draw();
  const all = button("全員", () => {
    const every = draft.members.every((one) => one.on);
    for (const one of draft.members) one.on = !every;
    draw();
    changed();
    refill();
  }, { kind: "secondary.all" });
  const others = button("名簿にない家族を足す", () => {
    Object.assign(draft, { mode: "typed" });
    const head = draft.members[0]?.resident;
    if (!draft.surname) draft.surname = head?.kana?.split(/\s+/)[0] ?? "";
    if (!draft.address) draft.address = head?.address ?? "";
    draft.members.push(drafts.member());
    void go("family");
  }, { kind: "quiet" });
  return { node: h("section.stack", {}, h("div.ticks__top", {}, h("h2", {}, "ここにいる人"), all), rows, others), focus: all };
}

/* One question a family; the signs of who needs what only when somebody does. */
function care(draft, changed) {
  const detail = h("div.stack");
  const show = () => replace(detail, draft.asked ? careDetail(draft, changed) : null);
  const question = choice("配慮", [["no", "いない"], ["yes", "いる"]], draft.asked === null ? null : draft.asked ? "yes" : "no", (value) => {
    draft.asked = value === null ? null : value === "yes";
    changed();
    show();
  }, { none: true });
  show();
  return h("section.ask", {}, h("h2", {}, "配慮が必要な方はいますか"), question, detail);
}

function careDetail(draft, changed) {
  const here = draft.members.filter((one) => one.on);
  let chosen = here.find((one) => one.care.length) ?? here[0];
  const signs = h("div.signs");
  const draw = () => replace(signs,
    Object.entries(words.care).map(([key, label]) => toggle([h("span.sign", { "aria-hidden": "true" }, CARE_SIGNS[key]), label], chosen?.care.includes(key), (on) => {
      chosen.care = on ? [...chosen.care, key] : chosen.care.filter((one) => one !== key);
      changed();
    }, { kind: "care" })),
    note(chosen, changed));
  if (!chosen) return h("p.quiet", {}, "先に、いる人を選んでください。");
  draw();
  const who = here.length > 1 ? choice("だれが", here.map((one, place) => [place, label(one, place)]), here.indexOf(chosen), (place) => {
    chosen = here[place] ?? chosen;
    draw();
  }) : null;
  return [who, signs];
}

function note(one, changed) {
  const { node, input } = field("くわしく（薬・機器・電源の残り時間など）", { value: one.careNote, maxlength: 500 });
  input.addEventListener("input", () => ((one.careNote = input.value), changed()));
  return node;
}

function label(one, place) {
  return one.resident ? one.resident.kana.split(/\s+/)[1] ?? one.resident.kana : one.given || `${place + 1}人目`;
}

function consent(draft, changed) {
  return h("section.ask", {}, h("h2", {}, "安否を聞かれたとき、ここにいると答えてよい相手"),
    h("div.choice", { role: "group", "aria-label": "答えてよい相手" }, CONSENT.map(([key, word]) => toggle(word, draft.consent[key], (on) => {
      draft.consent = { ...draft.consent, [key]: on };
      changed();
    }))),
    h("p.hint", {}, "押さなければ、どこにも答えません。あとから変えられます。"));
}

function more(draft, changed) {
  const bind = (made, name) => {
    made.input.addEventListener("input", () => ((draft[name] = made.input.value), changed()));
    return made.node;
  };
  const place = choice("どこで過ごすか", PLACES, draft.place, (value) => ((draft.place = value ?? "shelter"), changed()));
  return h("div.stack", {},
    h("div.field", {}, h("p.label", {}, "どこで過ごしますか"), place, h("p.hint", {}, "車・自宅・親戚宅の人は、物資をこの避難所で受け取る人として記録します。")),
    h("div.field", {}, h("p.label", {}, "ペット（補助犬は含めません）"), h("div.pets", {}, PETS.map((kind) => pet(draft, kind, changed)))),
    bind(field("電話（あとからでもかまいません）", { type: "tel", value: draft.phone, maxlength: 30 }), "phone"),
    bind(field("メモ", { value: draft.note, maxlength: 500 }), "note"),
    view.household.get(draft.household)?.values.code ? h("p", {}, `番号 ${view.household.get(draft.household).values.code}`) : null);
}

function pet(draft, kind, changed) {
  const count = h("output.pets__count", {}, String(draft.pets[kind] ?? 0));
  const step = (by) => {
    draft.pets = { ...draft.pets, [kind]: Math.max(0, (draft.pets[kind] ?? 0) + by) };
    count.textContent = String(draft.pets[kind]);
    changed();
  };
  return h("div.pets__one", { role: "group", "aria-label": kind }, h("span", {}, kind), button("－", () => step(-1), { kind: "secondary", "aria-label": `${kind}を減らす` }), count, button("＋", () => step(1), { kind: "secondary", "aria-label": `${kind}を増やす` }));
}
