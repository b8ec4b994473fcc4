import { z } from "zod/mini";
import type { LayerDocument } from "../../core/layer/layer.ts";
import { isOtherService } from "../../core/site/hookKind.ts";
import type { SiteDocument } from "../../core/site/site.ts";
import { type Counts, countsSchema } from "../../core/usage/usage.ts";
import { unreadableReason } from "../../store/store.ts";
import { decodeDocument } from "../stored/everyDocument.ts";
import type { SummaryKind } from "./summaries.ts";

/** Counts by month. A request looks at one month, so the others are not checked. */
const monthsSchema = z.record(z.string(), z.unknown());

const summarySchema = z.discriminatedUnion("kind", [
  z.looseObject({
    kind: z.literal("living"),
    name: z.string(),
    /** Whether another service makes the builds of a site. */
    isForeign: z.boolean(),
    usage: monthsSchema,
  }),
  z.looseObject({ kind: z.literal("deleted"), usage: monthsSchema }),
  z.looseObject({ kind: z.literal("unreadable"), error: z.string() }),
]);
/** What a document counted, in all months. */
export type UsageSummary = z.infer<typeof summarySchema>;

/** The counts of a month (`2026-11`); undefined: there are none. */
export const countsOfMonth = (usage: Readonly<Record<string, unknown>>, month: string): Counts | undefined => {
  const found = countsSchema.safeParse(usage[month]);
  return found.success ? found.data : undefined;
};

const summaryOf = (document: LayerDocument | SiteDocument): UsageSummary => {
  if (document.kind !== "layer" && document.kind !== "site") return { kind: "deleted", usage: document.usage ?? {} };
  const isForeign = document.kind === "site" && isOtherService(document);
  return { kind: "living", name: document.name, isForeign, usage: document.slot.usage ?? {} };
};

/** What is remembered of each layer and site, also of deleted ones, for the usage of any month. */
export const usageSummaries: SummaryKind<UsageSummary> = {
  name: "usage",
  schema: summarySchema,
  async make(_deps, key, { text }) {
    try {
      return summaryOf(decodeDocument(text, key));
    } catch (error) {
      if (unreadableReason(error) === null) throw error;
      return { kind: "unreadable", error: error instanceof Error ? error.message : "unreadable" };
    }
  },
};
