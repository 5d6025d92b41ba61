/* QR codes of households: cards that the town issued beforehand (signed; they hold who belongs to it), and slips that only name a household. */

import { decode, encodeUrl } from "./base64.js";

const PREFIX = "DIS1:";
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function slipText(household) {
  return PREFIX + encodeUrl(new TextEncoder().encode(JSON.stringify({ u: household })));
}

/* {household, people: null} for a slip; {household, surname, kana, address, people, signed} for a card; null for another code. `key`: the public key of
   the server, base64; signed is null where this browser cannot tell. */
export async function readQr(text, key) {
  try {
    const said = text.trim();
    if (!said.startsWith(PREFIX)) return null;
    const card = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(decode(said.slice(PREFIX.length))));
    if (typeof card.u !== "string" || !UUID.test(card.u)) return null;
    if (!Array.isArray(card.p)) return { household: card.u, people: null };
    const people = card.p.slice(0, 40).map(([given, kana, birth, sex]) => ({ given: line(given), kana: line(kana), birth: line(birth), sex: line(sex) }));
    return { household: card.u, surname: line(card.f), kana: line(card.k), address: line(card.a), people, signed: await signed(card, key) };
  } catch {
    return null;
  }
}

async function signed(card, key) {
  if (!key) return null;
  const bytes = decode(key);
  try {
    const found = await crypto.subtle.importKey(bytes.length === 32 ? "raw" : "spki", bytes, "Ed25519", false, ["verify"]);
    const said = new TextEncoder().encode(PREFIX + JSON.stringify([card.u, card.f, card.k, card.a, card.p]));
    return await crypto.subtle.verify("Ed25519", found, decode(card.s), said);
  } catch (error) {
    return error.name === "NotSupportedError" ? null : false;
  }
}

function line(value) {
  return typeof value === "string" ? value.slice(0, 200) : "";
}
