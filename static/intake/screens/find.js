/* The reception: look a family up in the residents' list, instead of typing it. What was saved last stands on top, with its code. */

import { go, screen } from "../app.js";
import * as arrivals from "../arrivals.js";
import { button, h, replace, say } from "../dom.js";
import * as drafts from "../drafts.js";
import { about } from "../names.js";
import { record } from "../record.js";
import * as residents from "../residents.js";
import { clock, tablet } from "../tablet.js";
import { byPerson } from "../view.js";
import { failed } from "./failed.js";

let saved = null; // what arrivals.save gave

export function savedNow(result) {
  saved = result;
}

screen("find", () => {
  let area = "";
  const input = h("input.input.input--large", { type: "search", id: "query", autocomplete: "off", autocapitalize: "off", spellcheck: "false", enterkeyhint: "search", "aria-describedby": "query-hint", lang: "ja" });
  const results = h("div.results", { "aria-live": "polite" });
  const refresh = () => replace(results, list(input.value, area));
  input.addEventListener("input", refresh);
  const areas = tablet.shelter.areas ?? [];
  const towns = h("select.input", { "aria-label": "町名でしぼる", onchange: (event) => ((area = event.target.value), refresh()) },
    h("option", { value: "" }, "町名でしぼる"), areas.map((one) => h("option", { value: one.code }, one.name)));
  const body = h("div.stack", {},
    panel(),
    h("div.search", {},
      h("label.label", { for: "query" }, "名前のかな・生年月日・町名"),
      h("p.hint", { id: "query-hint" }, "例：やまだ　S600412　ながふけ"),
      input,
      h("div.search__more", {}, areas.length > 1 ? towns : null,
        button("名簿にない・打って入力", () => type(), { kind: "secondary" }),
        button("QR", () => go("scan"), { kind: "secondary" }))),
    results,
    h("details.others", {}, h("summary", {}, "そのほかの受付"),
      h("div.two", {},
        button("名前の分からない人", () => go("unknown"), { kind: "secondary" }),
        button("帰宅できない人・旅行者", () => go("visitor"), { kind: "secondary" }),
        button("団体（バス・学校・施設）", () => go("group"), { kind: "secondary" }),
        button("日本語の名前でない人", () => type({ romaji: true }), { kind: "secondary" }))));
  return { title: "受付", body, part: "home", focus: input };
});

function type(more = {}) {
  drafts.begin(drafts.family({ ...more, members: [drafts.member()] }));
  return go("family");
}

function list(query, area) {
  if (!query.trim() && !area) return null;
  const found = residents.search(query, area);
  if (!found.length) {
    return [h("p", {}, "名簿に見つかりません。入力のまちがいかもしれませんが、探し直さずに打って入力してもかまいません。"), button("打って入力する", () => type(), { kind: "primary" })];
  }
  const stays = byPerson();
  return found.map((home) => result(home, stays));
}

function result({ key, members }, stays) {
  const head = members[0];
  const pick = async () => {
    drafts.begin(await arrivals.fromList(key, members));
    await go("family");
  };
  const node = button([
    h("span.result__name", {}, head.kana || head.name, h("span.quiet", {}, ` ${head.name}`)),
    h("span.result__people", {}, members.map((one) => `${(one.kana.split(/\s+/)[1] ?? one.kana) || one.name}（${about(one)}）`).join("　")),
    h("span.quiet", {}, head.address),
    h("span.result__here"),
  ], pick, { kind: "result" });
  void mark(node.querySelector(".result__here"), members, stays);
  return node;
}

async function mark(place, members, stays) {
  const here = (await Promise.all(members.map((one) => arrivals.personOf(one.id)))).map((id) => stays.get(id)).filter(Boolean);
  if (here.length) replace(place, h("b.tag", {}, `${here.length}人は受付済み ${clock(Math.min(...here.map((stay) => stay.values.start)) + tablet.offset)}`));
}

function panel() {
  if (!saved) return null;
  const { code, names, household } = saved;
  return h("section.saved", { "aria-label": "いま受け付けた人", role: "status" },
    h("p.saved__code", {}, code),
    h("p", {}, `${names[0]}${names.length > 1 ? ` ほか${names.length - 1}人` : ""}を受け付けました（${names.length}人）`),
    h("div.actions", {},
      button("札を出す", () => go("slip", { household }), { kind: "secondary" }),
      button("取り消す", () => takeBack(), { kind: "quiet" })));
}

async function takeBack() {
  const { undo, code } = saved;
  if (await failed(record(undo))) return;
  saved = null;
  say(`${code} の受付を取り消しました。`);
  await go("find");
}
