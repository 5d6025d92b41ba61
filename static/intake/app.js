/* Which screen is shown, and the frame around it: whose tablet, how many, what waits, the parts. */

import { button, h, replace } from "./dom.js";
import * as sender from "./sender.js";
import * as shift from "./shift.js";
import { clock, drill, tablet, when } from "./tablet.js";
import { figures } from "./view.js";
import { call, words } from "./words.js";

const screens = new Map();
let shown = { name: "", leave: null, refresh: null };
let asked = 0;
const PARTS = [["home", "人数・受付"], ["list", "名簿"], ["roll", "点呼"], ["more", "その他"]];

/* `show(parameters)` builds the screen: {title, body, part?, focus?, refresh?, leave?, bare?}. */
export function screen(name, show) {
  screens.set(name, show);
}

/* Of two that are asked for at once the later one stays, whichever is built first. */
export async function go(name, parameters = {}) {
  const mine = ++asked;
  shown.leave?.();
  shown.leave = null;
  const built = await screens.get(name)(parameters);
  if (mine !== asked) return;
  shown = { name, ...built };
  const main = document.getElementById("main");
  main.className = `main main--${name}`;
  replace(main, built.title ? h("h1", {}, built.title) : h("h1.visually-hidden", {}, words.town + " 避難所の受付"), built.body);
  scrollTo(0, 0);
  frame();
  (built.focus ?? main).focus({ preventScroll: true });
}

export function here() {
  return shown.name;
}

function frame() {
  const bare = shown.bare || !shift.open();
  const parts = PARTS.map(([name, label]) => button(label, () => go(name), { kind: "part", "aria-current": shown.part === name ? "page" : undefined }));
  replace(document.getElementById("parts"), bare ? null : parts);
  document.getElementById("parts").hidden = bare;
  header();
}

function header() {
  const { waiting, held } = sender.link;
  document.documentElement.classList.toggle("drill", Boolean(drill()));
  document.title = `${drill() ? "【訓練】" : ""}${waiting ? `（未送信${waiting}）` : ""}${tablet.shelter?.name ?? ""} 受付`;
  const open = shift.open();
  const { named, counted } = open ? figures() : { named: 0, counted: 0 };
  replace(
    document.getElementById("top"),
    words.demo ? h("p.band", {}, "お試し用の画面です") : null,
    exercise(),
    h("div.top__row", {},
      h("p.top__place", {}, tablet.shelter?.name ?? `${words.town} 避難所の受付`, tablet.device ? h("span.quiet", {}, ` ${tablet.device.name}`) : null),
      open ? h("p.top__count", {}, h("b", {}, String(named + counted)), "人") : null,
      tablet.device ? h(`p.top__waiting${waiting ? ".top__waiting--some" : ""}`, { id: "waiting" }, `未送信 ${waiting}件${held ? `（要確認 ${held}）` : ""}`) : null,
      open ? button([shift.who(), h("span.who__do", {}, "ロック")], () => shift.lock(), { kind: "who" }) : null,
    ),
    banner(),
  );
}

/* 訓練: own words, own pattern, on every screen. */
function exercise() {
  const now = drill();
  if (!now) return null;
  return h("p.exercise", { role: "status" }, h("span", {}, `【訓練】${now.name}`), h("small", {}, "ここでの入力は訓練の記録になります。本当の避難者が来たら、先に本部へ。"));
}

/* One sentence about the way to the server, in the words of who stands at the door. */
function banner() {
  const { state, told, error, waiting } = sender.link;
  const late = tablet.heard ? `最後の通信 ${clock(tablet.heard + tablet.offset)}` : "まだ通信できていません";
  const kept = "入力はこの端末に残っています。このまま続けてください。";
  const wrong = Math.abs(tablet.offset) > 300_000 ? `端末の時計が約${span(tablet.offset)}ずれています。記録の時刻は本部で直します。` : "";
  const sentences = {
    offline: `圏外です。${kept}${late}`,
    portal: `Wi-Fiの案内画面などに止められています。${kept}${late}`,
    busy: `サーバーが混み合っています。${kept}${late}`,
    wrong: `送信できません。${kept}${told} 本部へ：${call()}`,
    refused: error === "revoked"
      ? `この端末は本部が使用を止めました。未送信 ${waiting}件は消えていません。本部へ：${call()}`
      : `本部がこの端末を確認できません。${kept} 本部へ：${call()}`,
  };
  const said = [tablet.device ? sentences[state] : "", wrong].filter(Boolean).join(" ");
  return said ? h(`p.banner.banner--${state}`, { role: state === "refused" ? "alert" : undefined }, said) : null;
}

function span(ms) {
  const minutes = Math.round(Math.abs(ms) / 60_000);
  if (minutes < 90) return `${minutes}分`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)}時間` : `${Math.round(minutes / 1440)}日`;
}

export function watch() {
  for (const what of ["queue", "link", "figures", "view"]) {
    when(what, () => {
      header();
      shown.refresh?.();
    });
  }
  when("lock", frame);
}
