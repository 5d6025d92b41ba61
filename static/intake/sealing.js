/* Two seals. For the way: only the server opens it (a key for this saving alone, agreed on with the server's point by ECDH and HKDF; where the
   server told no point, wrapped with its RSA key; AES-256-GCM, the id as associated data).
   For this tablet: under the shift's key, which exists in memory only and is wrapped with each person's PIN (PBKDF2). */

import { decode, encode } from "./base64.js";

export const ROUNDS = 600_000;
const coded = (value) => new TextEncoder().encode(value);

/* The key for one saving, and what tells it to the server. ``seal``: what the server told of itself. */
async function keyFor(seal) {
  return seal.point ? agreed(decode(seal.point)) : wrappedFor(seal.spki);
}

async function agreed(server) {
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const theirs = await crypto.subtle.importKey("raw", server, curve, false, []);
  const ours = await crypto.subtle.generateKey(curve, false, ["deriveBits"]);
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", ours.publicKey));
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, ours.privateKey, 256);
  const base = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const info = new Uint8Array([...coded("disaster-intake seal"), ...point, ...server]);
  const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info };
  const key = await crypto.subtle.deriveKey(how, base, { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
  return { key, k: encode(point) };
}

async function wrappedFor(spki) {
  const how = { name: "RSA-OAEP", hash: "SHA-256" };
  const server = await crypto.subtle.importKey("spki", decode(spki), how, false, ["wrapKey"]);
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt"]);
  return { key, k: encode(await crypto.subtle.wrapKey("raw", key, server, { name: "RSA-OAEP" })) };
}

/* Events that are saved together, as [{id, k, iv, c}]: one key for this saving alone, an iv for each. Nothing on this tablet can open them again. */
export async function allForServer(seal, events) {
  const { key, k } = await keyFor(seal);
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
