/* Arrivals that are no family of a list: somebody unknown, a visitor who cannot go home, a group with its supervisor. */

import { go, screen } from "../app.js";
import * as arrivals from "../arrivals.js";
import { shortCode } from "../codes.js";
import { button, choice, field, h, say } from "../dom.js";
import { fresh } from "../ids.js";
import { isKana, isLatin } from "../kana.js";
import { record } from "../record.js";
import * as store from "../store.js";
import { clock, now, tablet } from "../tablet.js";
import { failed } from "./failed.js";
import { savedNow } from "./find.js";

const DECADES = [["0", "乳児"], ["5", "子ども"], ["15", "10代"], ["25", "20代"], ["35", "30代"], ["45", "40代"], ["55", "50代"], ["65", "60代"], ["75", "70代"], ["85", "80代以上"]];
const SEXES = [["m", "男性"], ["f", "女性"], ["u", "分からない"]];

screen("unknown", () => {
  let [sex, decade] = ["", ""];
  const features = field("特徴（服・けが・見つかった場所・連れてきた人）", { maxlength: 500 });
  const save = async () => {
    const seen = [SEXES.find(([key]) => key === sex)?.[1], decade && `${DECADES.find(([key]) => key === decade)[1]}くらい`].filter(Boolean);
    const name = ["氏名不詳", ...seen, tablet.shelter.name, clock(now())].join(" ");
    const fields = { name, provisional: true, features: features.input.value.trim() || "特徴はまだ記録していません", ...(sex && { sex }), ...(decade && { age: Number(decade) }) };
    await enter({ household: {}, people: [fields] });
  };
  return form("名前の分からない人", save,
    h("div.field", {}, h("p.label", {}, "性別"), choice("性別", SEXES, sex, (value) => (sex = value ?? ""), { none: true })),
    h("div.field", {}, h("p.label", {}, "見たところの年代"), choice("年代", DECADES, decade, (value) => (decade = value ?? ""), { none: true, kind: "small" })), features.node);
});

screen("visitor", () => {
  const name = field("名前・呼び名", { maxlength: 120 });
  const town = field("住んでいる町", { maxlength: 120 });
  const phone = field("電話", { type: "tel", maxlength: 30 });
  const destination = field("帰りたい所", { maxlength: 120 });
  let sex = "";
  const save = async () => {
    const said = name.input.value.trim();
    const called = isKana(said) ? { kana: said } : isLatin(said) ? { romaji: said } : { name: said || "呼び名なし" };
    const fields = { ...called, visitor: true, address: town.input.value.trim(), phone: phone.input.value.trim(), destination: destination.input.value.trim(), sex };
    await enter({ household: {}, people: [Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ""))] });
  };
  return form("帰宅できない人・旅行者", save, name.node, h("div.field", {}, h("p.label", {}, "性別"), choice("性別", SEXES, sex, (value) => (sex = value ?? ""), { none: true })), town.node, phone.node, destination.node);
});

screen("group", () => {
  const group = field("団体の名前", { maxlength: 120 }, "例：東員第一中 2年、桑名観光バス 3号車");
  const head = field("引率者・連絡先", { maxlength: 200 });
  const count = field("人数", { type: "text", inputmode: "numeric", maxlength: 4 });
  const save = async () => {
    const size = Number(count.input.value.normalize("NFKC"));
    const name = group.input.value.trim() || "団体";
    if (!Number.isInteger(size) || size < 1 || size > 500) return say("人数を入れてください（1〜500）。", { bad: true });
    const people = Array.from({ length: size }, (_, place) => ({ name: `${name} ${place + 1}番`, provisional: true }));
    return enter({ household: { group: name, note: head.input.value.trim() || "引率者は未記入", size }, people });
  };
  return form("団体の受付", save, group.node, head.node, count.node, h("p.hint", {}, "一人ずつの名前は、あとから名簿で入れます。番号は1番から順に付きます。"));
});

function form(title, save, ...parts) {
  return { title, part: "home", body: h("div.stack", {}, parts, h("div.save", {}, button("保存して次へ", save, { kind: "primary.huge" }), button("やめる", () => go("find"), { kind: "quiet" }))) };
}

async function enter({ household, people }) {
  const at = Date.now();
  const home = fresh(at);
  const code = shortCode(tablet.shelter.code, tablet.device.digit ?? tablet.device.id, await store.advance("codes", 1, 1));
  const events = [{ kind: "household", entity: home, fields: { code, ...household } }];
  const undo = [];
  for (const fields of people) {
    const [person, stay] = [fresh(at), fresh(at)];
    events.push({ kind: "person", entity: person, fields: { household: home, ...fields } });
    events.push({ kind: "stay", entity: stay, fields: { person, start: at, ...arrivals.where("shelter") } });
    undo.push({ kind: "stay", entity: stay, fields: { end: at, reason: "correction" } }, { kind: "person", entity: person, fields: { removed: true } });
  }
  if (await failed(record(events))) return;
  savedNow({ household: home, code, names: people.map((one) => one.name ?? one.kana ?? one.romaji), undo });
  await go("find");
}
