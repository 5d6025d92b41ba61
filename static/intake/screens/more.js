/* What waits, and what to do about it: send now, carry as a file, who is on shift, and giving the tablet back. */

import { go, screen } from "../app.js";
import { button, download, field, h, replace, say } from "../dom.js";
import { called } from "../names.js";
import * as sender from "../sender.js";
import * as shift from "../shift.js";
import * as storage from "../storage.js";
import * as store from "../store.js";
import { clock, tablet, unmark } from "../tablet.js";
import * as updates from "../updates.js";
import { unsent, view } from "../view.js";
import { call, words } from "../words.js";
import { personFields, personProblem } from "./enrol.js";

const KINDS = { household: "世帯", person: "人", stay: "出入り", tally: "人数", crowding: "混み具合", opening: "開設" };

screen("more", async () => {
  const open = shift.open();
  const queue = h("div.stack");
  const refresh = async () => replace(queue, sending(), open ? await held() : null);
  await refresh();
  const rest = open ? [onShift(), desk(), await state(), giveBack()] : [button("戻る", () => go("enrol"), { kind: "secondary" }), await state()];
  return { title: "その他", part: "more", body: h("div.stack", {}, queue, carrying(), rest), refresh, bare: !open };
});

function sending() {
  const { waiting, state, busy, conflicts } = sender.link;
  const now = async () => {
    say("送信しています…", { seconds: 0 });
    await sender.send({ again: true });
    const { waiting: left, state: found } = sender.link;
    if (left) say(`送信できなかった記録が ${left}件あります。端末に残っています。`, { bad: true });
    else say(found === "ok" ? "すべて送信しました。" : "未送信の記録はありません。いまは本部とつながっていません。", { bad: found !== "ok" });
  };
  return h("section.ask", {}, h("h2", {}, `未送信 ${waiting}件`),
    h("p", {}, state === "ok" && tablet.heard ? `本部とつながっています。最後の通信 ${clock(tablet.heard + tablet.offset)}` : "つながると、ひとりでに送信します。"),
    conflicts ? h("p.notice", {}, `ほかの端末の記録と食い違うものが ${conflicts}件ありました。送信は済んでいます。本部が両方を見て決めます。`) : null,
    button("今すぐ送信", now, { kind: "primary", disabled: busy || undefined }));
}

/* What the server could not take: it stays here until a person has looked at it. */
async function held() {
  const entries = (await store.values("queue")).filter((entry) => entry.status);
  if (!entries.length) return null;
  const events = new Map(unsent().map((event) => [event.id, event]));
  return h("section.ask.ask--bad", {}, h("h2", {}, `要確認 ${entries.length}件`),
    h("p", {}, "本部が受け取れなかった記録です。消えません。理由を見て、正しい内容で入れ直すか、「今すぐ送信」でもう一度送ってください。"),
    h("ul", {}, entries.map((entry) => h("li", {}, `${about(events.get(entry.id))}：${entry.why || "理由は本部に聞いてください"}`))));
}

function about(event) {
  if (!event) return "記録";
  const person = view.person.get(event.kind === "stay" ? event.fields.person ?? view.stay.get(event.entity)?.values.person : event.entity);
  return [KINDS[event.kind], person ? called(person.values) : "", clock(event.at + tablet.offset)].filter(Boolean).join(" ");
}

function carrying() {
  const write = async () => {
    if (!sender.link.waiting) return say("未送信の記録はありません。");
    const entries = (await store.values("queue")).sort((one, other) => one.seq - other.seq);
    const items = entries.map(({ id, k, iv, c }) => ({ id, k, iv, c }));
    download(`intake-${tablet.device.id}-${new Date().toISOString().slice(0, 16).replace(/\D/g, "")}.json`, JSON.stringify({ app: words.app, v: words.v, device: tablet.device.id, exported_at: Date.now(), items }));
    say(`${items.length}件を書き出しました。本部で読み込むまで、この端末からは消えません。`);
    return undefined;
  };
  const read = async (event) => {
    const file = event.target.files[0];
    if (!file) return;
    try {
      const said = JSON.parse(await file.text());
      if (said.app !== words.app || !Array.isArray(said.results)) throw new Error("no receipt");
      const ids = new Set((await store.values("queue")).map((entry) => entry.id));
      const done = await sender.settle(said.results, ids);
      await sender.count();
      say(`本部が受け取った ${done}件を、この端末から消しました。`);
      await go("more");
    } catch {
      say("本部の受取ファイルではありません。", { bad: true });
    }
  };
  const receipt = h("input.visually-hidden", { type: "file", accept: "application/json,.json", id: "receipt", onchange: read });
  return h("section.ask", {}, h("h2", {}, "通信がまったくないとき"),
    h("p", {}, "未送信の記録を、暗号のままファイルに書き出して、USBなどで本部へ運べます。中身は本部でしか開けません。"),
    h("div.choice", {}, button("ファイルに書き出す", write, { kind: "secondary" }), receipt, h("label.button.secondary", { for: "receipt" }, "受取ファイルを読み込む")));
}

function onShift() {
  const [person, pin] = personFields();
  const problem = h("div", { role: "alert" });
  const join = async () => {
    const wrong = personProblem(person, pin);
    if (wrong) return replace(problem, h("p.error", {}, wrong));
    await shift.join(person.input.value.trim(), pin.input.value.trim());
    say(`${shift.who()} に交代しました。`);
    return go("home");
  };
  const end = async () => {
    if (await shift.leave(shift.who())) return shift.lock();
    return say("最後の一人は外せません。先に次の人を加えてください。", { bad: true });
  };
  return h("section.ask", {}, h("h2", {}, `担当：${shift.who()}`),
    h("div.choice", {}, button("ロックする", () => shift.lock(), { kind: "secondary" }), button("勤務を終える（自分を外す）", end, { kind: "secondary" })),
    h("details.others", {}, h("summary", {}, "担当者を加える・交代する"), h("div.stack", {}, problem, person.node, pin.node, button("加えて交代する", join, { kind: "primary" }))));
}

function desk() {
  return h("section.ask", {}, h("h2", {}, "物資・困りごと・引継ぎ・日報"), h("p", {}, "通信があるときに、避難所の事務の画面で入力します（職員のログインが要ります）。"), h("a.button.secondary", { href: `/shelter/desk/${tablet.shelter.id}` }, "避難所の事務を開く"));
}

async function state() {
  const test = await storage.test();
  const version = await updates.version();
  const rows = [
    ["端末", `${tablet.device?.name ?? ""}（番号 ${tablet.device?.id ?? ""}）`],
    ["記録の保存", test.sound ? (test.lasting ? "できます" : "できます（自動で消さない約束はありません）") : `できません。${storage.PAPER}`],
    ["圏外での起動", (await updates.ready()) ? "できます" : "まだできません。通信できる所で一度開いてください"],
    ["画面の版", version || "（確認できません）"],
    ["本部", call()],
  ];
  const look = button(document.documentElement.dataset.look === "light" ? "暗い画面にする" : "明るい画面にする（屋外）", () => {
    const light = document.documentElement.dataset.look !== "light";
    document.documentElement.dataset.look = light ? "light" : "dark";
    localStorage.setItem("intake-look", light ? "light" : "dark");
    void go("more");
  }, { kind: "secondary" });
  return h("section.ask", {}, h("h2", {}, "この端末"), h("dl.facts", {}, rows.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])), look);
}

/* Giving the tablet back wipes it; not while anything waits. */
function giveBack() {
  const sure = field("確かめるため「返す」と入れてください", { maxlength: 10 });
  const wipe = async () => {
    await sender.count();
    if (sender.link.waiting) return say(`未送信の記録が ${sender.link.waiting}件あるので、消せません。先に送信するか、本部の受取ファイルを読み込んでください。`, { bad: true, seconds: 0 });
    if (sure.input.value.trim() !== "返す") return say("「返す」と入れてください。", { bad: true });
    await shift.lock();
    await sender.stop(async () => {
      const stores = ["kept", "queue", "journal", "view", "residents", "draft"];
      await store.write(stores, (of) => stores.forEach((name) => of(name).clear()));
      unmark();
    });
    location.reload();
    return undefined;
  };
  return h("section.ask", {}, h("h2", {}, "端末を返す（ログアウト）"), h("p", {}, "この端末の名簿と登録を消します。避難した人の記録は本部に残ります。"), h("details.others", {}, h("summary", {}, "端末の中を消す"), h("div.stack", {}, sure.node, button("消して返す", wipe, { kind: "danger" }))));
}
