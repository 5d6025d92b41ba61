/* The nightly roll call: by list, one tap a family or a person. Who was not seen for two nights stands out. */

import { go, screen } from "../app.js";
import { button, h, replace, toggle } from "../dom.js";
import { about, called } from "../names.js";
import { record } from "../record.js";
import { today } from "../tablet.js";
import { isHere, present, view } from "../view.js";
import { failed } from "./failed.js";
import { families } from "./list.js";

let missingOnly = false;

screen("roll", () => {
  const rows = h("div.rolls");
  const counts = h("p.roll__count", { role: "status" });
  const draw = () => {
    const here = present().filter((stay) => isHere(stay) && !stay.values.out_until);
    const seen = here.filter((stay) => stay.values.seen_on === today());
    replace(counts, h("b", {}, `${seen.length} / ${here.length}人`), ` 確認済み　のこり ${here.length - seen.length}人`);
    const shown = families(here).filter(({ stays }) => !missingOnly || stays.some((stay) => stay.values.seen_on !== today()));
    replace(rows, shown.length ? shown.map(family) : h("p", {}, here.length ? "全員を確認しました。" : "まだだれもいません。"));
  };
  draw();
  const filter = toggle("まだの人だけ", missingOnly, (on) => ((missingOnly = on), draw()));
  return { title: "点呼", part: "roll", refresh: draw, body: h("div.stack", {}, h("div.roll__top", {}, counts, filter), rows, button("名簿を開く", () => go("list"), { kind: "quiet" })) };
});

function family({ home, stays }) {
  const every = stays.every((stay) => stay.values.seen_on === today());
  return h("div.roll", { role: "group", "aria-label": called(view.person.get(stays[0].values.person).values) },
    h("p.roll__code", {}, home?.values.code ?? ""),
    h("div.roll__people", {}, stays.map(one)),
    stays.length > 1 ? button(every ? "全員確認" : "全員いる", () => mark(stays.filter((stay) => stay.values.seen_on !== today()), true), { kind: every ? "secondary" : "primary", disabled: every }) : null);
}

function one(stay) {
  const { values } = view.person.get(stay.values.person);
  const on = stay.values.seen_on === today();
  const nights = missed(stay);
  return toggle([h("span.tick__mark", { "aria-hidden": "true" }), h("span.tick__name", {}, called(values)), h("span.tick__about", {}, about(values), nights >= 2 ? h("b.tag.tag--bad", {}, `${nights}晩 未確認`) : null)], on, (now) => void mark([stay], now), { kind: "tick" });
}

/* Nights since somebody was seen, or since the arrival. */
function missed(stay) {
  const since = stay.values.seen_on ?? today(stay.values.start);
  return Math.max(0, Math.round((Date.parse(today()) - Date.parse(since)) / 86_400_000));
}

async function mark(stays, on) {
  if (!stays.length) return;
  await failed(record(stays.map((stay) => ({ kind: "stay", entity: stay.id, fields: { seen_on: on ? today() : null } }))));
}
