/* Two seals. For the way: only the server opens it (RSA-OAEP wraps a key made for this saving alone, AES-256-GCM, the id as associated data).
   For this tablet: under the shift's key, which exists in memory only and is wrapped with each person's PIN (PBKDF2). */

import { decode, encode } from "./base64.js";

export const ROUNDS = 600_000;
const coded = (value) => new TextEncoder().encode(value);

export function serverKey(spki) {
  return crypto.subtle.importKey("spki", decode(spki), { name: "RSA-OAEP", hash: "SHA-256" }, false, ["wrapKey"]);
}

/* Events that are saved together, as [{id, k, iv, c}]: one key for this saving alone, an iv for each. Nothing on this tablet can open them again. */
export async function allForServer(server, events) {
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt"]);
  const k = encode(await crypto.subtle.wrapKey("raw", key, server, { name: "RSA-OAEP" }));
  return Promise.all(
    events.map(async (event) => {
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const how = { name: "AES-GCM", iv, additionalData: coded(event.id) };
      return { id: event.id, k, iv: encode(iv), c: encode(await crypto.subtle.encrypt(how, key, coded(JSON.stringify(event)))) };
    }),
  );
}

export function newShiftKey() {
  return crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt", "decrypt"]);
}

/* What opens a value is its place: it cannot be moved to another one. */
export async function close(shift, place, value) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const c = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: coded(place) }, shift, coded(JSON.stringify(value)));
  return { iv, c };
}

/* Throws when the key or the place is another one. */
export async function openIt(shift, place, { iv, c }) {
  const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData: coded(place) }, shift, c);
  return JSON.parse(new TextDecoder().decode(plain));
}

export async function wrapped(shift, pin) {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const key = await fromPin(pin, salt, ROUNDS);
  return { salt, rounds: ROUNDS, iv, key: await crypto.subtle.wrapKey("raw", shift, key, { name: "AES-GCM", iv }) };
}

/* Throws when the PIN is another one. */
export async function unwrapped({ salt, rounds, iv, key }, pin) {
  const outer = await fromPin(pin, salt, rounds);
  return crypto.subtle.unwrapKey("raw", key, outer, { name: "AES-GCM", iv }, { name: "AES-GCM" }, true, ["encrypt", "decrypt"]);
}

async function fromPin(pin, salt, iterations) {
  const base = await crypto.subtle.importKey("raw", coded(pin), "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  return crypto.subtle.deriveKey(how, base, { name: "AES-GCM", length: 256 }, false, ["wrapKey", "unwrapKey"]);
}
