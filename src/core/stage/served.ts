import { defined } from "../defined.ts";
import { madeAt } from "../madeAt.ts";
import { markerOf } from "../proof/lookSchema.ts";
import { beganAfter } from "../site/beganAfter.ts";
import type { Site } from "../site/site.ts";
import type { Deploy } from "../slot/deploy.ts";

/** The deploy that visitors are served. */
export interface Served {
  readonly deploy: Deploy;
  /** Since when (ms). */
  readonly at: number;
}

/** What a build is known to have led to, and since when (ms). */
export interface BuildDeploy {
  readonly buildId: string;
  readonly deploy?: Deploy | undefined;
  readonly at: number;
}

/** What the document of a site tells of its deploys. */
type Seen = Pick<Site, "deploys" | "lastEnded" | "look" | "publicUrl">;

const isPublished = ({ state, published }: Deploy): boolean => state === "ready" && published !== false;

const fromNotifications = ({ deploys }: Pick<Site, "deploys">): Served[] => {
  const live = deploys?.live;
  if (live === undefined) return [];
  const deploy = deploys?.recent.find(({ id }) => id === live.id);
  return [{ deploy: deploy ?? { id: live.id, state: "ready" }, at: live.at }];
};

/**
 * The deploy that Netlify says visitors are served, from notifications and from builds that were followed to their end.
 * Null: nobody tells. Of several, the last one counts that went live.
 */
export const servedByNetlify = (site: Pick<Site, "deploys" | "lastEnded">, build?: BuildDeploy): Served | null => {
  const ended = site.lastEnded?.sync;
  const builds = [
    ...(build === undefined ? [] : [build]),
    ...(ended == null ? [] : [{ deploy: ended.deploy, at: ended.finishedAt ?? ended.queuedAt }]),
  ];
  const published = builds.flatMap(({ deploy, at }) =>
    deploy !== undefined && isPublished(deploy) ? [{ deploy, at: deploy.endedAt ?? at }] : [],
  );
  const [latest] = [...fromNotifications(site), ...published].sort((a, b) => b.at - a.at);
  return latest ?? null;
};

/** The deploy that the site's own pages say visitors are served; null: they say nothing. */
export const servedByPage = (site: Seen, build?: BuildDeploy): Served | null => {
  const marker = markerOf(site);
  if (marker === undefined) return null;
  const known = [...(site.deploys?.recent ?? []), site.lastEnded?.sync?.deploy, build?.deploy];
  const { deployId, buildId, seenAt } = marker;
  const deploy = known.find(
    (one) => one !== undefined && (deployId === null ? one.buildId === buildId : one.id === deployId),
  );
  // A build was filled before its deploy began.
  const startedAt = buildId === null ? undefined : (madeAt(buildId) ?? undefined);
  const unknown = {
    state: "ready" as const,
    ...defined({ id: deployId ?? undefined, buildId: buildId ?? undefined, startedAt }),
  };
  return { deploy: deploy ?? unknown, at: seenAt };
};

/**
 * What tells which deploy visitors are served: Netlify, and the pages themselves if they have a marker. A deploy counts
 * as served only if all agree. Empty: nobody tells.
 */
export const servedDeploys = (site: Seen, build?: BuildDeploy): readonly Served[] =>
  [servedByNetlify(site, build), servedByPage(site, build)].filter((served) => served !== null);

/**
 * Whether the deploy that visitors are served began after a build was requested: the build or one of its attempts led to
 * it, or it began after the build's own deploy, or after `after` (ms). Null: it is not known when the deploy began.
 */
export const showsBuild = ({ deploy: served }: Served, build: BuildDeploy, after: number): boolean | null => {
  const { buildId, deploy } = build;
  if (served.buildId === buildId || (served.id !== undefined && served.id === deploy?.id)) return true;
  const { startedAt } = served;
  return startedAt === undefined ? null : beganAfter(startedAt, { askedAt: after, deploy });
};

/**
 * Since when visitors saw a deploy that was published (ms): since its end, and where the pages had a marker by then, since
 * the page showed it. Null: it has not ended, or no page showed it.
 */
const seenSince = (site: Seen, { id, endedAt }: Deploy): number | null => {
  if (endedAt === undefined) return null;
  const { shown = [], knownAt = Number.POSITIVE_INFINITY } = markerOf(site) ?? {};
  const onPage = shown.find(({ deployId }) => deployId === id);
  if (onPage !== undefined) return Math.max(endedAt, onPage.at);
  return endedAt < knownAt ? endedAt : null;
};

/**
 * When an earlier deploy than those that visitors are served now showed a build first (ms), as far as the site's document
 * tells: its own deploy, or one of the known ones. Null: none is known.
 */
export const firstShownAt = (
  site: Seen,
  build: BuildDeploy,
  after: number,
  served: readonly Served[],
): number | null => {
  const isServed = ({ id }: Deploy): boolean => served.some(({ deploy }) => deploy.id === id);
  const ownDeploy = build.deploy === undefined ? [] : [build.deploy];
  const times = [...ownDeploy, ...(site.deploys?.recent ?? [])]
    .filter((deploy) => isPublished(deploy) && deploy.published === true && !isServed(deploy))
    .flatMap((deploy) => {
      const at = seenSince(site, deploy);
      return at !== null && showsBuild({ deploy, at }, build, after) === true ? [at] : [];
    });
  return times.length === 0 ? null : Math.min(...times);
};
