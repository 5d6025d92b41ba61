/* Start of a shift, and back from a lock: one's name, one's PIN. */

import { go, screen } from "../app.js";
import { button, field, h, replace } from "../dom.js";
import * as drafts from "../drafts.js";
import * as residents from "../residents.js";
import * as sender from "../sender.js";
import * as shift from "../shift.js";
import * as storage from "../storage.js";
import * as updates from "../updates.js";
import * as view from "../view.js";
import { paper } from "./enrol.js";

screen("unlock", async () => {
  const test = await storage.test();
  if (!test.sound) return paper(test.why);
  if (!(await drafts.kept())) void updates.takeOver();
  const people = await shift.people();
  let chosen = people.length === 1 ? people[0].name : "";
  const problem = h("div", { role: "alert" });
  const pin = field("暗証番号", { type: "password", inputmode: "numeric", maxlength: 12, autocomplete: "off", class: "input input--large" });
  const names = h("div.names", { role: "group", "aria-label": "担当者" },
    people.map((one) => button(one.name, (event) => {
      chosen = one.name;
      for (const node of names.children) node.setAttribute("aria-pressed", String(node === event.currentTarget));
      pin.input.focus();
    }, { kind: "toggle", "aria-pressed": String(one.name === chosen) })));
  const submit = async () => {
    const pause = await shift.waiting();
    if (pause) return replace(problem, h("p.error", {}, `暗証番号が続けて違いました。あと${pause}秒待ってください。`));
    if (!chosen) return replace(problem, h("p.error", {}, "名前を押してください。"));
    const typed = pin.input.value.trim();
    pin.input.value = "";
    if (!(await shift.unlock(chosen, typed))) {
      pin.input.focus();
      return replace(problem, h("p.error", {}, "暗証番号が違います。"));
    }
    return enterShift();
  };
  const form = h("form.form", { onsubmit: (event) => (event.preventDefault(), submit()) },
    sender.link.waiting ? h("p.notice", {}, `未送信の記録が ${sender.link.waiting}件あります。消えません。`) : null,
    problem, names, pin.node,
    h("div.actions", {}, h("button.button.primary", { type: "submit" }, "開く")),
    test.lasting ? null : h("p.quiet", {}, "この端末は、ブラウザーが保存領域を自動で消さないと約束していません。こまめに送信してください。"),
    h("details", {}, h("summary", {}, "暗証番号が分からないとき"), h("p", {}, "担当のほかの人に開けてもらい、「その他」で自分を加え直してください。だれも分からないときは、本部から新しい登録コードをもらいます。未送信の記録は消えません。"), button("登録し直す", () => go("enrol"), { kind: "secondary" })));
  return { title: "担当者を選んで、暗証番号を入れてください", body: form, bare: true, focus: chosen ? pin.input : undefined };
});

/* Behind the lock: what is here is read into memory, an open form is shown again, and what waits is sent. */
export async function enterShift() {
  await view.load();
  await residents.load();
  const draft = await drafts.load();
  await go(draft ? "family" : "home");
  void sender.send();
}
