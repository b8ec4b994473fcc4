/** What an overview shows of the last sync that ended. Its slot's owner keeps it, so that nobody looks for its record. */
import { z } from "zod/mini";
import { defined } from "./defined.ts";
import { type Deploy, deploySchema } from "./slot/deploy.ts";
import { endStatus, type SyncStatus, syncError } from "./slot/ending.ts";
import type { Slot } from "./slot/slot.ts";
import type { Sync } from "./slot/sync.ts";

const ms = z.number();

export const lastEndedSchema = z.looseObject({
  /** The slot's fencing token, and the number of its open syncs, when `sync` was last known to be the newest. */
  fence: z.number(),
  open: z.number(),
  /** Null: no sync has ended. */
  sync: z.nullable(
    z.looseObject({
      id: z.string(),
      status: z.string(),
      queuedAt: ms,
      finishedAt: z.nullable(ms),
      /** Why it failed. */
      error: z.optional(z.string()),
      /** The deploy of a site's build. */
      deploy: z.optional(deploySchema),
    }),
  ),
});
export type LastEnded = z.infer<typeof lastEndedSchema>;

/** A sync as an overview shows it. `finishedAt` is null of one that has not ended. */
export interface SyncSummary {
  readonly id: string;
  readonly status: SyncStatus;
  readonly queuedAt: number;
  readonly finishedAt: number | null;
  /** Why it failed. */
  readonly error?: string;
  /** The deploy of a site's build. */
  readonly deploy?: Deploy;
}

const isStatus = (status: string): status is SyncStatus => END_STATUSES.some((known) => known === status);
const END_STATUSES = ["succeeded", "failed", "cancelled", "superseded"] as const;

const openIn = ({ open }: Slot): number => Object.keys(open).length;

/**
 * Whether nothing has ended since the last sync was noted. The release before notes nothing, but a claim of its raises
 * the fencing token, and an end of its closes an open sync.
 */
const isCurrent = ({ fence, open }: LastEnded, slot: Slot): boolean => fence === slot.fence && open === openIn(slot);

/** What the document of a new layer or site says. */
export const nothingEnded = (fence: number): LastEnded => ({ fence, open: 0, sync: null });

/** The last sync that ended; null: none has; undefined: not known. */
export const knownEnded = (slot: Slot, lastEnded: LastEnded | undefined): SyncSummary | null | undefined => {
  if (lastEnded === undefined || !isCurrent(lastEnded, slot)) return undefined;
  const { sync } = lastEnded;
  if (sync === null) return null;
  const { id, status, queuedAt, finishedAt, error, deploy } = sync;
  return isStatus(status) ? { id, status, queuedAt, finishedAt, ...defined({ error, deploy }) } : undefined;
};

interface Noting {
  readonly slot: Slot;
  readonly lastEnded?: LastEnded | undefined;
}

/** Whether the document says which sync ended last. */
export const isEndKnown = ({ slot, lastEnded }: Noting): boolean => knownEnded(slot, lastEnded) !== undefined;

/** The document with the sync that ended last according to its records; unchanged if the document knows. */
export const noteEnded = <D extends Noting>(owner: D, ended: SyncSummary | null): D =>
  isEndKnown(owner)
    ? owner
    : {
        ...owner,
        lastEnded: {
          ...owner.lastEnded,
          fence: owner.slot.fence,
          open: openIn(owner.slot),
          sync: ended && { ...ended },
        },
      };

/** A claimed sync, or its record, in short. */
export const summaryOf = (sync: Sync, status: SyncStatus): SyncSummary => {
  const { id, queuedAt, finishedAt } = sync;
  const deploy = Object.values(sync.parts).find((part) => part.deploy !== undefined)?.deploy;
  return { id, status, queuedAt, finishedAt, ...defined({ error: syncError(sync) ?? undefined, deploy }) };
};

/** What an owner says after a change of its slot that ended these syncs. */
export const lastEndedAfter = (
  { slot: before, lastEnded }: Noting,
  slot: Slot,
  ended: readonly Sync[],
): { lastEnded?: LastEnded } => {
  const wasCurrent = lastEnded !== undefined && isCurrent(lastEnded, before);
  if (!wasCurrent && ended.length === 0) return {};
  const syncs: NonNullable<LastEnded["sync"]>[] = ended.map((sync) => ({ ...summaryOf(sync, endStatus(sync)) }));
  const [newest] = [...syncs, ...(lastEnded?.sync ? [lastEnded.sync] : [])].sort((a, b) => (a.id < b.id ? 1 : -1));
  return { lastEnded: { ...lastEnded, fence: slot.fence, open: openIn(slot), sync: newest ?? null } };
};
