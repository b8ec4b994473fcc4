import type { LayerDocument } from "../../core/layer/layer.ts";
import type { SiteDocument } from "../../core/site/site.ts";
import { type Counts, sumCounts, type Usage } from "../../core/usage/usage.ts";
import { LAYERS, SITES } from "../../store/keys.ts";
import { unreadableReason } from "../../store/store.ts";
import type { Deps } from "../deps.ts";
import { layerCodec, siteCodec } from "../stored/documents.ts";
import { readDrainHint } from "../stored/drainHint.ts";
import { readPage } from "../stored/pages.ts";

/** The counts of one layer or site in a month. */
export interface DocumentUsage {
  readonly id: string;
  /** Null: the layer or site was deleted. */
  readonly name: string | null;
  readonly counts: Counts;
}

export interface SystemUsage {
  readonly layers: readonly DocumentUsage[];
  readonly sites: readonly DocumentUsage[];
  /** What belongs to no layer or site: ticks, and counts of those that are gone. */
  readonly rest: Counts;
  /** The sum of all. */
  readonly total: Counts;
  /** False: a document could not be read, so its counts are missing. */
  readonly complete: boolean;
}

const usageIn = (document: LayerDocument | SiteDocument, month: string): DocumentUsage | null => {
  const living = document.kind === "layer" || document.kind === "site";
  const usage: Usage | undefined = living ? document.slot.usage : document.usage;
  const counts = usage?.[month];
  if (!living && counts === undefined) return null;
  return { id: document.id, name: living ? document.name : null, counts: counts ?? {} };
};

const newestFirst = (found: readonly (DocumentUsage | null)[]): DocumentUsage[] =>
  found.filter((used) => used !== null).sort((a, b) => (a.id < b.id ? 1 : -1));

/**
 * The counts of a UTC month (`2026-11`), by layer and by site. Reads every document, including those of deleted layers.
 * Throws `StoreUnavailable`.
 */
export const usageOf = async (deps: Deps, month: string): Promise<SystemUsage> => {
  let complete = true;
  const read = async (prefix: string, decode: (text: string, key: string) => LayerDocument | SiteDocument) => {
    const listed = await deps.store.list(prefix);
    const found = await readPage(listed, async ({ key }) => {
      try {
        const stored = await deps.store.read(key);
        return stored === null ? null : usageIn(decode(stored.text, key), month);
      } catch (error) {
        const reason = unreadableReason(error);
        if (reason === null) throw error;
        deps.report({ kind: "trouble", where: "usage", error: error instanceof Error ? error.message : reason });
        complete = false;
        return null;
      }
    });
    return newestFirst(found);
  };
  const [layers, sites, { hint }] = await Promise.all([
    read(LAYERS, layerCodec.decode),
    read(SITES, siteCodec.decode),
    readDrainHint(deps),
  ]);
  const rest = hint.usage?.[month] ?? {};
  const total = [...layers, ...sites].reduce((sum, { counts }) => sumCounts(sum, counts), rest);
  return { layers, sites, rest, total, complete };
};
