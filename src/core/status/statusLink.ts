import { z } from "zod/mini";
import { actorSchema } from "../slot/sync.ts";

/** A read-only link that shows where a layer's publishes stand, to people without an account. */
export const statusLinkSchema = z.looseObject({
  /** The public name of the link. */
  ref: z.string(),
  name: z.string(),
  /** A digest of the token. The link's place in the store is named after it. */
  hash: z.string(),
  /** The secret part of the link's URL, sealed: only the digest decides, and the token is shown again to admins. */
  token: z.string(),
  /** The origins whose pages may frame the status page; absent: none. */
  frameAncestors: z.optional(z.array(z.string())),
  createdAt: z.number(),
  createdBy: actorSchema,
});
export type StatusLink = z.infer<typeof statusLinkSchema>;
