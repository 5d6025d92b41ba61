/* Keeps the intake page on the tablet. SHELL (version, and the SHA-256 of every file) stands before this code, put there by the server.
   A file is kept only when its bytes have the digest of the version; so no half download and no captive portal gets in. A new version waits:
   the old one goes on serving until its last page is closed, or until a page without an open form says that it may take over.
   What lies beside the page (/shelter/desk…) and everything of /api/ is left alone. */
"use strict";

const PREFIX = "intake-";
const CACHE = PREFIX + SHELL.version;
const PAGE = "/shelter/";

self.addEventListener("install", (event) => event.waitUntil(fill()));
self.addEventListener("activate", (event) => event.waitUntil(begin()));
self.addEventListener("message", (event) => event.waitUntil(asked(event)));
self.addEventListener("fetch", (event) => {
  const path = kept(event.request);
  if (path) event.respondWith(from(path, event.request));
});

function kept(request) {
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return "";
  if (request.mode === "navigate") return url.pathname === PAGE ? PAGE : "";
  return Object.hasOwn(SHELL.files, url.pathname) ? url.pathname : "";
}

async function from(path, request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(path)) || fetch(request);
}

async function fill() {
  const cache = await caches.open(CACHE);
  try {
    await Promise.all(Object.entries(SHELL.files).map(([path, digest]) => keep(cache, path, digest)));
  } catch (error) {
    await caches.delete(CACHE);
    throw error;
  }
}

async function keep(cache, path, digest) {
  const answer = await fetch(path, { cache: "no-cache", credentials: "omit", redirect: "error" });
  const bytes = await answer.arrayBuffer();
  const found = [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))];
  const hex = found.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  if (!answer.ok || hex !== digest) throw new Error(`${path} is not the file of this version`);
  const headers = new Headers(answer.headers);
  headers.delete("Content-Encoding"); // the bytes are unpacked
  await cache.put(path, new Response(bytes, { headers }));
}

async function begin() {
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function asked(event) {
  if (event.data === "version") return event.source.postMessage({ version: SHELL.version });
  if (event.data !== "take over") return undefined;
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const open = pages.filter((page) => new URL(page.url).pathname === PAGE);
  return open.length > 1 ? undefined : self.skipWaiting();
}
