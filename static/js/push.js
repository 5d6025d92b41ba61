/* Notifications of this browser, as one more way on the page of subscribing. Without this script, or where the browser cannot do it, nothing
   of it is seen. The words stand in the page (#push, data-…). */
"use strict";

(() => {
  const STORE = "push";
  const REMEMBERED = "/subscribe/push/endpoint";
  const box = document.getElementById("push");
  const form = document.getElementById("subscribe-form");
  if (!box || !form) return;
  const can = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  const apple = /iPhone|iPad/.test(navigator.userAgent) || (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);

  if (can) start();
  else if (apple && !navigator.standalone) {
    box.hidden = false;
    say(box.dataset.apple);
    box.querySelector("[data-part=leave]").hidden = true;
  }

  async function start() {
    const found = await fetch("/subscribe/push").then((answer) => answer.json()).catch(() => ({}));
    if (!found.key) return;
    const radio = offer();
    form.addEventListener("submit", (event) => {
      if (!radio.checked) return;
      event.preventDefault();
      subscribe(found.key);
    });
    form.addEventListener("change", () => { box.hidden = !radio.checked && !box.dataset.active; });
    box.querySelector("[data-part=leave]").addEventListener("click", leave);
    await look();
  }

  /* One more choice in the list of ways. */
  function offer() {
    const list = form.querySelector("#field-channel");
    const choices = list.querySelectorAll("label.choice");
    const label = document.createElement("label");
    label.className = "choice";
    const radio = document.createElement("input");
    radio.type = "radio";
    radio.name = "channel";
    radio.value = "webpush";
    label.append(radio, box.dataset.offer);
    const ways = [...choices].filter((one) => one.querySelector("[name=channel]"));
    if (ways.length) ways[ways.length - 1].after(label);
    else list.append(label);
    return radio;
  }

  /* Whether this browser is subscribed already; a permission that was taken back, or a subscription that was replaced, is told to the service. */
  async function look() {
    const worker = await navigator.serviceWorker.getRegistration("/subscribe");
    const subscription = worker ? await worker.pushManager.getSubscription() : null;
    const before = await remembered();
    if (before && !subscription) {
      await post("/subscribe/push/leave", { endpoint: before });
      await remember("");
    } else if (before && subscription && before !== subscription.endpoint) {
      await post("/subscribe/push/renew", { endpoint: before, subscription: subscription.toJSON() });
      await remember(subscription.endpoint);
    }
    if (!subscription) return;
    const state = await post("/subscribe/push/state", { endpoint: subscription.endpoint });
    if (!state.active) return;
    box.dataset.active = "yes";
    box.hidden = false;
    say(box.dataset.already);
    box.querySelector("[data-part=leave]").hidden = false;
    const link = box.querySelector("[data-part=mine]");
    link.href = state.mine + location.search;
    link.hidden = false;
  }

  async function subscribe(key) {
    const missing = wrong();
    if (missing) return say(missing, true);
    busy(true);
    try {
      if ((await Notification.requestPermission()) !== "granted") return say(box.dataset.denied, true);
      const worker = await ready();
      const subscription = await subscribed(worker, key);
      const answer = await post("/subscribe/push", { subscription: subscription.toJSON(), form: choice() });
      if (!answer.mine) return say(answer.errors ? Object.values(answer.errors).join(" ") : answer.detail || box.dataset.failed, true);
      await remember(subscription.endpoint);
      const first = { body: box.dataset.welcomeBody, tag: "welcome", icon: "/static/icon.svg" };
      await worker.showNotification(box.dataset.welcome, first).catch(() => {});
      location.assign(answer.mine);
    } catch (error) {
      say(error.name === "AbortError" || error.name === "NetworkError" ? box.dataset.unreachable : box.dataset.failed, true);
    } finally {
      busy(false);
    }
  }

  async function ready() {
    const worker = await navigator.serviceWorker.register("/push-worker.js", { scope: "/subscribe" });
    if (worker.active) return worker;
    await new Promise((resolve, reject) => {
      const coming = worker.installing || worker.waiting;
      coming.addEventListener("statechange", () => {
        if (coming.state === "activated") resolve();
        if (coming.state === "redundant") reject(new Error("worker"));
      });
      if (coming.state === "activated") resolve();
    });
    return worker;
  }

  /* A subscription that was made with another key of the service is of no use any more. */
  async function subscribed(worker, key) {
    const wanted = { userVisibleOnly: true, applicationServerKey: key };
    try {
      return await worker.pushManager.subscribe(wanted);
    } catch (error) {
      const old = await worker.pushManager.getSubscription();
      if (!old || error.name !== "InvalidStateError") throw error;
      await old.unsubscribe();
      return worker.pushManager.subscribe(wanted);
    }
  }

  async function leave() {
    busy(true);
    try {
      const worker = await navigator.serviceWorker.getRegistration("/subscribe");
      const subscription = worker ? await worker.pushManager.getSubscription() : null;
      const endpoint = subscription ? subscription.endpoint : await remembered();
      if (endpoint) await post("/subscribe/push/leave", { endpoint });
      if (subscription) await subscription.unsubscribe();
      await remember("");
      box.dataset.active = "";
      box.querySelector("[data-part=leave]").hidden = true;
      box.querySelector("[data-part=mine]").hidden = true;
      say(box.dataset.left);
    } catch {
      say(box.dataset.failed, true);
    } finally {
      busy(false);
    }
  }

  function wrong() {
    const chosen = choice();
    if (!chosen.all_areas && !chosen.areas.length) {
      form.querySelector("#field-areas").focus();
      return box.dataset.areas;
    }
    return chosen.language ? "" : box.dataset.language;
  }

  function choice() {
    const sent = new FormData(form);
    return {
      areas: sent.getAll("areas"),
      all_areas: sent.has("all_areas"),
      language: sent.get("language") || "",
      shelters: sent.has("shelters"),
      notices: sent.has("notices"),
      support: sent.has("support"),
    };
  }

  async function post(address, body) {
    const headers = { "Content-Type": "application/json", Accept: "application/json" };
    const answer = await fetch(address, { method: "POST", headers, body: JSON.stringify(body) });
    return answer.status === 204 ? {} : answer.json();
  }

  function say(words, isError) {
    const said = box.querySelector("[data-part=said]");
    box.hidden = false;
    said.textContent = isError ? `＊${words}` : words;
    box.classList.toggle("notice--error", Boolean(isError));
    box.classList.toggle("notice--info", !isError);
    if (isError) box.scrollIntoView({ block: "center" });
  }

  function busy(is) {
    for (const button of form.querySelectorAll("button")) button.disabled = is;
  }

  async function remembered() {
    const found = await (await caches.open(STORE)).match(REMEMBERED);
    return found ? found.text() : "";
  }

  async function remember(endpoint) {
    const store = await caches.open(STORE);
    await (endpoint ? store.put(REMEMBERED, new Response(endpoint)) : store.delete(REMEMBERED));
  }
})();
