/* A new tablet: the code from headquarters, and the first person of the shift. */

import { go, screen } from "../app.js";
import { button, field, h, replace, say } from "../dom.js";
import * as sender from "../sender.js";
import * as shift from "../shift.js";
import * as storage from "../storage.js";
import { kept, marked, tablet } from "../tablet.js";
import { call, words } from "../words.js";
import { ask } from "../wire.js";
import { enterShift } from "./unlock.js";

const CODE = /[A-Z2-9]{4}-?[A-Z2-9]{4}/;

screen("enrol", async () => {
  const test = await storage.test();
  if (!test.sound) return paper(test.why);
  const again = Boolean(tablet.device);
  const code = field("登録コード", { autocapitalize: "characters", inputmode: "text", value: fromAddress(), class: "input input--large" }, "本部が出したコードです（例 ABCD-2345）。15分、1回だけ使えます。");
  const name = field("この端末の名前", { value: tablet.device?.name ?? "受付1", maxlength: 40 }, "受付1、受付2 のように、机ごとに変えます。");
  const [person, pin] = personFields();
  const problem = h("div", { role: "alert" });
  const form = h("form.form", { onsubmit: (event) => (event.preventDefault(), submit()), novalidate: true },
    lost(), again ? h("p.notice", {}, `未送信の記録 ${sender.link.waiting}件は端末に残っています。登録し直すと送信します。`) : null,
    problem, code.node, name.node, person.node, pin.node,
    h("div.actions", {}, h("button.button.primary", { type: "submit" }, "登録して始める"),
      button("QRで読み取る", () => go("scan", { enrol: true }), { kind: "secondary" }),
      again ? button("ファイルに書き出す", () => go("more"), { kind: "secondary" }) : null));
  const submit = async () => {
    const typed = CODE.exec(code.input.value.normalize("NFKC").toUpperCase());
    const wrong = !typed ? "登録コードは8文字です。" : personProblem(person, pin);
    if (wrong) return replace(problem, h("p.error", {}, wrong));
    replace(problem);
    say("登録しています…", { seconds: 0 });
    try {
      const said = await ask("devices/enrol", { body: { code: typed[0], name: name.input.value.trim() } });
      Object.assign(tablet, { device: said.device, shelter: { areas: [], others: [], ...said.shelter }, seal: said.seal, cursor: 0, version: "", heard: Date.now() });
      await shift.begin(person.input.value.trim(), pin.input.value.trim(), said.token, kept());
      say("登録しました。");
      await enterShift();
    } catch (error) {
      say("");
      replace(problem, h("p.error", {}, sentence(error)));
    }
    return undefined;
  };
  return { title: "この端末を登録する", body: form, bare: true, focus: code.input.value ? name.input : code.input };
});

export function personFields() {
  const person = field("あなたの名前", { maxlength: 40, autocomplete: "off" }, "受け付けた記録に付きます。");
  const pin = field("あなたの暗証番号", { type: "password", inputmode: "numeric", maxlength: 12, autocomplete: "new-password" }, "6けた以上の数字を決めてください。画面のロックを開けるときに使います。");
  return [person, pin];
}

export function personProblem(person, pin) {
  if (!person.input.value.trim()) return "あなたの名前を入れてください。";
  const given = pin.input.value.trim();
  if (!shift.PIN.test(given)) return "暗証番号は6けた以上の数字です。";
  return new Set(given).size < 3 || "01234567890 98765432109".includes(given) ? "もう少し分かりにくい暗証番号にしてください。" : "";
}

export function paper(why) {
  return { title: "紙の受付票を使ってください", bare: true, body: h("div.form", {}, h("p.notice.notice--bad", { role: "alert" }, storage.PAPER), h("p", {}, why), h("p", {}, `本部へ：${call()}`), button("もう一度確かめる", () => location.reload(), { kind: "primary" })) };
}

/* The database is empty, but a mark says that something waited in it. */
function lost() {
  const waiting = tablet.device ? 0 : marked()?.waiting ?? 0;
  if (!waiting) return null;
  return h("p.notice.notice--bad", { role: "alert" }, `この端末の保存領域が消されています。未送信だった記録 ${waiting}件が失われたかもしれません。本部へ知らせてください：${call()}`);
}

function fromAddress() {
  return CODE.exec(decodeURIComponent(location.hash).toUpperCase())?.[0] ?? "";
}

function sentence(error) {
  if (error.told) return error.told;
  return { offline: "ネットワークにつながりません。登録には、一度だけ通信が必要です。", portal: "Wi-Fiの案内画面などに止められています。つなぎ直してから、もう一度押してください。", busy: "サーバーが混み合っています。少し待って、もう一度押してください。" }[error.kind] ?? `登録できませんでした。本部へ：${words.headquarters.phone}`;
}
