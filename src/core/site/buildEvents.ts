import { z } from "zod/mini";
import { defined } from "../defined.ts";
import { UNTOLD } from "../limits.ts";
import { type Looked, markerOf } from "../proof/lookSchema.ts";
import type { Deploy } from "../slot/deploy.ts";
import type { Slot } from "../slot/slot.ts";
import { type Cause, causeSchema, type Sync } from "../slot/sync.ts";

/** The events of a site's builds that layers may be told of. */
export const buildEvents = ["build.live", "build.failed", "build.held", "build.locked", "build.stale"] as const;
export type BuildEventName = (typeof buildEvents)[number];

/** An event of a site's build that the layers behind the build are still to be told of. */
export const buildEventSchema = z.looseObject({
  /** Names the event and its build, so that nobody is told twice. */
  id: z.string(),
  /** One of `buildEvents`, or an event of a later release. */
  event: z.string(),
  buildId: z.string(),
  at: z.number(),
  /** The layers' syncs that requested the build. */
  causes: z.array(causeSchema),
  deployId: z.optional(z.string()),
  deployUrl: z.optional(z.string()),
  /** Why the build failed, is held, or is not shown. */
  reason: z.optional(z.string()),
  /** What the event told of before is over. */
  isOver: z.optional(z.boolean()),
  /** The event is about the brake: it holds builds of the causes' webhooks back, or a person released them. */
  brake: z.optional(z.boolean()),
});
export type BuildEvent = z.infer<typeof buildEventSchema>;

/** What a build that ended is told as; null: nobody knows how it ended, or nobody is to be told. */
const endEvent = ({ status, deploy }: Sync["parts"][string]): BuildEventName | null => {
  if (status === "failed") return "build.failed";
  if (status !== "succeeded" || deploy?.state !== "ready") return null;
  return deploy.published === false ? "build.locked" : "build.live";
};

const aboutDeploy = ({ id, url }: Deploy): Pick<BuildEvent, "deployId" | "deployUrl"> => ({
  ...(id === undefined ? {} : { deployId: id }),
  ...(url === undefined ? {} : { deployUrl: url }),
});

const endEvents = (sync: Sync): BuildEvent[] =>
  Object.values(sync.parts).flatMap((part) => {
    const event = endEvent(part);
    const { causes = [], id, finishedAt, queuedAt } = sync;
    if (event === null || causes.length === 0) return [];
    const about = part.deploy === undefined ? {} : aboutDeploy(part.deploy);
    const failure = event === "build.failed" ? part.error : undefined;
    const reason = defined({ reason: event === "build.locked" ? "The site is locked to another deploy." : failure });
    return [{ id: `${event}/${id}`, event, buildId: id, at: finishedAt ?? queuedAt, causes, ...about, ...reason }];
  });

/** Every layer's sync that waits for a build of the slot. */
export const waitingCauses = ({ open, pending }: Slot): Cause[] => [
  ...Object.values(open).flatMap(({ causes = [] }) => causes),
  ...(pending?.causes ?? []),
];

/** A hold is told once, when it begins. */
const holdEvents = (before: Slot, slot: Slot): BuildEvent[] => {
  const { held } = slot;
  const causes = waitingCauses(slot);
  if (held === undefined || before.held !== undefined || causes.length === 0) return [];
  const buildId = slot.pending?.syncId ?? Object.keys(slot.open)[0] ?? "";
  const reason =
    held.for === "credits" ? "The team's credits at Netlify are used up." : "Builds are stopped at Netlify.";
  return [{ id: `build.held/${buildId}`, event: "build.held", buildId, at: held.since, causes, reason }];
};

/** What a site owes its layers to know after a change of its slot. If that is too much, the newest events are kept. */
export const untoldAfter = (
  site: Looked & { readonly slot: Slot; readonly untold?: readonly BuildEvent[] | undefined } & {
    readonly unseen?: readonly BuildEvent[] | undefined;
  },
  slot: Slot,
  ended: readonly Sync[],
  more: readonly BuildEvent[] = [],
): { untold?: BuildEvent[]; unseen?: BuildEvent[] } => {
  const events = [...ended.flatMap(endEvents), ...holdEvents(site.slot, slot)];
  // Where pages have a marker, a build is live once they show it.
  const waitsForPage = ({ event }: BuildEvent): boolean => event === "build.live" && markerOf(site) !== undefined;
  const unseen = events.filter(waitsForPage);
  const untold = [...events.filter((event) => !waitsForPage(event)), ...more];
  return {
    ...(untold.length === 0 ? {} : { untold: [...(site.untold ?? []), ...untold].slice(-UNTOLD) }),
    ...(unseen.length === 0 ? {} : { unseen: [...(site.unseen ?? []), ...unseen].slice(-UNTOLD) }),
  };
};
