import { layerKey, siteKey } from "../../../../src/store/keys.ts";
import type { Call, Job } from "../../cast/job.ts";
import type { Build, HookedSite } from "../../cast/sites.ts";
import type { Promised, Success } from "../../records/ledger.ts";
import type { World } from "../../world/world.ts";
import { wasGone } from "../rest.ts";

/** The sites that a layer has named without a break since a moment, and that nothing kept from being built. */
export const sitesSince = ({ oracle, sites }: World, layerId: string, since: number): HookedSite[] => {
  const states = oracle.ledger.during(layerKey(layerId), since, Number.POSITIVE_INFINITY);
  return sites.filter((site) => {
    const id = site.id;
    const document = oracle.ledger.latest(siteKey(id));
    // Deleted, or held back by a budget until another day.
    const deleted =
      document?.kind !== "site" || document.slot.pending !== null || Object.keys(document.slot.retry).length > 0;
    const failed = oracle.ledger.givenUp.some((given) => given.layerId === id && given.stamp > since);
    const named = states.every(
      (state) => state?.kind === "layer" && state.connectedSites.some((one) => one.siteId === id),
    );
    return named && !deleted && !failed;
  });
};

/** A deploy that failed shows nothing. */
const isLive = ({ deploy }: Build): boolean => deploy.state !== "error";

/**
 * Whether a build was begun from here whose deploy failed where nobody told of it: who began it has done what can be
 * done. Somebody else's that failed unseen is none: the build is still to be begun.
 */
const failedUnseen = (world: World, site: HookedSite, builds: readonly Build[]): boolean => {
  const unseen = builds.some((build) => !build.foreign && !(build.owed && isHeard(world, site, build)));
  if (unseen) world.count("excepted from P4: a deploy failed out of sight");
  return unseen;
};

/** Whether a site's document knows that Netlify did not build. */
const isHeard = ({ oracle: { ledger } }: World, { id }: HookedSite, { deploy }: Build): boolean =>
  ledger
    .during(siteKey(id), 0, Number.POSITIVE_INFINITY)
    .some(
      (site) =>
        site?.kind === "site" &&
        (site.deploys?.recent ?? []).some((known) => known.id === deploy.id && known.state === "failed"),
    );

const callsOf = (job: Job, { key }: Success): Call[] => job.calls.filter((call) => call.key === key);

/**
 * Whether the one documented exception holds: a call out of sight took effect after a later answer of its source had
 * been recorded, and the job has no version to show it by.
 */
const excepted = (job: Job, call: Call, successes: readonly Success[]): boolean => {
  const at = call.effect?.stamp ?? 0;
  return (
    job.plan.tells === "changed" &&
    successes.some(
      (success) =>
        success.stamp > call.began &&
        callsOf(job, success).some((other) => other !== call && other.answered !== null && other.answered < at),
    )
  );
};

/** Changes that a source has made and told of since, and that its sites and caches must show. */
export const toldChanges = (
  world: World,
  layerId: string,
  job: Job,
): { readonly edition: number; readonly stamp: number }[] => {
  const { ledger } = world.oracle;
  const successes = ledger.successes.filter((one) => one.layerId === layerId && one.slug === job.plan.slug);
  const changes: { edition: number; stamp: number }[] = [];
  const cancelled = Math.max(0, ...ledger.cancels.filter(({ id }) => id === layerId).map(({ stamp }) => stamp));
  for (const call of job.calls) {
    const { effect } = call;
    if (effect === null || effect.edition === null || wasGone(world, layerId, effect.stamp)) continue;
    const { edition, stamp } = effect;
    const told = successes.some(
      (success) =>
        success.build &&
        success.stamp > Math.max(stamp, cancelled) &&
        callsOf(job, success).some((other) => other === call || (other.answered ?? 0) > stamp),
    );
    if (!told) continue;
    if (call.failedOpenly && job.plan.tells === "changed") {
      world.count("excepted from P4: a failure told after the effect");
      continue;
    }
    if (excepted(job, call, successes)) {
      world.count("excepted from P4: an effect out of sight");
      continue;
    }
    changes.push({ edition, stamp });
  }
  return changes;
};

const checkJob = (world: World, layerId: string, job: Job): void => {
  for (const { edition, stamp } of toldChanges(world, layerId, job)) {
    for (const site of sitesSince(world, layerId, stamp)) {
      const showing = site.builds.filter(({ shown }) => (shown.get(job) ?? 0) >= edition);
      if (showing.some(isLive) || failedUnseen(world, site, showing)) continue;
      world.oracle.fail("P4: every change is built", `edition ${edition} of ${job.name} is not on site ${site.number}`);
    }
  }
};

/** Deliveries to layers that have had no sources since: each of them counts as a change. */
export const buildPromises = ({ oracle: { ledger } }: World): Promised[] =>
  ledger.promises.filter(({ layerId, arrived, known }) => {
    const states = ledger.during(layerKey(layerId), arrived, Number.POSITIVE_INFINITY);
    const builds = states.every((state) => state?.kind === "layer" && state.sources.length === 0 && !state.slot.paused);
    return known.length === 0 && builds && !ledger.cancels.some(({ id }) => id === layerId);
  });

/** At rest the sites show every change that a source has told of since. */
export const buildLaws = (world: World): void => {
  const { ledger } = world.oracle;
  for (const { id } of world.layers) {
    const layer = ledger.latest(layerKey(id));
    if (layer?.kind !== "layer") continue;
    for (const { url } of layer.sources) {
      const job = world.jobAt(url);
      if (job !== undefined) checkJob(world, id, job);
    }
  }
  for (const { layerId, arrived } of buildPromises(world)) {
    for (const site of sitesSince(world, layerId, arrived)) {
      const since = site.builds.filter(({ stamp }) => stamp > arrived);
      if (since.some(isLive) || failedUnseen(world, site, since)) continue;
      world.oracle.fail("P4: a build layer's delivery builds", `${layerId}: site ${site.number} after ${arrived}`);
    }
  }
};
