import { createHash } from "node:crypto";
import { CompactSign } from "jose";

/** Netlify's signature of a body: a JWS about its SHA-256. */
export const netlifySignature = async (body: string, secret: string): Promise<string> => {
  const sha256 = createHash("sha256").update(body).digest("hex");
  const payload = new TextEncoder().encode(JSON.stringify({ iss: "netlify", sha256 }));
  return new CompactSign(payload).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(secret));
};

/** What Netlify sends to `url` when a production deploy has ended. A null secret: it is not signed. */
export const deployEvent = async (
  url: string,
  secret: string | null,
  id: string,
  at = Date.now(),
): Promise<Request> => {
  const time = new Date(at).toISOString();
  const body = JSON.stringify({ id, state: "ready", context: "production", created_at: time, published_at: time });
  const headers = new Headers({ "content-type": "application/json", "x-netlify-event": "deploy_created" });
  if (secret !== null) headers.set("x-webhook-signature", await netlifySignature(body, secret));
  return new Request(url, { method: "POST", headers, body });
};
