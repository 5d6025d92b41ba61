/* Shows an alert as a notification. Everything that is shown came with the message, so no network is needed; nothing is cached but the
   address of the subscription, which the browser does not tell when it replaces it. */
"use strict";

const STORE = "push";
const REMEMBERED = "/subscribe/push/endpoint"; // a name inside of the store, no page
const OPEN = { ja: "くわしく見る", en: "Open" };

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("push", (event) => event.waitUntil(show(read(event.data))));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data));
});
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));

function read(data) {
  try {
    return data.json();
  } catch {
    return {}; // a browser demands that something is shown for every message
  }
}

function show(message) {
  const urgent = message.level >= 4;
  const lang = message.lang === "en" ? "en" : "ja";
  return self.registration.showNotification(message.title || "防災情報", {
    body: message.body || "新しいお知らせがあります。開いて確かめてください。",
    lang,
    dir: "ltr",
    tag: message.tag || "alert",
    renotify: true, // a correction takes the place of what it corrects, and is heard again
    requireInteraction: urgent,
    vibrate: urgent ? [500, 200, 500, 200, 500] : [300],
    icon: "/static/icon.svg",
    timestamp: Date.now(),
    actions: [{ action: "open", title: OPEN[lang] }],
    data: { url: here(message.url), level: message.level },
  });
}

/* The page of the alert on the site that this worker belongs to, whatever the message says. */
function here(address) {
  try {
    const url = new URL(address, self.location.origin);
    if (!url.protocol.startsWith("http")) throw new TypeError(url.protocol);
    return self.location.origin + url.pathname + url.search;
  } catch {
    return self.location.origin + "/";
  }
}

async function open(data) {
  const url = (data && data.url) || self.location.origin + "/";
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const shown = pages.find((page) => page.url === url);
  return shown ? shown.focus() : self.clients.openWindow(url);
}

async function renew(event) {
  const old = event.oldSubscription ? event.oldSubscription.endpoint : await remembered();
  const next = event.newSubscription || (await subscribeAgain());
  if (!old || !next) return;
  const body = JSON.stringify({ endpoint: old, subscription: next.toJSON() });
  await fetch("/subscribe/push/renew", { method: "POST", headers: { "Content-Type": "application/json" }, body });
  await (await caches.open(STORE)).put(REMEMBERED, new Response(next.endpoint));
}

async function remembered() {
  const found = await (await caches.open(STORE)).match(REMEMBERED);
  return found ? found.text() : "";
}

async function subscribeAgain() {
  const answer = await fetch("/subscribe/push");
  const { key } = await answer.json();
  return key ? self.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }) : null;
}
