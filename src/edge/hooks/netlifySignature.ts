import { createHash } from "node:crypto";
import { compactVerify } from "jose";
import { z } from "zod/mini";

const claimsSchema = z.looseObject({ iss: z.literal("netlify"), sha256: z.string() });

/**
 * Whether Netlify signed this body: the header is a JWS (HS256) of Netlify's about the body's SHA-256. It names no time, so
 * an old one may be sent again; hearing an event twice is hearing it once. Never throws.
 */
export const isSignedByNetlify = async (signature: string, body: string, signingSecret: string): Promise<boolean> => {
  try {
    const key = new TextEncoder().encode(signingSecret);
    const { payload } = await compactVerify(signature, key, { algorithms: ["HS256"] });
    const claims = claimsSchema.parse(JSON.parse(new TextDecoder().decode(payload)));
    return claims.sha256 === createHash("sha256").update(body).digest("hex");
  } catch {
    return false;
  }
};
