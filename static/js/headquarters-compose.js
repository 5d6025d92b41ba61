/* The compose page: groups of areas, shelters that suit the hazard, quick ends, and saving by itself every few seconds. */
"use strict";
(function () {
  const form = document.getElementById("compose");
  if (!form) return;
  const preview = document.getElementById("preview-body");
  const refresh = () => { if (preview && window.htmx) window.htmx.trigger(preview, "preview"); };

  /* Areas */
  const whole = document.getElementById("whole_town");
  const count = form.querySelector("[data-area-count]");
  const boxes = () => Array.from(form.querySelectorAll('input[name="areas"][type="checkbox"]'));
  function areas() {
    if (!whole) return;
    form.querySelectorAll("[data-area-group]").forEach((group) => { group.disabled = whole.checked; });
    const chosen = boxes().filter((box) => box.checked).length;
    count.textContent = whole.checked ? "全域を選んでいます。" : chosen ? `${chosen}地区を選んでいます。` : "まだ選ばれていません。";
  }
  form.querySelectorAll("[data-area-group]").forEach((group) => {
    const set = (checked) => {
      group.querySelectorAll('input[name="areas"]').forEach((box) => { box.checked = checked; });
      group.dispatchEvent(new Event("change", { bubbles: true }));
    };
    group.querySelector("[data-group-buttons]").hidden = false;
    group.querySelector("[data-group-all]").addEventListener("click", () => set(true));
    group.querySelector("[data-group-none]").addEventListener("click", () => set(false));
  });

  /* Shelters that do not suit the hazard cannot be chosen; one that was chosen before stays until it is taken out. */
  const hazard = document.getElementById("hazard");
  function shelters() {
    if (!hazard) return;
    const word = hazard.options[hazard.selectedIndex].text;
    form.querySelectorAll("[data-unfit]").forEach((label) => {
      const box = label.querySelector("input");
      const unfit = label.dataset.unfit.split(" ").includes(hazard.value);
      label.classList.toggle("choice--off", unfit);
      label.querySelector("[data-refusal]").textContent = unfit ? `${word}では使えません` : "";
      box.disabled = unfit && !box.checked;
    });
  }

  /* Fields that belong to one kind only */
  function kinds() {
    const chosen = form.querySelector('input[name="kind"]:checked');
    form.querySelectorAll("[data-for-kind]").forEach((field) => { field.hidden = !chosen || field.dataset.forKind !== chosen.value; });
  }

  /* Ends: hours from now in Japan, whatever the zone of this computer */
  const expires = document.getElementById("expires");
  form.querySelectorAll("[data-expiry-buttons]").forEach((row) => { row.hidden = false; });
  form.querySelectorAll("[data-expiry]").forEach((button) => button.addEventListener("click", () => {
    const ahead = Date.now() + Number(button.dataset.expiry) * 3600000 + 9 * 3600000;
    expires.value = new Date(Math.ceil(ahead / 600000) * 600000).toISOString().slice(0, 16);
    expires.dispatchEvent(new Event("change", { bubbles: true }));
  }));

  /* The end in words with its day of the week, whatever form this computer gives to dates */
  function ends() {
    const words = form.querySelector("[data-expiry-words]");
    const found = expires && /^(\d{4})-(\d{2})-(\d{2})T(\d{2}:\d{2})/.exec(expires.value);
    if (!words) return;
    words.textContent = found
      ? `${Number(found[2])}月${Number(found[3])}日(${"日月火水木金土"[new Date(Date.UTC(found[1], found[2] - 1, found[3])).getUTCDay()]}) ${found[4]}まで` : "";
  }

  /* Saving by itself: one request at a time, the version of the last one goes along, a conflict stops it and loses nothing. */
  const status = document.querySelector("[data-autosave-status]");
  const address = form.dataset.autosave;
  let timer = 0;
  let busy = false;
  let again = false;
  let stopped = !address;
  let leaving = false;
  const say = (text, bad) => { status.textContent = text; status.classList.toggle("stale", Boolean(bad)); };

  async function save() {
    if (stopped || leaving) return;
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(address, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" }, redirect: "error" });
      const body = await answer.json();
      if (answer.ok) {
        form.elements.version.value = body.version;
        say(`自動で保存しました（${body.saved}）`);
      } else if (answer.status === 409) {
        stopped = true;
        say(`＊${body.detail} 入力は消えていません。「保存して確認へ」を押すと、両方の内容を見比べられます。`, true);
      } else if (answer.status === 401) {
        say("＊ログインの有効時間が切れたため保存できません。別のタブでログインすると、この画面の続きを保存できます。", true);
      } else {
        say(`＊まだ保存していません：${body.detail}`, true);
      }
    } catch (error) {
      say("＊サーバーにつながらないため保存できません。入力はこの画面に残っています。", true);
      again = true;
    }
    busy = false;
    if (again) { again = false; later(5000); }
  }
  function later(wait) {
    window.clearTimeout(timer);
    timer = window.setTimeout(save, wait);
  }
  function changed() {
    areas(); shelters(); kinds(); ends();
    if (!stopped) { say("入力中…"); later(2000); }
  }
  form.addEventListener("change", changed);
  form.addEventListener("input", () => { if (!stopped) later(2000); });
  form.addEventListener("submit", (event) => {
    if (busy) { // the version that is on its way must come back first
      event.preventDefault();
      leaving = true;
      const button = event.submitter;
      const wait = window.setInterval(() => {
        if (busy) return;
        window.clearInterval(wait);
        delete form.dataset.sent;
        form.requestSubmit(button);
      }, 50);
      return;
    }
    leaving = true;
    window.clearTimeout(timer);
  });
  window.addEventListener("pageshow", () => { leaving = false; areas(); shelters(); kinds(); ends(); refresh(); });
  areas(); shelters(); kinds(); ends();
})();
