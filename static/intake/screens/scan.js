/* Codes: with the camera, with a scanner that types, or typed. A card checks its household in; a slip opens it; the next code comes at once. */

import { go, screen } from "../app.js";
import * as arrivals from "../arrivals.js";
import { readQr } from "../cards.js";
import { goesBy, readCode } from "../codes.js";
import { button, field, h, replace, say } from "../dom.js";
import * as drafts from "../drafts.js";
import * as qr from "../qr.js";
import { tablet } from "../tablet.js";
import { view } from "../view.js";

screen("scan", ({ saved = null, enrol = false } = {}) => {
  const video = h("video.camera", { muted: true, playsinline: true, "aria-label": "カメラ" });
  const told = h("p.hint", { role: "status" }, "カメラを開いています…");
  const typed = field("読み取り機・手入力", { enterkeyhint: "go", maxlength: 4000, inputmode: "text" }, enrol ? "登録コード" : "カードのQR、または番号（例 AC-1021-7）");
  let stop = null;
  let left = false;
  const use = async (text) => {
    if (left) return;
    if (enrol) {
      location.hash = encodeURIComponent(text.slice(-40));
      await go("enrol");
    } else if (!(await open(text))) {
      typed.input.value = "";
      replace(told, "この町のカードや札ではありません。名前で探してください。");
    }
  };
  typed.input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || !typed.input.value.trim()) return;
    event.preventDefault();
    void use(typed.input.value);
  });
  qr.watch(video, use).then(
    (end) => {
      stop = end;
      if (left) end();
      replace(told, "QRコードを枠の中に入れてください。");
    },
    () => {
      video.hidden = true;
      replace(told, "カメラを使えません。読み取り機か、番号の入力を使ってください。");
    },
  );
  const body = h("div.stack", {},
    saved ? h("section.saved", { role: "status" }, h("p.saved__code", {}, saved.code), h("p", {}, `${saved.names[0]}${saved.names.length > 1 ? ` ほか${saved.names.length - 1}人` : ""}を受け付けました（${saved.names.length}人）`), h("div.actions", {}, button("札を出す", () => go("slip", { household: saved.household }), { kind: "secondary" }))) : null,
    video, told, typed.node,
    enrol ? button("戻る", () => go("enrol"), { kind: "secondary" }) : button("名前で探す", () => go("find"), { kind: "secondary" }));
  const leave = () => {
    left = true;
    stop?.();
  };
  return { title: enrol ? "登録コードを読む" : "QRを読む", body, part: "home", bare: enrol, focus: typed.input, leave };
});

/* Opens what a code names; whether it was one of ours. */
async function open(text) {
  const code = readCode(text);
  if (code) {
    const found = [...view.household.values()].filter((one) => goesBy(one, code));
    if (found.length > 1) {
      await go("list", { query: code });
      say(`${code} の札は${found.length}世帯にあります。名前を確かめて選んでください。`);
    } else if (!found.length) say(`${code} はこの端末の名簿にありません。名前で探してください。`, { bad: true });
    else await go("household", { household: found[0].id });
    return true;
  }
  const card = await readQr(text, tablet.seal?.card);
  if (!card) return false;
  if (card.people?.length) {
    drafts.begin(await arrivals.fromCard(card));
    await go("family", { back: "scan" });
    return true;
  }
  const household = view.household.has(card.household) ? card.household : await arrivals.homeOf(card);
  if (view.household.has(household)) await go("household", { household });
  else {
    drafts.begin(drafts.family({ household, card: card.household, members: [drafts.member()] }));
    await go("family", { back: "scan" });
    say("まだ受け付けていない札です。名前を入れてください。");
  }
  return true;
}
