/* S2: count first. Big keys, the state of the place in one tap, and the way to the reception. */

import { go, screen } from "../app.js";
import { button, choice, h, replace, say } from "../dom.js";
import { record } from "../record.js";
import * as residents from "../residents.js";
import { drill, tablet } from "../tablet.js";
import { figures } from "../view.js";
import { call, words } from "../words.js";
import { failed } from "./failed.js";

const GROUPS = [["", "大人"], ["children", "子ども"], ["elderly", "65歳以上"]];
let last = null; // the fields of the last count
let group = "";

screen("home", () => {
  const count = h("div.figures");
  const undo = h("div.undo", { role: "status" });
  const state = h("div.state");
  const known = h("p.quiet");
  const refresh = () => {
    const { named, counted, outside } = figures();
    replace(count,
      figure(named + counted, "ここにいる人", true), figure(named, "名前あり"), figure(counted, "人数だけ"), outside ? figure(outside, "車・自宅など") : null);
    replace(undo, last
      ? [h("p", {}, `＋${last.delta}人 数えました${word(last)}`), button("取り消す", () => tally(-last.delta, true), { kind: "secondary" })]
      : h("p.quiet", {}, "来た人をまず数えます。名前はあとで受け付けます。"));
    stateOf(state);
    replace(known, residentsWord());
  };
  const tally = async (delta, back = false) => {
    const of = back ? groupOf(last) : group;
    const fields = { delta, ...(of && { [of]: delta }) };
    last = back ? null : fields;
    await failed(record([{ kind: "tally", fields }]));
  };
  const keys = h("div.keys", { role: "group", "aria-label": "人数を数える" },
    [1, 2, 3, 4, 5].map((number) => button([h("span.keys__plus", {}, "＋"), String(number)], () => tally(number), { kind: "key", "aria-label": `${number}人 増やす` })));
  const body = h("div.stack", {},
    state, count,
    h("section.tally", { "aria-label": "人数" }, keys,
      h("div.tally__row", {}, choice("数える人", GROUPS, group, (value) => (group = value ?? ""), { kind: "small" }), undo)),
    h("div.two", {},
      button("受付", () => go("find"), { kind: "primary.huge" }),
      button("QRを読む", () => go("scan"), { kind: "secondary.huge" })),
    known);
  refresh();
  return { title: "", body, part: "home", refresh };
});

function residentsWord() {
  const { loading, people } = residents.progress;
  if (loading) return "住民の名簿を読み込んでいます…";
  if (people) return `住民の名簿 ${people.toLocaleString("ja")}人が、圏外でも引けます。`;
  return "住民の名簿はまだありません。通信できると読み込みます。かなの入力で受け付けられます。";
}

function figure(value, label, main = false) {
  return h(`p.figure${main ? ".figure--main" : ""}`, {}, h("b", {}, String(value)), h("span", {}, label));
}

function groupOf(fields) {
  return ["children", "elderly"].find((name) => fields[name]) ?? "";
}

function word(fields) {
  const name = groupOf(fields);
  return name ? `（${GROUPS.find(([key]) => key === name)[1]}）` : "";
}

function stateOf(place) {
  const { opening, crowding } = tablet.shelter;
  if (opening !== "open") {
    replace(place, h("p.state__word", {}, words.opening[opening] ?? "開設の状態は未確認"), button("開設する", () => go("opening"), { kind: "secondary" }));
    return;
  }
  const options = Object.entries(words.crowding).map(([key, label]) => [key, label.replace("空きあり", "空き")]);
  const tap = async (value) => {
    tablet.shelter.crowding = value;
    await failed(record([{ kind: "crowding", fields: { crowding: value } }]));
    say(`混み具合「${words.crowding[value]}」を記録しました。`);
  };
  replace(place, h("p.state__word", {}, "開設中　混み具合"), choice("混み具合", options, crowding, (value) => value && tap(value), { kind: "crowding" }));
}

/* The hazard check: what the list says of this place, where it was heard. */
function danger() {
  const { hazards = [], now = [], source = "" } = tablet.shelter.unfit ?? {};
  if (now.length) return h("p.warn", { role: "alert" }, `いまの${now.join("・")}では使えない避難所です（${source}）。開けるときは、理由を押してください。`);
  if (hazards.length) return h("p.warn", {}, `${hazards.join("・")}では使えない避難所です（${source}）。その災害で開けるときは、理由を押してください。`);
  return h("p", {}, "今の災害で使えないと決まっている避難所を開けるときは、理由を押してください。");
}

const REASONS = ["もう人が避難してきている", "上の階だけを使う", "危険のない側の部屋だけを使う", "ほかに行ける避難所がない"];

screen("opening", () => {
  let reason = "";
  const open = async (opening) => {
    tablet.shelter.opening = opening;
    await failed(record([{ kind: "opening", fields: { opening, reason } }]));
    await go("home");
  };
  return {
    title: `${tablet.shelter.name} を開設しますか`,
    body: h("div.stack", {},
      h("p", {}, drill() ? "訓練中なので、住民のページと地図には出ません。" : "通信できると、住民のページと地図に「開設中」と出ます。"),
      danger(),
      choice("理由", REASONS.map((one) => [one, one]), null, (value) => (reason = value ?? ""), { kind: "column", none: true }),
      h("div.actions", {}, button("開設する", () => open("open"), { kind: "primary" }), button("準備中にする", () => open("preparing"), { kind: "secondary" }), button("戻る", () => go("home"), { kind: "quiet" })),
      h("p.quiet", {}, `閉鎖は、全員の行き先を確かめてから、避難所の事務の画面で行います。迷ったら本部へ：${call()}`)),
    part: "home",
  };
});
