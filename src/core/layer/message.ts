import { z } from "zod/mini";

const ms = z.number();

/** What a notification has to tell: the end of one sync. It is owed by the write that ends the sync. */
export const messageSchema = z.looseObject({
  /** The notification that tells it. */
  to: z.string(),
  syncId: z.string(),
  event: z.string(),
  since: ms,
  /** Tries that were begun; a try counts before it is made, so that one that kills its worker is not repeated for ever. */
  tries: z.number(),
  due: ms,
});
export type Message = z.infer<typeof messageSchema>;

/** How the last try of a notification ended. */
export const lastTrySchema = z.looseObject({
  at: ms,
  event: z.string(),
  syncId: z.string(),
  outcome: z.enum(["sent", "failed"]),
  error: z.optional(z.string()),
});
