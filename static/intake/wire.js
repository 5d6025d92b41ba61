/* Talking with the server. Nothing is believed but an answer that names itself: a captive portal answers 200 too. */

import { words } from "./words.js";

const PATIENCE = 15_000;

/* Why no answer counts. `kind`: offline (nothing came), portal (somebody else answered), refused (401 of ours), busy (try later),
   wrong (what was sent was not understood). */
export class Unanswered extends Error {
  constructor(kind, message = "", error = "") {
    super(message || kind);
    this.kind = kind;
    this.told = message;
    this.error = error;
  }
}

export async function ask(path, { token = "", body = null } = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const answer = await fetch(`/api/v1/${path}`, {
      method: body ? "POST" : "GET",
      headers: { ...(body && { "Content-Type": "application/json" }), ...(token && { Authorization: `Bearer ${token}` }) },
      body: body && JSON.stringify(body),
      credentials: "omit",
      redirect: "error",
      cache: "no-store",
      signal: stop.signal,
    });
    return told(answer.status, await answer.text());
  } catch (error) {
    throw error instanceof Unanswered ? error : new Unanswered("offline");
  } finally {
    clearTimeout(timer);
  }
}

function told(status, text) {
  let said = null;
  try {
    said = JSON.parse(text);
  } catch {
    // not ours; seen below
  }
  if (said === null || typeof said !== "object" || said.app !== words.app) throw new Unanswered(status >= 500 ? "busy" : "portal");
  if (status >= 200 && status < 300) return said;
  const message = typeof said.message === "string" ? said.message : "";
  if (status === 401) throw new Unanswered("refused", message, said.error);
  throw new Unanswered(status === 429 || status >= 500 ? "busy" : "wrong", message, said.error);
}
