import type { Layer } from "../layer/layer.ts";
import type { Site } from "../site/site.ts";
import { own } from "../slot/slot.ts";
import type { Cause } from "../slot/sync.ts";
import type { RecordState } from "../stage/buildStage.ts";
import type { OnPages } from "../stage/onPages.ts";
import type { Stage, Standing } from "../stage/stage.ts";

/** Where publishes stand, without a word that only the team may read. Times are milliseconds since 1970. */
export interface PublicStatus {
  /** Null: nothing was published yet, or the entry is not known. */
  readonly stage: Stage | null;
  readonly since: number | null;
  /** When the next build or the next try is expected to start. */
  readonly until: number | null;
  /** How many changes are accepted and not live. Changes of the same second may count as one. */
  readonly waiting: number;
  /** The time from the publish until it was live, or until its page showed it where that is looked at (ms). */
  readonly liveAfter: number | null;
  /** What failed, is held or is tried again; null: nothing. */
  readonly trouble: "sync" | "build" | null;
  readonly paused: boolean;
  /** What is known of the pages once the deploy is live; null: nobody looks at them, or nobody can say. */
  readonly onPage: OnPages | null;
}

/** The status while nothing is known. */
export const UNKNOWN_STATUS: PublicStatus = {
  stage: null,
  since: null,
  until: null,
  waiting: 0,
  liveAfter: null,
  trouble: null,
  paused: false,
  onPage: null,
};

/** Whether a publish in this stage still goes on by itself. */
export const isUnderWay = (stage: Stage | null): boolean => UNDER_WAY.some((one) => one === stage);
const UNDER_WAY: readonly Stage[] = ["pending", "syncing", "waiting", "building", "retrying", "held"];

const isTrouble = (stage: Stage): boolean => stage === "failed" || stage === "held" || stage === "retrying";

/** Whether a publish is live and, as far as anybody looks, on its page. */
export const isShown = ({ stage, onPage }: Pick<PublicStatus, "stage" | "onPage">): boolean =>
  stage === "live" && (onPage === null || onPage.state === "seen");

/** How long after `publishedAt` visitors saw a publish that is live since `since` (ms); null: they do not, or nobody knows. */
export const liveAfterOf = (publishedAt: number | null, since: number, onPage: OnPages | null): number | null => {
  if (publishedAt === null || !isShown({ stage: "live", onPage })) return null;
  const at = onPage?.state === "seen" ? Math.max(onPage.at, since) : since;
  return Math.max(at - publishedAt, 0);
};

/** The status that a standing shows. Its reason is left out: a text of a job or of Netlify may say anything. */
export const publicStatus = (
  { stage, since, until, siteId, buildId }: Standing,
  more: Pick<PublicStatus, "waiting" | "liveAfter" | "paused"> & Partial<Pick<PublicStatus, "onPage">>,
): PublicStatus => ({
  onPage: null,
  stage,
  since,
  until: until ?? null,
  trouble: !isTrouble(stage) ? null : siteId === undefined && buildId === undefined ? "sync" : "build",
  ...more,
});

const causesOf = ({ slot: { pending, open } }: Site): Cause[] => [
  ...(pending?.causes ?? []),
  ...Object.values(open).flatMap(({ causes = [] }) => causes),
];

/**
 * How many changes of a layer are accepted and not live: those of its own syncs, and of its ended syncs whose builds wait
 * or run. Of several sites the one counts where the most changes wait.
 */
export const waitingChanges = (layer: Pick<Layer, "id" | "slot">, sites: readonly Site[]): number => {
  const { pending, open } = layer.slot;
  const syncing = Object.values(open).reduce((sum, { deliveries }) => sum + deliveries, pending?.deliveries ?? 0);
  const building = sites.map((site) => {
    const causes = causesOf(site).filter(
      ({ dataLayerId, syncId }) => dataLayerId === layer.id && own(open, syncId) === undefined,
    );
    const bySync = new Map(causes.map(({ syncId, deliveries = 1 }) => [syncId, deliveries]));
    return [...bySync.values()].reduce((sum, deliveries) => sum + deliveries, 0);
  });
  return syncing + Math.max(0, ...building);
};

/** When the first publish of a layer behind a build was accepted (ms); null: nobody knows. */
export const publishedBefore = (state: RecordState | null, layerId: string): number | null => {
  const causes = state?.kind === "claimed" ? (state.sync.causes ?? []) : [];
  const times = causes.flatMap(({ dataLayerId, publishedAt }) =>
    dataLayerId === layerId && publishedAt !== undefined ? [publishedAt] : [],
  );
  return times.length === 0 ? null : Math.min(...times);
};
