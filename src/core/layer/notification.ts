import { z } from "zod/mini";
import { digestSchema } from "../watch/digestSchema.ts";

const ms = z.number();

/**
 * A message about the end of one sync, which the write that ends the sync owes, about a site's build, about what did
 * not happen, or about a week.
 */
export const messageSchema = z.looseObject({
  /** The id of the notification that the message belongs to. */
  to: z.string(),
  /** Empty: the message is about an alarm or a week. */
  syncId: z.string(),
  event: z.string(),
  since: ms,
  /**
   * The attempts that began. An attempt counts before it is made, so that one that kills its worker is not repeated for
   * ever.
   */
  tries: z.number(),
  due: ms,
  /** What the message says of a site's build; absent: the message is about the end of the sync. */
  build: z.optional(
    z.looseObject({
      /** Names the event and the build. */
      id: z.string(),
      buildId: z.string(),
      siteId: z.string(),
      siteName: z.string(),
      at: ms,
      syncIds: z.array(z.string()),
      /** When the first publish behind the build was accepted (ms). */
      publishedAt: z.optional(ms),
      deployId: z.optional(z.string()),
      deployUrl: z.optional(z.string()),
      reason: z.optional(z.string()),
      isOver: z.optional(z.boolean()),
    }),
  ),
  /** The alarm that the message is about; absent: it is about none. */
  alarm: z.optional(z.looseObject({ id: z.string(), since: ms, isOver: z.boolean() })),
  /** What the message says of a week; absent: it is about none. */
  digest: z.optional(digestSchema),
});
export type Message = z.infer<typeof messageSchema>;

/** How the last attempt to deliver a message ended. */
export const lastTrySchema = z.looseObject({
  at: ms,
  event: z.string(),
  syncId: z.string(),
  /** The build that the message was about; absent: it was about the sync. */
  buildId: z.optional(z.string()),
  outcome: z.enum(["sent", "failed"]),
  error: z.optional(z.string()),
});

/** How messages are written: our own signed JSON, or what a chat service takes. */
export const notificationFormats = ["standard", "slack", "teams", "discord"] as const;
export type NotificationFormat = (typeof notificationFormats)[number];

export const notificationSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  /** Sealed. */
  url: z.string(),
  urlHint: z.string(),
  events: z.array(z.string()),
  /** One of `notificationFormats`, or a format of a later release; absent: `standard`. */
  format: z.optional(z.string()),
  secret: z.string(),
  /** Sealed. The former secret, which signs beside the new one until `until`. */
  previousSecret: z.optional(z.looseObject({ secret: z.string(), until: ms })),
  /** How the last attempt to deliver a message ended; absent before the first. */
  last: z.optional(lastTrySchema),
});
export type Notification = z.infer<typeof notificationSchema>;

/** The format of a notification. One that this release does not know counts as `standard`. */
export const formatOf = ({ format }: { readonly format?: string | undefined }): NotificationFormat =>
  notificationFormats.find((known) => known === format) ?? "standard";
