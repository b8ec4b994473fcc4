import { accept } from "../slot/accept.ts";
import type { Slot } from "../slot/slot.ts";
import { holdAgain } from "../usage/held.ts";
import { buildIdInTitle, type DeployEvent, type EventMoment } from "./deployEvent.ts";
import type { Site } from "./site.ts";

/**
 * The site's slot with a build owed again, because Netlify says only now that it did not make one that counted as made.
 * That happens where the build's end was not waited for. Null: nothing is owed, because something newer will show or
 * shows the same. `id` is that of the new build.
 */
export const oweAgain = (site: Site, event: DeployEvent, { now, rev }: EventMoment, id: string): Slot | null => {
  const { slot, deploys } = site;
  const { notBuilt, deploy } = event;
  if (notBuilt === null || notBuilt === "cancelled" || notBuilt === "ignored") return null;
  if (!event.production || buildIdInTitle(event.title) === undefined) return null;
  const isBusy = slot.running !== null || slot.pending !== null || Object.keys(slot.retry).length > 0;
  const known = deploys?.recent ?? [];
  const isRepeated = known.some((other) => other.id === deploy.id && other.state === "failed");
  const isCovered = known.some(
    ({ state, startedAt = 0 }) => state !== "failed" && startedAt >= (deploy.startedAt ?? Number.POSITIVE_INFINITY),
  );
  if (isBusy || isRepeated || isCovered) return null;
  const request = {
    id: `again.${deploy.id}`,
    receivedAt: now,
    all: true,
    slugs: [],
    full: true,
    trigger: { type: "build", id: deploy.id, at: now },
    build: false,
    written: true,
  } as const;
  const held = notBuilt === "superseded" ? {} : { held: holdAgain(slot.held, notBuilt, now) };
  const { slot: owing } = accept(slot, request, { now, rev, firstRev: rev }, id);
  return owing === null ? null : { ...owing, ...held };
};
