import type { Deps, Target } from "../../../src/app/deps.ts";
import { finishChange } from "../../../src/app/manage/changes.ts";
import { addLayer, configureLayer, deleteLayer } from "../../../src/app/manage/layers.ts";
import { rotateSourceSecret } from "../../../src/app/manage/signingSecrets.ts";
import { buildNow, deleteSite, reconfigureSite } from "../../../src/app/manage/sites.ts";
import { cancelSync, requestByHand, retrySync } from "../../../src/app/manage/syncs.ts";
import {
  changeWebhook,
  createWebhook,
  newWebhookUrl,
  removeWebhook,
  undeleteWebhook,
} from "../../../src/app/manage/webhooks.ts";
import type { LayerPatch } from "../../../src/app/settings/layerSettings.ts";
import type { SourceInput } from "../../../src/app/settings/sourceSettings.ts";
import { MINUTE, SECOND } from "../../../src/core/durations.ts";
import type { Layer } from "../../../src/core/layer/layer.ts";
import type { Source } from "../../../src/core/layer/source.ts";
import { layerKey } from "../../../src/store/keys.ts";
import type { ActKind } from "../records/ledger.ts";
import type { Prng } from "../world/prng.ts";
import type { LayerState, World } from "../world/world.ts";

export const OWNER = { id: "owner", name: "Olive Owner", email: "olive@example.com" };

const kept = (source: Source): SourceInput => {
  const { slug, name, url } = source;
  if (source.type === "probe")
    return { slug, name, type: source.type, url, pick: source.pick, checkEvery: source.checkEvery };
  return {
    slug,
    name,
    type: source.type,
    url,
    timeoutSeconds: source.timeoutSeconds,
    settleSeconds: source.settleSeconds,
  };
};

interface Change {
  readonly kind: string;
  readonly wake?: boolean;
}

/** What a person does to a layer, as the management API would. */
type Doing = (deps: Deps, layer: Layer) => Promise<Change>;

/** People who change things while everything goes on. */
export class People {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  act(acts: number, over: number): void {
    const { chance, timeline, layers } = this.#world;
    for (let i = 0; i < acts; i += 1) {
      const layer = chance.pick(layers);
      timeline.after(chance.int(0, over), () => void this.#do(layer, this.#choose(layer)));
    }
  }

  /** Everything that stands still is let go on, or most of it. */
  resume(): void {
    const { chance, layers } = this.#world;
    for (const state of layers) {
      if (chance.chance(0.8)) void this.#do(state, (deps, layer) => this.#patch(deps, layer, { paused: false }));
    }
  }

  #note(kind: ActKind, id: string): void {
    this.#world.oracle.ledger.acts.push({ kind, id, began: this.#world.timeline.stamp() });
  }

  async #do(state: LayerState, doing: Doing): Promise<void> {
    const { platform, oracle, trace, count } = this.#world;
    const document = oracle.ledger.latest(layerKey(state.id));
    if (document?.kind !== "layer") return;
    const instance = platform.start("person");
    await platform.run(instance, async (deps) => {
      const result = await doing(deps, document);
      trace.say(instance.name, () => `was told ${result.kind}`);
      count(`person told ${result.kind}`);
      const target: Target = { kind: "layer", id: state.id };
      await finishChange(deps, target, result.wake === true);
      return result;
    });
  }

  #patch(deps: Deps, layer: Layer, patch: LayerPatch, sync = true): Promise<Change> {
    return configureLayer(deps, OWNER, layer.id, patch, sync, () => true);
  }

  #choose(state: LayerState): Doing {
    const { chance } = this.#world;
    const world = this.#world;
    const doings: readonly (readonly [number, Doing])[] = [
      [2, (deps, layer) => this.#hook(deps, layer)],
      [1, (deps, layer) => this.#newUrl(deps, layer)],
      [1, (deps, layer) => this.#undelete(deps, layer)],
      [2, (deps, layer) => this.#unhook(deps, layer)],
      [1, (deps, layer) => this.#rehook(deps, layer)],
      [2, (deps, layer) => this.#addSource(deps, state, layer)],
      [2, (deps, layer) => this.#removeSource(deps, layer, chance)],
      [1, (deps, layer) => this.#moveSource(deps, layer)],
      [2, (deps, layer) => this.#connect(deps, layer)],
      [2, (deps, layer) => this.#patch(deps, layer, { paused: chance.chance(0.5) })],
      [1, (deps, layer) => this.#patch(deps, layer, { buildAfterConfiguration: chance.chance(0.5) })],
      [1, (deps, layer) => this.#patch(deps, layer, { name: `Layer ${chance.int(1, 99)}` })],
      [0.3, (deps, layer) => this.#patch(deps, layer, { defaultWebhook: "off" })],
      [3, (deps, layer) => this.#ask(deps, state, layer)],
      [3, (deps, layer) => this.#cancel(deps, layer)],
      [2, (deps, layer) => this.#retry(deps, layer)],
      [0.7, (deps, layer) => this.#rotate(deps, layer)],
      [0.5, (deps, layer) => this.#delete(deps, state, layer)],
      [0.8, (deps) => this.#touchSite(deps, world)],
    ];
    return chance.weighted(doings);
  }

  #hook(deps: Deps, { id, webhooks }: Layer): Promise<Change> {
    const { chance, oracle } = this.#world;
    const name = `hook ${chance.int(1, 9)}`;
    if (webhooks.length > 0 || chance.chance(0.5)) return createWebhook(deps, OWNER, id, name, null);
    const until = deps.clock.now() + chance.pick([SECOND, 20 * SECOND, 5 * MINUTE]);
    oracle.webhooks.asked({ kind: "keep default", layerId: id, until });
    return createWebhook(deps, OWNER, id, name, null, undefined, null, until);
  }

  #newUrl(deps: Deps, { id, webhooks }: Layer): Promise<Change> {
    const { chance, oracle } = this.#world;
    const ref = webhooks[0]?.ref ?? "wh_none";
    const keepOldForSeconds = chance.pick([0, 1, 20, 300]);
    oracle.webhooks.asked({ kind: "rotate", layerId: id, ref, keepOldForSeconds });
    return newWebhookUrl(deps, OWNER, id, ref, keepOldForSeconds);
  }

  /** Restores the webhook that was deleted last, or thinks better of deleting one. */
  async #undelete(deps: Deps, { id, webhooks, deletedWebhooks }: Layer): Promise<Change> {
    const [hook] = webhooks;
    const gone = deletedWebhooks.at(-1);
    if (gone === undefined && hook !== undefined) await removeWebhook(deps, OWNER, id, hook.ref);
    return undeleteWebhook(deps, OWNER, id, gone?.ref ?? hook?.ref ?? "wh_none");
  }

  #unhook(deps: Deps, layer: Layer): Promise<Change> {
    const hook = layer.webhooks[0];
    return removeWebhook(deps, OWNER, layer.id, hook?.ref ?? "wh_none");
  }

  #rehook(deps: Deps, layer: Layer): Promise<Change> {
    const name = `renamed ${this.#world.chance.int(1, 9)}`;
    return changeWebhook(deps, OWNER, layer.id, layer.webhooks[0]?.ref ?? "wh_none", name, () => true);
  }

  #addSource(deps: Deps, state: LayerState, layer: Layer): Promise<Change> {
    const { chance } = this.#world;
    const slug = ["a", "b", "c", "d"].find((one) => !layer.sources.some((source) => source.slug === one));
    if (slug === undefined) return this.#patch(deps, layer, { description: "full" });
    const job = this.#world.addJob(state.number, slug);
    const source: SourceInput = { slug, type: "http", ...job };
    return this.#patch(deps, layer, { dataSources: [...layer.sources.map(kept), source] }, chance.chance(0.8));
  }

  #removeSource(deps: Deps, layer: Layer, chance: Prng): Promise<Change> {
    const removed = layer.sources.filter(() => chance.chance(0.4)).map(({ slug }) => slug);
    const dataSources = layer.sources.filter(({ slug }) => !removed.includes(slug)).map(kept);
    return this.#patch(deps, layer, { dataSources }, chance.chance(0.8));
  }

  #moveSource(deps: Deps, layer: Layer): Promise<Change> {
    const { chance } = this.#world;
    const query = `?v=${chance.int(1, 99)}`;
    const dataSources = layer.sources
      .map(kept)
      .map((source) => ({ ...source, url: source.url.replace(/(\?.*)?$/, query) }));
    return this.#patch(deps, layer, { dataSources }, chance.chance(0.8));
  }

  #connect(deps: Deps, layer: Layer): Promise<Change> {
    const { chance, sites } = this.#world;
    const connectedSites = sites.filter(() => chance.chance(0.6)).map(({ id }) => ({ siteId: id }));
    return this.#patch(deps, layer, { connectedSites });
  }

  async #ask(deps: Deps, state: LayerState, layer: Layer): Promise<Change> {
    const { chance, timeline, oracle } = this.#world;
    const known = layer.sources.map(({ slug }) => slug);
    const slug = known.length > 0 && chance.chance(0.5) ? chance.pick(known) : null;
    const arrived = timeline.stamp();
    const arrivedAt = timeline.now;
    const result = await requestByHand(deps, OWNER, layer.id, slug);
    if (result.kind !== "accepted") return result;
    const named = slug === null ? null : [slug];
    oracle.asked(
      { layerId: layer.id, layer: state.number, named, known, published: [], arrived, arrivedAt, byHand: true },
      result.syncId,
    );
    return result;
  }

  #someSync(layer: Layer): string {
    const { slot } = layer;
    const ids = [slot.pending?.syncId, slot.running?.lead, ...Object.keys(slot.open)].filter((id) => id !== undefined);
    const ended = this.#world.oracle.ledger.promises.filter(({ layerId }) => layerId === layer.id);
    const all = [...ids, ...ended.map(({ syncId }) => syncId)];
    return all.length === 0 ? "no-such-sync" : this.#world.chance.pick(all);
  }

  #cancel(deps: Deps, layer: Layer): Promise<Change> {
    this.#note("cancel", layer.id);
    return cancelSync(deps, OWNER, layer.id, this.#someSync(layer));
  }

  #retry(deps: Deps, layer: Layer): Promise<Change> {
    return retrySync(deps, OWNER, layer.id, this.#someSync(layer));
  }

  #rotate(deps: Deps, layer: Layer): Promise<Change> {
    return rotateSourceSecret(deps, OWNER, layer.id, layer.sources[0]?.slug ?? "none");
  }

  /** Deletes a layer; one of a chosen id may be made anew. */
  async #delete(deps: Deps, state: LayerState, layer: Layer): Promise<Change> {
    this.#note("delete", layer.id);
    const result = await deleteLayer(deps, OWNER, layer.id);
    if (!layer.keptId || !this.#world.chance.chance(0.5)) return result;
    this.#note("add", layer.id);
    const dataSources = state.plan.jobs.map((job) => {
      return { slug: job.slug, type: "http" as const, ...this.#world.addJob(state.number, job.slug) };
    });
    const connectedSites = layer.connectedSites.map(({ siteId }) => ({ siteId }));
    return addLayer(deps, OWNER, { name: "Anew", dataSources, connectedSites }, layer.id, true);
  }

  /** Somebody does not want to wait. */
  async #build(deps: Deps, siteId: string): Promise<Change> {
    const result = await buildNow(deps, OWNER, siteId);
    await finishChange(deps, { kind: "site", id: siteId }, result.kind === "requested" && result.wake);
    return { kind: `site ${result.kind}` };
  }

  #touchSite(deps: Deps, { sites, chance }: World): Promise<Change> {
    const { id } = chance.pick(sites);
    if (chance.chance(0.4)) return this.#build(deps, id);
    if (chance.chance(0.8)) return reconfigureSite(deps, OWNER, id, { name: `Site ${chance.int(1, 99)}` }, () => true);
    this.#note("delete-site", id);
    return deleteSite(deps, OWNER, id);
  }
}
