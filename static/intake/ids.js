/* Ids that are made where the thing is written down. */

/* UUID version 7 (RFC 9562 section 5.7): in order of time to the millisecond. */
export function fresh(at = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let stamp = Math.max(0, Math.floor(at));
  for (let place = 5; place >= 0; place -= 1) {
    bytes[place] = stamp % 256;
    stamp = Math.floor(stamp / 256);
  }
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  return text(bytes);
}

/* The same id for the same thing on every tablet (version 8): one card or one row of the residents' list, taken in at two desks that know
   nothing of each other, is one household and one person each. */
export async function derived(...parts) {
  const named = new TextEncoder().encode(JSON.stringify(parts));
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", named)).slice(0, 16);
  bytes[6] = (bytes[6] & 0x0f) | 0x80;
  return text(bytes);
}

function text(bytes) {
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
