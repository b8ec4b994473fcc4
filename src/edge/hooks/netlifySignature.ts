import { createHash } from "node:crypto";
import { compactVerify } from "jose";
import { z } from "zod/mini";

const claimsSchema = z.looseObject({ iss: z.literal("netlify"), sha256: z.string() });

/**
 * Whether Netlify signed this body: the header is a JWS (HS256) with the body's SHA-256. The signature has no time, so
 * an old notification may be replayed, which changes nothing. Never throws.
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
