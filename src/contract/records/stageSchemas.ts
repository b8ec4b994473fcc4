import { z } from "@hono/zod-openapi";
import { STAGES } from "../../core/stage/stage.ts";
import { timeSchema } from "../schemas.ts";

/** What says where a delivery, a sync or a layer stands. */
export const standingFields = {
  stage: z.enum(STAGES).openapi({
    description:
      "The stage. `live`: visitors see a deploy that started after the publish. `held`: Netlify builds nothing at present, or visitors are kept on an older deploy. `asked`: deploy tracking is off, or no build was needed. Of several sites the worst counts.",
  }),
  since: timeSchema.openapi({ description: "Since when." }),
  until: timeSchema.nullable().openapi({ description: "When the stage is expected to end; null: unknown." }),
  reason: z.string().nullable().openapi({ description: "The reason in one sentence; null: none." }),
  deployId: z.string().nullable().openapi({ description: "The deploy at Netlify that counts." }),
};

/** The words for the state of a layer or a site. */
export const ownerStatuses = ["idle", "pending", "running", "retrying", "held", "failed", "paused"] as const;

/** The same with the build that counts. */
export const stagedFields = {
  ...standingFields,
  buildId: z.string().nullable().openapi({ description: "The site's build that counts." }),
};

/** The same of a layer or a site, which may stand nowhere yet. */
export const ownerStandingFields = {
  ...stagedFields,
  stage: z.enum(STAGES).nullable().openapi({
    description: "The stage, in the words of a sync; null: nothing was published or built yet.",
  }),
};
