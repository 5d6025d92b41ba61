/* Live parts of a page: asks again every few seconds while the page is in sight, says since when nothing new came, and can be paused.
   <div hx-get="…" hx-trigger="poll" data-poll="seconds" data-poll-slowest="seconds">; its answer holds [data-at] with the time it shows. */
"use strict";
(function () {
  const part = document.querySelector("[data-poll]");
  if (!part || !window.htmx) return;
  const status = document.querySelector("[data-poll-status]");
  const stale = document.querySelector("[data-poll-stale]");
  const pause = document.querySelector("[data-poll-pause]");
  const first = Number(part.dataset.poll) * 1000;
  const slowest = Number(part.dataset.pollSlowest || part.dataset.poll) * 1000;
  let wait = first;
  let timer = 0;
  let paused = false;
  let lastGood = Date.now();
  let waiting = false;
  let etag = "";
  const clock = (at) => new Date(at).toLocaleTimeString("ja-JP", { timeZone: "Asia/Tokyo", hour: "2-digit", minute: "2-digit", second: "2-digit" });

  function ask() {
    timer = 0;
    tell();
    if (paused || document.hidden) return;
    waiting = true;
    window.htmx.trigger(part, "poll");
    again();
  }
  function again() {
    window.clearTimeout(timer);
    timer = window.setTimeout(ask, wait);
  }
  function tell(reason) {
    const old = Date.now() - lastGood > Math.max(3 * wait, 12000);
    if (!reason && !(old && !paused)) return;
    stale.hidden = false;
    const words = reason || "新しい状態を読み込めません。";
    const text = `＊${words}この画面は${clock(lastGood)}の状態です。読み込みは続けています。`;
    if (stale.textContent !== text) stale.textContent = text;
  }
  function good() {
    lastGood = Date.now();
    stale.hidden = true;
    stale.textContent = "";
    const shown = part.querySelector("[data-at]");
    const time = document.querySelector("[data-poll-time]");
    if (shown && time) time.textContent = `${shown.dataset.at}（${clock(lastGood)}）`;
    const before = wait;
    wait = part.querySelector("[data-poll-slow]") ? slowest : first;
    if (wait < before && timer) again();
  }

  /* The server answers 304 without a body while nothing has changed. */
  part.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt === part && etag) event.detail.headers["If-None-Match"] = etag;
  });
  part.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status === 304) event.detail.shouldSwap = false;
  });
  part.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt !== part) return;
    waiting = false;
    if (event.detail.xhr && event.detail.xhr.status === 200) etag = event.detail.xhr.getResponseHeader("ETag") || "";
    const code = event.detail.xhr ? event.detail.xhr.status : 0;
    if (event.detail.successful) return good();
    wait = Math.min(2 * wait, 4 * first, Math.max(first, 30000)); // a server that is overrun is asked less often, and never given up
    if (timer) again();
    if (code === 401) tell("ログインの有効時間が切れました。もう一度ログインしてください。");
    else tell(code ? "サーバーから正しい答えがありません。" : "サーバーにつながりません。");
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && !paused) ask();
  });
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    pause.textContent = paused ? "自動更新を再開する" : "自動更新を止める";
    if (!paused) ask();
  });
  pause.hidden = false;
  status.querySelector("[data-poll-auto]").hidden = false;
  status.querySelector("[data-poll-reload]").hidden = true;
  again();
})();

/* A second press of the same button while the answer is on its way does nothing (the server would refuse it too). */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  window.setTimeout(() => delete form.dataset.sent, 4000);
});
