import { heldStates, type SyncState } from "../../../../src/app/stored/records.ts";
import type { Layer } from "../../../../src/core/layer/layer.ts";
import { bearsBuild } from "../../../../src/core/site/deployEvent.ts";
import { endStatus, siteError } from "../../../../src/core/slot/ending.ts";
import type { SiteAsk, Sync } from "../../../../src/core/slot/sync.ts";
import type { SlotOwner } from "../../../../src/core/slotOwner.ts";
import { buildStage, builtInstead } from "../../../../src/core/stage/buildStage.ts";
import type { Standing } from "../../../../src/core/stage/stage.ts";
import { shownAfter, syncedInstead, syncStage } from "../../../../src/core/stage/syncStage.ts";
import { buildKey, layerKey, siteKey, syncKey } from "../../../../src/store/keys.ts";
import type { Build } from "../../cast/sites.ts";
import type { Promised } from "../../records/ledger.ts";
import type { World } from "../../world/world.ts";
import { wasGone } from "../rest.ts";

/** A sync or build as a reader finds it: in its owner's document, or on record. */
const found = ({ register }: World, owner: SlotOwner, id: string): SyncState | null => {
  const held = heldStates(owner).get(id);
  if (held !== undefined) return held;
  const record = register.read(owner.kind === "layer" ? syncKey(owner.id, id) : buildKey(owner.id, id));
  if (record === null) return null;
  const sync: Sync = JSON.parse(record.text);
  return { kind: "claimed", sync, status: endStatus(sync) };
};

/** The state that took over in the end, however long the way. */
const last = (
  world: World,
  owner: SlotOwner,
  id: string,
  next: (state: SyncState | null) => string | null,
): SyncState | null => {
  let state = found(world, owner, id);
  for (let id = next(state); id !== null; id = next(state)) {
    const successor = found(world, owner, id);
    if (successor === null) break;
    state = successor;
  }
  return state;
};

const standingOf = (world: World, sync: Sync, request: SiteAsk): Standing | null => {
  const document = world.oracle.ledger.latest(siteKey(request.siteId));
  if (document?.kind !== "site" || request.buildId === null) return null;
  const state = last(world, document, request.buildId, builtInstead);
  const id = state === null ? request.buildId : state.kind === "pending" ? state.pending.syncId : state.sync.id;
  return { ...buildStage(document, id, state, shownAfter(sync)), siteId: document.id };
};

/** Netlify's own view of a site: the deploy that was published last. */
const servedOf = (builds: readonly Build[]): Build | null =>
  [...builds]
    .filter(({ deploy }) => deploy.published_at !== null)
    .sort((a, b) => ((a.deploy.published_at ?? "") < (b.deploy.published_at ?? "") ? 1 : -1))[0] ?? null;

type Tell = (law: string, detail: string) => void;

const liveLaws = (world: World, standing: Standing, { arrived }: Promised, fail: Tell): void => {
  const site = world.sites.find(({ id }) => id === standing.siteId);
  const document = world.oracle.ledger.latest(siteKey(standing.siteId ?? ""));
  if (site === undefined || document?.kind !== "site") return;
  const { stage, deployId, buildId = "" } = standing;
  if (stage === "live") {
    world.count("stages: live");
    const build = site.builds.find(({ deploy }) => deploy.id === deployId);
    if (build === undefined || build.deploy.published_at === null || build.stamp < arrived) {
      fail("a live publish is shown by a deploy that began after it", `${deployId} at ${build?.stamp}`);
    }
    return;
  }
  const served = servedOf(site.builds);
  const isKnown = document.deploys?.live?.id === served?.deploy.id;
  if (served !== null && isKnown && bearsBuild(served.deploy.title ?? "", buildId)) {
    fail("a publish is live when visitors are served its build", `${served.deploy.id}, said to be ${stage}`);
  }
};

/** Whether a source was removed that the layer had when the publish arrived. */
const lostSource = ({ oracle }: World, { layerId, arrived }: Promised): boolean => {
  const states = oracle.ledger.during(layerKey(layerId), arrived, Number.POSITIVE_INFINITY);
  const slugs = states.map((state) => (state?.kind === "layer" ? state.sources.map(({ slug }) => slug) : []));
  return slugs.flat().some((slug) => slugs.some((one) => !one.includes(slug)));
};

const restLaws = (world: World, standing: Standing, promised: Promised, fail: Tell): void => {
  const { ledger } = world.oracle;
  const { layerId, arrived } = promised;
  const { stage, siteId = "", reason } = standing;
  const layer = ledger.latest(layerKey(layerId));
  const site = ledger.latest(siteKey(siteId));
  const isPaused = layer?.kind === "layer" && layer.slot.paused;
  const isBudgeted = site?.kind === "site" && world.oracle.pacing.mayHold(site);
  world.count(`stages: ${stage}`);
  switch (stage) {
    case "pending":
    case "syncing":
      if (!isPaused) fail("no publish is on its way at rest", stage);
      return;
    case "building":
      fail("no publish is on its way at rest", stage);
      return;
    case "waiting":
    case "retrying":
      if (!isPaused && !isBudgeted) fail("no publish is on its way at rest", stage);
      return;
    case "failed": {
      const failed = ledger.givenUp.some(
        (given) => (given.layerId === layerId || given.layerId === siteId) && given.stamp > arrived,
      );
      const cancelled = ledger.cancels.some(({ id }) => id === layerId || id === siteId);
      const deleted = ledger.acts.some(({ kind }) => kind === "delete-site");
      const removed = reason?.includes("was removed") === true && lostSource(world, promised);
      if (!failed && !cancelled && !deleted && !removed) {
        fail("a failed publish has a true reason", reason ?? "none");
      }
      return;
    }
    case "held": {
      if (isBudgeted) return;
      const builds = world.sites.find(({ id }) => id === siteId)?.builds ?? [];
      const own = builds.find(({ deploy }) => deploy.id === standing.deployId);
      const served = servedOf(builds);
      const isShown = own !== undefined && own.deploy.published_at !== null && own === served;
      // Every closure has ended at rest, so nothing but the choice of a deploy holds a publish back.
      if (own === undefined || isShown) fail("a publish is held only while it is held back", reason ?? "none");
      return;
    }
    case "refused":
    case "ignored":
      fail("an accepted publish is neither refused nor ignored", stage);
      return;
    default:
      return;
  }
};

const checkPromise = (world: World, layer: Layer, promised: Promised): void => {
  const { oracle } = world;
  const state = last(world, layer, promised.syncId, syncedInstead);
  if (state === null) return;
  const fail: Tell = (law, detail) =>
    oracle.fail(law, `${promised.syncId} of ${layer.id}, promised at stamp ${promised.arrived}: ${detail}`);
  const requests = state.kind === "pending" ? [] : state.sync.sites.filter((site) => siteError(site) === null);
  const builds = requests.flatMap((request) => {
    const standing = state.kind === "pending" ? null : standingOf(world, state.sync, request);
    return standing === null ? [] : [standing];
  });
  for (const standing of builds) {
    liveLaws(world, standing, promised, fail);
    restLaws(world, standing, promised, fail);
  }
  restLaws(world, syncStage({ state, slot: layer.slot, builds, sites: [] }), promised, fail);
};

/** At rest every accepted publish stands where the simulated Netlify would say that it stands, and for a true reason. */
export const stageLaws = (world: World): void => {
  const { ledger } = world.oracle;
  for (const promised of ledger.promises) {
    const layer = ledger.latest(layerKey(promised.layerId));
    if (layer?.kind !== "layer" || wasGone(world, layer.id, promised.arrived)) continue;
    checkPromise(world, layer, promised);
  }
};
