/* The slip of a household: its code large, and a QR that names it and nothing else. */

import { go, screen } from "../app.js";
import { slipText } from "../cards.js";
import { button, h } from "../dom.js";
import { called } from "../names.js";
import * as qr from "../qr.js";
import { clock, drill, tablet } from "../tablet.js";
import { present, view } from "../view.js";

screen("slip", ({ household, back = "find" }) => {
  const home = view.household.get(household);
  const stays = present().filter((stay) => view.person.get(stay.values.person)?.values.household === household);
  const names = stays.map((stay) => called(view.person.get(stay.values.person).values));
  const code = home?.values.code ?? "";
  const slip = h("article.slip", {},
    drill() ? h("p.slip__drill", {}, "【訓練】") : null,
    h("p.slip__place", {}, tablet.shelter.name),
    h("p.slip__code", {}, code),
    qr.drawn(slipText(household), `${code} のQRコード`),
    h("p", {}, `${names[0] ?? ""}${names.length > 1 ? ` ほか${names.length - 1}人` : ""}`),
    stays[0] ? h("p", {}, `受付 ${clock(stays[0].values.start + tablet.offset)}`) : null,
    h("p.hint", {}, "出るとき・物資を受け取るときに見せてください。番号を手首の札に書き写してもかまいません。"));
  return { title: "", part: "home", body: h("div.stack", {}, slip, h("div.actions.no-print", {}, button("印刷する", () => print(), { kind: "primary" }), button("次の受付", () => go(back, { household }), { kind: "secondary" }))) };
});
