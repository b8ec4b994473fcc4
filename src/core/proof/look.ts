import { defined } from "../defined.ts";
import { SECOND } from "../durations.ts";
import { UNTOLD } from "../limits.ts";
import type { BuildEvent } from "../site/buildEvents.ts";
import type { Site } from "../site/site.ts";
import { servedByNetlify } from "../stage/served.ts";
import { type Look, lookOf, type Marker } from "./lookSchema.ts";

/** The waits between the looks at one deploy (ms): a network for content may serve an old copy for a moment. */
export const LOOK_AGAIN = [5 * SECOND, 15 * SECOND, 60 * SECOND] as const;

/** What a look has found. */
export type Sight =
  | { readonly kind: "marker"; readonly deployId: string | null; readonly buildId: string | null }
  /** The pages answer, and have no marker. */
  | { readonly kind: "none"; readonly reason: string }
  /** Nobody can say what the pages show. */
  | { readonly kind: "unknown"; readonly reason: string };

/** The deploy that Netlify says is served, and that the pages are to show; null: none is known. */
const wantedDeploy = (site: Site) => {
  const served = servedByNetlify(site);
  return served?.deploy.id === undefined ? null : { ...served.deploy, id: served.deploy.id };
};

/** When the site's pages are to be looked at (ms); infinity: not before another deploy is live. */
export const nextLook = (site: Site): number => {
  const wanted = wantedDeploy(site);
  // What waits for the page is told as soon as nobody looks any more.
  if (site.publicUrl == null || wanted === null) return (site.unseen ?? []).length > 0 ? 0 : Number.POSITIVE_INFINITY;
  const look = lookOf(site);
  if (look?.deployId !== wanted.id) return 0;
  const never = Number.POSITIVE_INFINITY;
  const due = Math.min(look.due ?? never, look.content?.due ?? never, look.heal?.at ?? never);
  // A build may wait for a deploy that was looked at before: one that took its place at Netlify.
  return due === never && (site.unseen ?? []).length > 0 ? 0 : due;
};

/** Whether nobody has looked yet at the pages of what was published for a build whose deploy Netlify serves. */
export const awaitsLook = (site: Site, buildId: string): boolean => {
  const look = lookOf(site);
  if (look?.content?.buildId === buildId) return look.content.found === undefined;
  const wanted = wantedDeploy(site);
  if (site.publicUrl == null || wanted?.buildId !== buildId) return false;
  return look?.deployId !== wanted.id || look.due !== undefined;
};

/** Whether a marker names a deploy, or the build that began it where the marker has no deploy. */
export const namesDeploy = (
  { deployId, buildId }: Pick<Marker, "deployId" | "buildId">,
  deploy: { readonly id?: string | undefined; readonly buildId?: string | undefined },
): boolean => (deployId === null ? buildId === deploy.buildId : deployId === deploy.id);

const release = (site: Site, events: readonly BuildEvent[]): Site => {
  const { unseen: _unseen, ...rest } = site;
  return events.length === 0 ? rest : { ...rest, untold: [...(site.untold ?? []), ...events].slice(-UNTOLD) };
};

/** The events that waited for the page, as those of a page that stays old. */
const asStale = (events: readonly BuildEvent[], at: number, reason: string): BuildEvent[] =>
  events.map((event) => ({ ...event, id: `build.stale/${event.buildId}`, event: "build.stale", at, reason }));

const OTHER = "The page shows another deploy.";

const markerAfter = (former: Marker | undefined, sight: Sight, isOver: boolean, now: number): Marker | undefined => {
  if (sight.kind === "unknown") return former;
  if (sight.kind === "none") return isOver ? undefined : former;
  const { deployId, buildId } = sight;
  const isSame = former?.deployId === deployId && former.buildId === buildId;
  const knownAt = former?.knownAt ?? now;
  return { ...former, deployId, buildId, seenAt: isSame ? former.seenAt : now, knownAt };
};

/** For how many deploys a marker remembers when it first showed them. */
const SHOWN = 20;

const withShown = (marker: Marker, deployId: string, at: number): Marker => {
  const { shown = [] } = marker;
  const isKnown = shown.some((one) => one.deployId === deployId);
  return isKnown ? marker : { ...marker, shown: [{ deployId, at }, ...shown].slice(0, SHOWN) };
};

/** One look at a site's pages. */
export interface LookedAt {
  readonly url: string;
  readonly deployId: string;
  readonly sight: Sight;
  /** The build whose publishes have pages to look at once the deploy is live; undefined: none has. */
  readonly contentOf?: string | undefined;
  readonly now: number;
}

/**
 * Records what a look at a site's pages has found, and decides whether to look again. Layers are told that a build is
 * live once the page shows it, or once it is known that the pages have no marker; and that it is stale if the last look
 * still shows another deploy. `url` and `deployId` are what was looked at. Nothing changes if the site wants another look
 * meanwhile, or if a second worker that looked at the same time was first.
 */
export const noteSight = (site: Site, { url, deployId, sight, contentOf, now }: LookedAt): Site => {
  const wanted = wantedDeploy(site);
  if (site.publicUrl !== url || wanted?.id !== deployId) return site;
  const before = lookOf(site);
  const former = before?.deployId === deployId ? before : undefined;
  if (former?.due !== undefined && former.due > now) return site;
  const tries = (former?.tries ?? 0) + 1;
  const isShown = sight.kind === "marker" && namesDeploy(sight, wanted);
  const wait = LOOK_AGAIN[tries - 1];
  // Pages that never had a marker are not asked for one again.
  const isHopeless = sight.kind === "none" && before?.marker === undefined;
  const isOver = isShown || isHopeless || wait === undefined;
  const found = markerAfter(before?.marker, sight, isOver, now);
  const marker = isShown && found !== undefined ? withShown(found, deployId, now) : found;
  const whyNot = sight.kind === "marker" ? OTHER : sight.reason;
  const reason = isShown ? undefined : whyNot;
  const due = isOver || wait === undefined ? undefined : now + wait;
  const isLive = isOver && (isShown || marker === undefined);
  const content = isLive && contentOf !== undefined ? { buildId: contentOf, tries: 0, due: now } : undefined;
  const look: Look = { url, deployId, tries, at: now, ...defined({ due, marker, reason, content }) };
  const looked = { ...site, look };
  if (!isOver) return looked;
  const waiting = site.unseen ?? [];
  return release(looked, isLive ? waiting.map((event) => ({ ...event, at: now })) : asStale(waiting, now, whyNot));
};

/** Tells what waited for the page of a site that is not looked at any more. */
export const withoutLook = (site: Site): Site => release(site, site.unseen ?? []);
