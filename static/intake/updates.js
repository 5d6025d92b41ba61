/* The worker that keeps this page on the tablet, and a newer version of the page: it is fetched at once and takes over at the next start of a
   shift, never while somebody fills in a form. */

const LOOKED = 30 * 60_000;
let registration = null;

export async function start() {
  if (!("serviceWorker" in navigator)) return;
  let controlled = Boolean(navigator.serviceWorker.controller);
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (controlled) location.reload(); // another version, not the first worker
    controlled = true;
  });
  try {
    registration = await navigator.serviceWorker.register("/shelter/sw.js", { scope: "/shelter/", updateViaCache: "none" });
    setInterval(() => void registration.update().catch(() => {}), LOOKED);
  } catch (error) {
    console.warn("no service worker", error.name);
  }
}

/* To be called where no form is open. The worker does it only when no other page of the tablet is open. */
export async function takeOver() {
  registration?.waiting?.postMessage("take over");
}

export function version() {
  return new Promise((resolve) => {
    const worker = navigator.serviceWorker?.controller;
    if (!worker) return resolve("");
    navigator.serviceWorker.addEventListener("message", (event) => resolve(event.data.version ?? ""), { once: true });
    return worker.postMessage("version");
  });
}

/* Whether the page would open without a network. */
export async function ready() {
  return Boolean(navigator.serviceWorker?.controller) || Boolean(registration?.active);
}
