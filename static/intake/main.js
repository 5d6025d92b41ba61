/* The start: is this tablet enrolled, can it keep what it is given, who is on shift. */

import { go, watch } from "./app.js";
import * as sender from "./sender.js";
import * as shift from "./shift.js";
import { load, tablet, when } from "./tablet.js";
import * as updates from "./updates.js";
import * as view from "./view.js";
import * as residents from "./residents.js";
import { paper } from "./screens/enrol.js";
import "./screens/unlock.js";
import "./screens/home.js";
import "./screens/find.js";
import "./screens/family.js";
import "./screens/scan.js";
import "./screens/slip.js";
import "./screens/list.js";
import "./screens/household.js";
import "./screens/roll.js";
import "./screens/special.js";
import "./screens/more.js";
import { h, replace } from "./dom.js";

document.documentElement.dataset.look = localStorage.getItem("intake-look") ?? "dark";
watch();
when("lock", () => {
  if (shift.open()) return;
  view.clear();
  residents.clear();
  void first();
});

async function first() {
  const people = tablet.device ? await shift.people() : [];
  await go(people.length ? "unlock" : "enrol");
}

try {
  void updates.start();
  await load();
  await first();
  shift.watch();
  sender.start();
} catch (error) {
  console.warn("no start", error.name);
  const { title, body } = paper("保存する場所を開けません。");
  replace(document.getElementById("main"), h("h1", {}, title), body);
}

