import type { OutgoingRequest } from "../../../src/app/deps.ts";
import { addLayer } from "../../../src/app/manage/layers.ts";
import { addSite } from "../../../src/app/manage/sites.ts";
import { createWebhook } from "../../../src/app/manage/webhooks.ts";
import type { SourceInput } from "../../../src/app/settings/sourceSettings.ts";
import { HOUR, MINUTE, SECOND } from "../../../src/core/durations.ts";
import { buildEvents } from "../../../src/core/site/buildEvents.ts";
import { layerKey, siteKey } from "../../../src/store/keys.ts";
import type { Archive, Store } from "../../../src/store/store.ts";
import { Cms } from "../cast/cms.ts";
import { Deploys } from "../cast/deploys.ts";
import { FEED, Feed } from "../cast/feed.ts";
import { type Answer, Job, reply } from "../cast/job.ts";
import { OWNER, People } from "../cast/people.ts";
import { Publishers } from "../cast/publishers.ts";
import { Purges } from "../cast/purges.ts";
import { Receiver, receiverUrl } from "../cast/receiver.ts";
import { API, HookedSite, netlifyId } from "../cast/sites.ts";
import { CheckLaws } from "../laws/checks.ts";
import { messageLaws } from "../laws/messages.ts";
import { archiveLaws, budgetLaws, coverageLaws, lastEndedLaws, restless } from "../laws/rest.ts";
import { buildLaws } from "../laws/sites/builds.ts";
import { burstLaws, calmLaws, watchTakeOver } from "../laws/sites/pace.ts";
import { purgeLaws, tagOf } from "../laws/sites/purges.ts";
import { stageLaws } from "../laws/sites/stages.ts";
import { type LayerPlan, type Plan, planOf } from "../plan.ts";
import { Oracle } from "../records/oracle.ts";
import { Register } from "../records/register.ts";
import { Trace } from "../trace.ts";
import { Channel } from "./channel.ts";
import { ClientChannel } from "./client.ts";
import { type Faults, NO_FAULTS } from "./faults.ts";
import type { Instance } from "./instance.ts";
import { NeighbourStore, planted } from "./neighbourStore.ts";
import { Platform } from "./platform.ts";
import { PreviewLife } from "./previewLife.ts";
import { Prng } from "./prng.ts";
import { Timeline } from "./timeline.ts";

export interface LayerState {
  readonly number: number;
  readonly id: string;
  readonly plan: LayerPlan;
  readonly feed: Feed | null;
}

/** How long after the last fault everything must be at rest: a job that hangs, a full back-off, a clock an hour ahead. */
const REST = 90 * MINUTE;

/** Everything around the system under test, from one seed. */
export class World {
  readonly plan: Plan;
  readonly chance: Prng;
  readonly timeline: Timeline;
  readonly trace: Trace;
  readonly cms = new Cms();
  readonly oracle: Oracle;
  readonly register: Register;
  readonly platform: Platform;
  readonly deploys: Deploys;
  readonly jobs = new Map<string, Job>();
  readonly purges = new Purges(this);
  readonly receiver: Receiver;
  readonly sites: HookedSite[] = [];
  readonly layers: LayerState[] = [];
  readonly counts = new Map<string, number>();
  faults: Faults = NO_FAULTS;
  /** When the world's life began, after everything was set up (ms). */
  began = 0;

  /** `reshaped` makes another plan of the one that the seed makes. */
  constructor(seed: number, traced = false, reshaped: (plan: Plan) => Plan = (plan) => plan) {
    const chance = new Prng(seed);
    this.plan = reshaped(planOf(seed, chance.fork()));
    this.receiver = new Receiver(this);
    this.timeline = new Timeline(chance.fork(), this.plan.client, () =>
      this.oracle.fail("P23: nobody spins", "somebody waits for no time at all, again and again"),
    );
    this.chance = chance.fork();
    this.trace = new Trace(this.timeline, traced);
    this.oracle = new Oracle(this);
    this.register = new Register(this.timeline, (commit) => this.oracle.committed(commit));
    this.platform = new Platform(this);
    this.deploys = new Deploys((deploy) => this.trace.say("world", () => `${deploy.name} is published`));
  }

  readonly count = (what: string, times = 1): void => {
    this.counts.set(what, (this.counts.get(what) ?? 0) + times);
  };

  storeOf(instance: Instance): Store & Archive {
    this.oracle.touches(instance);
    const { release } = instance.home.deploy;
    const store = this.plan.client ? new ClientChannel(this, instance) : new Channel(this, instance);
    return release === "this" ? store : new NeighbourStore(store, release);
  }

  /** Whether a key is that of the document which never answers. */
  isSick(key: string): boolean {
    const { sick } = this.faults;
    if (sick === null) return false;
    return key === (sick === "layer" ? layerKey(this.layers[0]?.id ?? "") : siteKey(this.sites[0]?.id ?? ""));
  }

  /** A job for a new source; a source that is added again has a new one. */
  addJob(layer: number, slug: string): { url: string; timeoutSeconds: number; settleSeconds: number } {
    const planned = this.layers[layer]?.plan.jobs ?? this.plan.layers[layer]?.jobs ?? [];
    const plan = planned.find((job) => job.slug === slug) ?? planned[0];
    const name = `${layer}/${slug}/${this.jobs.size}`;
    const made = new Job(this, layer, name, {
      style: "direct",
      tells: "changed",
      strict: false,
      guarded: false,
      poison: false,
      broken: false,
      timeoutSeconds: 120,
      work: 500,
      settleSeconds: 0,
      ...plan,
      slug,
    });
    this.jobs.set(name, made);
    const { timeoutSeconds, settleSeconds } = made.plan;
    return { url: `https://jobs.test/${name}`, timeoutSeconds, settleSeconds };
  }

  jobAt(url: string): Job | undefined {
    return this.jobs.get(
      new URL(url).pathname
        .replace(/^\/(runs\/)?/, "")
        .split("/")
        .slice(0, 3)
        .join("/"),
    );
  }

  readonly network = (request: OutgoingRequest, caller: Instance, answer: Answer): void => {
    const url = new URL(request.url);
    if (url.host === "hooks.test") {
      const site = this.sites[Number(url.pathname.slice(1))];
      if (site === undefined) answer(reply(404));
      else site.receive(url, caller, answer);
      return;
    }
    if (url.origin === API) {
      this.#api(url, request.method, caller, answer);
      return;
    }
    if (url.host === "told.test") {
      this.receiver.receive(request, answer);
      return;
    }
    if (url.host === "feeds.test") {
      const feed = this.layers[Number(url.pathname.slice(1))]?.feed;
      if (feed == null) answer(reply(404));
      else feed.receive(request, answer);
      return;
    }
    const job = this.jobAt(request.url);
    if (job === undefined) answer(reply(404));
    else job.receive(request, caller, answer);
  };

  #api(url: URL, method: string, caller: Instance, answer: Answer): void {
    const [, what, id = ""] = url.pathname.split("/");
    if (what === "sites") {
      const site = this.sites.find(({ number }) => netlifyId(number) === id);
      if (site === undefined) answer(reply(404));
      else site.ask(url, method, caller, answer);
      return;
    }
    const deploy = this.sites.map((site) => site.deploy(id)).find((found) => found !== undefined);
    if (this.chance.chance(this.faults.job.hook / 4)) answer(reply(this.chance.pick([429, 503])));
    else if (deploy === undefined) answer(reply(404));
    else answer(reply(200, JSON.stringify(deploy)));
  }

  /** Lives the world from its beginning to rest. */
  async live(): Promise<void> {
    const { plan, timeline, oracle, platform } = this;
    const broken = (): boolean => oracle.violation !== null;
    const settled = this.#settle();
    let ready = false;
    void settled.then(() => {
      ready = true;
    });
    await timeline.until(timeline.now + MINUTE, () => ready || broken());
    if (broken() || !ready) {
      oracle.fail("a world begins", "it could not be set up");
      return;
    }
    const preview = plan.preview ? new PreviewLife(this) : null;
    await preview?.begin();
    this.faults = plan.faults;
    this.began = timeline.now;
    platform.tick();
    const people = new People(this);
    const publishers = new Publishers(this);
    publishers.send(plan.deliveries, plan.chaos);
    if (plan.crowd > 0) publishers.crowd(plan.crowd, plan.chaos);
    people.act(plan.acts, plan.chaos);
    this.deploys.roll(plan.rollout, timeline, () => this.#rollsAt());
    preview?.live(plan.chaos);
    this.#push();
    await timeline.until(timeline.now + plan.chaos + 2 * SECOND, broken);
    this.trace.say("world", () => "the faults are over");
    this.faults = NO_FAULTS;
    people.resume();
    if (plan.lastCrash) timeline.after(this.chance.int(0, MINUTE), () => this.#crash());
    await this.#rest(broken);
    preview?.judge();
    // A clock that was off by an hour may have noted a check in the future.
    if (plan.faults.process.jump === 0 && !broken()) await this.#check(broken);
    if (plan.rollout === "rotation" && !broken()) await this.#endRotation(publishers, broken);
    if (plan.tail && !broken()) {
      // Nothing happens but that tombstones grow old.
      platform.tickEvery = HOUR;
      await timeline.until(timeline.now + 26 * HOUR, broken);
      await this.#rest(broken);
    }
  }

  /** People at Netlify: they push, lock and unlock. */
  #push(): void {
    const { plan, chance, timeline, sites } = this;
    for (let i = 0; i < plan.pushes; i += 1) {
      const site = chance.pick(sites);
      timeline.after(chance.int(0, plan.chaos), () => {
        if (chance.chance(0.8)) site.push();
        else site.lock(chance.chance(0.6));
      });
    }
  }

  #rollsAt(): number {
    return this.chance.int(0, this.plan.chaos);
  }

  /**
   * Every document is looked at once an hour and sealed anew; after that the former secret is not needed any more, for
   * anything.
   */
  async #endRotation(publishers: Publishers, broken: () => boolean): Promise<void> {
    const { timeline, platform, deploys } = this;
    const { tickEvery } = platform;
    platform.tickEvery = 20 * MINUTE;
    await timeline.until(timeline.now + 3 * HOUR, broken);
    platform.tickEvery = tickEvery;
    deploys.dropFormer();
    publishers.send(3, MINUTE);
    await timeline.until(timeline.now + MINUTE, broken);
    await this.#rest(broken);
  }

  async #rest(broken: () => boolean): Promise<void> {
    const { timeline, oracle, plan } = this;
    // A build that is held is tried after pauses that double, so the last one may be as long as the closure was.
    const closed = Math.max(0, ...plan.closures.map(({ begins, lasts }) => begins + 2 * lasts));
    const opened = this.began + closed - timeline.now;
    const end = timeline.now + REST + Math.max(opened, 0) + (plan.faults.process.jump > 0 ? 2 * HOUR : 0);
    // A retried delivery or an act may still be on its way when nothing else is.
    await timeline.until(timeline.now + 2 * MINUTE, broken);
    while (!broken() && restless(this) !== null && timeline.now < end) {
      await timeline.until(timeline.now + MINUTE, broken);
    }
    if (broken()) return;
    const left = restless(this);
    if (left !== null) {
      oracle.fail("P23: rest follows the faults in time", left);
      return;
    }
    coverageLaws(this);
    archiveLaws(this);
    lastEndedLaws(this);
    buildLaws(this);
    purgeLaws(this);
    messageLaws(this);
    burstLaws(this);
    calmLaws(this);
    budgetLaws(this);
    stageLaws(this);
    oracle.usage.ended(this);
  }

  async #check(broken: () => boolean): Promise<void> {
    await new CheckLaws(this, broken).live();
    if (!broken()) await this.#rest(broken);
  }

  /** One more worker dies although everything else is well. */
  #crash(): void {
    const living = this.platform.workers.filter((worker) => !worker.dead && this.oracle.runsOf(worker).size > 0);
    if (living.length === 0) return;
    const victim = this.chance.pick(living);
    this.count("killed in good times");
    if (this.plan.faults.process.jump === 0) watchTakeOver(this, victim);
    victim.kill();
  }

  async #settle(): Promise<void> {
    const { plan, platform, chance } = this;
    const instance = platform.start("person", true);
    const run = <T>(use: Parameters<typeof platform.run<T>>[1]) => platform.run(instance, use);
    for (let number = 0; number < plan.sites; number += 1) {
      const tells = plan.telling[number] ?? "nothing";
      const made = await run((deps) =>
        addSite(deps, OWNER, {
          name: `Site ${number}`,
          buildHook: `https://hooks.test/${number}`,
          pacing: plan.pacings[number],
          ...(["token", "both"].includes(tells) ? { netlifySiteId: netlifyId(number) } : {}),
        }),
      );
      this.sites.push(new HookedSite(this, number, made?.id ?? "", tells));
    }
    for (const [number, layer] of plan.layers.entries()) {
      const jobs = layer.jobs.map(({ slug }): SourceInput => ({ slug, type: "http", ...this.addJob(number, slug) }));
      const feed = layer.feed === null ? null : new Feed(this, number, layer.feed);
      const probe: SourceInput = {
        slug: FEED,
        type: "probe",
        url: `https://feeds.test/${number}`,
        pick: "/picked",
        checkEvery: layer.feed?.checkEvery,
      };
      const dataSources = feed === null ? jobs : [...jobs, probe];
      const connectedSites = layer.sites.map((site) => ({ siteId: this.sites[site]?.id ?? "" }));
      const cachePurge = layer.purges ? { tags: [tagOf(number)] } : undefined;
      const events = ["sync.succeeded", "sync.failed", "sync.cancelled", "sync.superseded", ...buildEvents];
      const notifications = layer.told ? [{ name: "Team", url: receiverUrl(number), events }] : undefined;
      const patch = { name: `Layer ${number}`, dataSources, connectedSites, cachePurge, notifications };
      const keptId = layer.keptId ? `kept-layer-${number}` : null;
      const made = await run((deps) => addLayer(deps, OWNER, patch, keptId, chance.chance(0.3)));
      const id = made?.kind === "added" ? made.layer.id : "";
      this.layers.push({ number, id, plan: layer, feed });
      for (let hook = 0; hook < layer.webhooks; hook += 1) {
        await run((deps) => createWebhook(deps, OWNER, id, `Webhook ${hook}`, null));
      }
      if (plan.future) this.#plant(id);
    }
  }

  /** A neighbouring release's fields, everywhere in a layer's document. */
  #plant(id: string): void {
    const layer = this.oracle.ledger.latest(layerKey(id));
    const standing = this.register.read(layerKey(id));
    if (layer?.kind !== "layer" || standing === null) return;
    const next = { ...planted(layer), rev: layer.rev + 1, by: "a neighbouring release" };
    const { platform, deploys } = this;
    const home = platform.homeOf(deploys.live, "person");
    const neighbour = home === null ? null : { ...home, deploy: deploys.neighbour };
    const instance = platform.start("person", true, neighbour);
    const writer = { instance, wall: this.timeline.now, issued: this.timeline.stamp() };
    this.register.write(layerKey(id), JSON.stringify(next), standing.etag, writer);
  }
}
