import { z } from "zod/mini";
import { deploySchema } from "../slot/deploy.ts";

/** The secret in the notification URL and the secret that signs, sealed: with both, anybody could end a build. */
const receiverSchema = z.looseObject({ secret: z.string(), signingSecret: z.string() });
/** A hook at Netlify that was made by its API. */
const deployHookSchema = z.looseObject({ id: z.string(), event: z.string() });
export type DeployHook = z.infer<typeof deployHookSchema>;
export const deployNotificationsSchema = z.looseObject({
  ...receiverSchema.shape,
  hooks: z.optional(z.array(deployHookSchema)),
  createdAt: z.number(),
  /** The former URL, accepted until `until`. */
  previous: z.optional(z.looseObject({ ...receiverSchema.shape, until: z.number() })),
});
export type DeployNotifications = z.infer<typeof deployNotificationsSchema>;

/** A deploy known from notifications, and the revision that first noted it: the deploy began before that revision. */
export const knownDeploySchema = z.looseObject({
  ...deploySchema.shape,
  heardRev: z.optional(z.number()),
  /** Why Netlify did not make it (`NotBuilt`), while a newer deploy that may show the same still builds. */
  notBuilt: z.optional(z.string()),
});

export type KnownDeploy = z.infer<typeof knownDeploySchema>;

/** What deploy notifications have said about a site. */
export const deployHistorySchema = z.looseObject({
  /** When the last notification arrived (ms). */
  heardAt: z.number(),
  /** When each kind of event was last recorded (ms). */
  heard: z.optional(z.record(z.string(), z.number())),
  /** Whether visitors are locked to one deploy, so that later ones are not published. */
  locked: z.boolean(),
  /** The deploy that visitors see, and since when (ms). */
  live: z.optional(z.looseObject({ id: z.string(), at: z.number() })),
  /** Production deploys, the latest notification first. */
  recent: z.array(knownDeploySchema),
});
export type DeployHistory = z.infer<typeof deployHistorySchema>;
