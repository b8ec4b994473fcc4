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

const isPublished = ({ state, published }: Deploy): boolean => state === "ready" && published !== false;

const fromNotifications = ({ deploys }: Pick<Site, "deploys">): Served[] => {
  const live = deploys?.live;
  if (live === undefined) return [];
  const deploy = deploys?.recent.find(({ id }) => id === live.id);
  return [{ deploy: deploy ?? { id: live.id, state: "ready" }, at: live.at }];
};

/**
 * The deploy that visitors are served, from notifications and from builds that were followed to their end. Null: nobody
 * tells. Of several, the last one counts that went live.
 */
export const servedDeploy = (site: Pick<Site, "deploys" | "lastEnded">, build?: BuildDeploy): Served | null => {
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
