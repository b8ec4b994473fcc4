import type { z } from "zod";
import type { auditEntrySchema, auditListSchema } from "../../contract/records/auditSchemas.ts";
import type {
  deliveryDetailSchema,
  deliveryListSchema,
  deliverySchema,
} from "../../contract/records/deliverySchemas.ts";
import type { healthSchema } from "../../contract/records/healthSchemas.ts";
import type { liveTestedSchema } from "../../contract/records/liveCheckSchemas.ts";
import type { activitySchema, overviewSchema } from "../../contract/records/overviewSchemas.ts";
import type { newSessionSchema, sessionSchema } from "../../contract/records/sessionSchemas.ts";
import type { acceptedSchema, buildSchema, syncSchema } from "../../contract/records/syncSchemas.ts";
import type { planSchema, usageSchema } from "../../contract/records/usageSchemas.ts";
import type { conditionTestedSchema } from "../../contract/resources/conditionTestSchemas.ts";
import type { importedSchema } from "../../contract/resources/configurationSchemas.ts";
import type { layerSchema } from "../../contract/resources/layerSchemas.ts";
import type { probeTestedSchema } from "../../contract/resources/probeTestSchema.ts";
import type { filledRecipeSchema, recipeListSchema } from "../../contract/resources/recipeSchemas.ts";
import type { hookTestedSchema, receiverSchema, siteSchema } from "../../contract/resources/siteSchemas.ts";
import type { statusLinkListSchema, statusLinkSchema } from "../../contract/resources/statusLinkSchemas.ts";
import type { testedSchema } from "../../contract/resources/testCallSchemas.ts";
import type { newTokenSchema, tokenListSchema, tokenSchema } from "../../contract/resources/tokenSchemas.ts";
import type { webhookListSchema, webhookSchema } from "../../contract/resources/webhookSchemas.ts";

/**
 * The types of the API's answers, inferred from its schemas. Only types are imported, so no schema reaches the browser.
 */
export type Overview = z.output<typeof overviewSchema>;
export type OverviewLayer = Overview["dataLayers"][number];
export type OverviewSite = Overview["sites"][number];
export type Activity = z.output<typeof activitySchema>;
export type Layer = z.output<typeof layerSchema>;
export type Sync = z.output<typeof syncSchema>;
export type SyncPage = { items: Sync[]; nextCursor: string | null };
export type Build = z.output<typeof buildSchema>;
export type BuildPage = { items: Build[]; nextCursor: string | null };
export type Delivery = z.output<typeof deliverySchema>;
export type DeliveryDetail = z.output<typeof deliveryDetailSchema>;
export type DeliveryPage = z.output<typeof deliveryListSchema>;
export type Webhook = z.output<typeof webhookSchema>;
export type WebhookList = z.output<typeof webhookListSchema>;
export type Site = z.output<typeof siteSchema>;
export type HookTested = z.output<typeof hookTestedSchema>;
export type DeployReceiver = z.output<typeof receiverSchema>;
export type Token = z.output<typeof tokenSchema>;
export type TokenPage = z.output<typeof tokenListSchema>;
export type NewToken = z.output<typeof newTokenSchema>;
export type AuditEntry = z.output<typeof auditEntrySchema>;
export type AuditPage = z.output<typeof auditListSchema>;
export type Imported = z.output<typeof importedSchema>;
export type Plan = z.output<typeof planSchema>;
export type Usage = z.output<typeof usageSchema>;
export type Health = z.output<typeof healthSchema>;
export type Recipe = z.output<typeof filledRecipeSchema>;
export type RecipeList = z.output<typeof recipeListSchema>;
export type Tested = z.output<typeof testedSchema>;
export type Session = z.output<typeof sessionSchema>;
export type NewSession = z.output<typeof newSessionSchema>;
export type Accepted = z.output<typeof acceptedSchema>;
export type ConditionTested = z.output<typeof conditionTestedSchema>;
export type ProbeTested = z.output<typeof probeTestedSchema>;
export type LiveTested = z.output<typeof liveTestedSchema>;
export type StatusLink = z.output<typeof statusLinkSchema>;
export type StatusLinkPage = z.output<typeof statusLinkListSchema>;
export type Trigger = Sync["trigger"];
export type SyncStatus = Sync["status"];
export type LayerStatus = Layer["status"];
export type Stage = Sync["stage"];

/** An error of the API (RFC 9457). */
export interface Problem {
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}
