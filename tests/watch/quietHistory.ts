import { HOUR, MINUTE, SECOND } from "../../src/core/durations.ts";
import { oweBuildMessages } from "../../src/core/layer/buildMessages.ts";
import type { Layer } from "../../src/core/layer/layer.ts";
import { nextMessage, settleMessages, takeMessages } from "../../src/core/layer/messages.ts";
import { askForBuild } from "../../src/core/site/askForBuild.ts";
import { type DeployEvent, deployMark } from "../../src/core/site/deployEvent.ts";
import { followDeploy } from "../../src/core/site/followDeploy.ts";
import { BUILD, pacingFrom } from "../../src/core/site/pacing.ts";
import type { Site } from "../../src/core/site/site.ts";
import { type Deploy, FOLLOW } from "../../src/core/slot/deploy.ts";
import { nextDue } from "../../src/core/slot/nextDue.ts";
import { type News, noNews, type Settled } from "../../src/core/slot/settle.ts";
import { emptySlot, type Run } from "../../src/core/slot/slot.ts";
import { decideSlot, partsOf, type SlotCommand, type SlotOwner } from "../../src/core/slotOwner.ts";
import { countRequest, type Usage } from "../../src/core/usage/usage.ts";
import { judgeLayer, type Known, type Verdict, type Watch } from "../../src/core/watch/judge.ts";
import type { PublicAccess } from "../../src/core/watch/publicAccess.ts";
import { takeDelivery } from "../../src/core/webhook/takeDelivery.ts";
import { askSites } from "../../src/core/worker/askSites.ts";
import { claimWork } from "../../src/core/worker/claimWork.ts";
import { recordBuilt, recordNews } from "../../src/core/worker/recordRun.ts";
import { Prng } from "../simulate/world/prng.ts";
import { aLayer, aSite, aSource, must, ok, refusedCall, START } from "../support/builders.ts";
import { type Rhythm, someRhythm } from "./rhythms.ts";

const TICK = 5 * MINUTE;
/** How many publishes are lived through at most. */
const LIVED = 10;
const ALARMS = ["publish.overdue", "source.silent", "tick.late", "site.private", "budget.at-risk"];
const EVENTS = ["publish.overdue", "source.silent", "tick.late", "budget.at-risk", "build.live", "digest.weekly"];

/** How fast a team's jobs and builds are, and after how many minutes a publish is overdue that takes no longer. */
const SPEEDS = [
  { overdueMinutes: 60, job: 4 * MINUTE, build: 6 * MINUTE, wakesAreLost: true },
  { overdueMinutes: 20, job: 30 * SECOND, build: 5 * MINUTE, wakesAreLost: false },
] as const;

/**
 * A layer with a source and a site in which all goes well: publishes in some rhythm, with jobs that fail once, lost wakes,
 * pushes to Git and one refusal from outside at most. Every decision is the real one; only the calls, the store and the
 * clock are left out.
 */
export class QuietHistory {
  readonly #random: Prng;
  readonly #speed: (typeof SPEEDS)[number];
  readonly #queue: { readonly at: number; readonly happen: () => void }[] = [];
  #layer: Layer;
  #site: Site;
  #now = START;
  #ids = 0;
  #rev = 10;
  #watch: Watch | undefined;
  #ticked: { readonly at: number; readonly layer: Layer | null; readonly due: number } = {
    at: START,
    layer: null,
    due: 0,
  };
  #wasRefused = false;
  readonly #live: readonly number[];
  readonly #end: number;
  /** Every message that was sent: the event, and whether an alarm is over. */
  readonly heard: string[] = [];
  publishes = 0;

  constructor(seed: number) {
    const random = new Prng(seed);
    this.#random = random;
    this.#speed = random.pick(SPEEDS);
    // Looks from outside are made every hour, and would be most of the work.
    const events = random.chance(0.1) ? [...EVENTS, "site.private"] : [...EVENTS];
    const chat = { id: "n1", name: "Chat", url: "sealed", urlHint: "…", events, secret: "sealed" };
    const layer = aLayer({
      sources: [aSource("posts")],
      notifications: [chat],
      overdueMinutes: this.#speed.overdueMinutes,
      quietHours: random.pick([null, "22-7", "0-6"]),
    });
    const { past, now, end } = this.#plan(someRhythm(random));
    this.#layer = { ...layer, ...this.#counted(past) };
    this.#live = now;
    this.#end = end;
    const preset = random.pick(["standard", "instant", "balanced", "saver"] as const);
    const pacing = pacingFrom({ preset, dailyBuilds: null, monthlyBuilds: 10_000 });
    this.#site = aSite({ pacing, deploys: { heardAt: this.#now, locked: false, recent: [] } });
    this.#ticked = { at: this.#now, layer: null, due: 0 };
  }

  /**
   * When publishes arrive. Most of them are past, and the layer has their counts alone. The last ones are lived through, and
   * after them comes the longest pause that the rhythm makes.
   */
  #plan(rhythm: Rhythm): { past: readonly number[]; now: readonly number[]; end: number } {
    const times: number[] = [START];
    const count = this.#random.int(2 * LIVED, 300);
    while (times.length < count) times.push(rhythm(must(times.at(-1))));
    const pauseAfter = (index: number): number => must(times[index + 1]) - must(times[index]);
    let last = LIVED;
    for (let index = last; index < count - 1; index += 1) if (pauseAfter(index) > pauseAfter(last)) last = index;
    const from = last + 1 - this.#random.int(1, LIVED);
    return { past: times.slice(0, from), now: times.slice(from, last + 1), end: must(times[last + 1]) };
  }

  #counted(past: readonly number[]): Pick<Layer, "createdAt" | "lastDeliveryAt" | "slot"> {
    let usage: Usage = {};
    for (const at of past) usage = countRequest(usage, at, { isDelivery: true, isMerged: false });
    const before = past.at(-1);
    this.#now = before ?? START;
    return { createdAt: START, lastDeliveryAt: before ?? null, slot: { ...emptySlot(), usage } };
  }

  #id(): string {
    this.#ids += 1;
    return `id-${String(this.#ids).padStart(6, "0")}`;
  }

  #in(ms: number, happen: () => void): void {
    this.#queue.push({ at: this.#now + ms, happen });
  }

  #upTo(ms: number): number {
    return this.#random.next() * ms;
  }

  #attempt() {
    this.#rev += 1;
    return { now: this.#now, rev: this.#rev, firstRev: this.#rev - 1 };
  }

  /** How long it takes until a worker is there. The tick makes up for a wake that was lost. */
  #lag(): number {
    return this.#speed.wakesAreLost && this.#random.chance(0.1) ? this.#upTo(TICK) : this.#upTo(2 * SECOND);
  }

  /** Lives through the publishes and the pause after them. Returns the alarms that were raised. */
  run(): string[] {
    for (const at of this.#live) this.#queue.push({ at, happen: () => this.#publish() });
    for (;;) {
      const next = this.#takeNext(this.#nextTick());
      if (next === "over") break;
      next();
    }
    return this.heard.filter((told) => ALARMS.some((event) => told.startsWith(event)));
  }

  #takeNext(tickAt: number): (() => void) | "over" {
    let first = 0;
    for (let index = 1; index < this.#queue.length; index += 1) {
      if (must(this.#queue[index]).at < must(this.#queue[first]).at) first = index;
    }
    const next = this.#queue[first];
    if (next !== undefined && next.at <= tickAt) {
      this.#queue.splice(first, 1);
      this.#now = Math.max(this.#now, next.at);
      return next.happen;
    }
    if (tickAt > this.#end) return "over";
    this.#now = tickAt;
    return () => this.#tick();
  }

  /** When the layer is next looked at: after a change, or when it is due by the last look. */
  #nextTick(): number {
    const { at, layer, due } = this.#ticked;
    const from = layer === this.#layer ? Math.max(due, at + 1) : this.#now + 1;
    return Math.ceil(from / TICK) * TICK;
  }

  #tick(): void {
    const { layer, watch, due } = this.#judge({ sites: null, access: null, watch: this.#watch, now: this.#now });
    this.#layer = layer;
    this.#watch = watch;
    this.#ticked = { at: this.#now, layer, due };
    this.#send();
  }

  #judge(known: Known): Verdict {
    const verdict = judgeLayer(this.#layer, known);
    if (!("kind" in verdict)) return verdict;
    const needsSites = verdict.kind === "sites-needed";
    return this.#judge(needsSites ? { ...known, sites: [this.#site] } : { ...known, access: this.#look() });
  }

  /** A look from outside. One may be refused by chance, or not be answered, but no two in a row. */
  #look(): PublicAccess {
    const isStrange = !this.#wasRefused && this.#random.chance(0.03);
    this.#wasRefused = isStrange;
    return isStrange ? this.#random.pick(["private", "unknown"] as const) : "ok";
  }

  #send(): void {
    if (nextMessage(this.#layer) > this.#now) return;
    const { layer, taken } = takeMessages(this.#layer, this.#now);
    const isOver = ({ alarm, build }: (typeof taken)[number]) => alarm?.isOver ?? build?.isOver ?? false;
    this.heard.push(...taken.map((message) => `${message.event}${isOver(message) ? " over" : ""}`));
    const tried = taken.map((message) => ({ message, error: null, final: false, notBefore: 0 }));
    this.#layer = settleMessages(layer, tried, this.#now);
  }

  #publish(): void {
    this.publishes += 1;
    const delivery = {
      ...{ layerId: this.#layer.id, webhookId: null, selectors: { header: null, query: null, alias: null } },
      ...{ body: null, receivedAt: this.#now },
    };
    const ids = { deliveryId: this.#id(), newSyncId: this.#id() };
    const decided = takeDelivery(this.#layer, delivery, ids, this.#attempt());
    if (decided.result.kind !== "accepted") throw new Error(decided.result.kind);
    if (decided.kind !== "write" || decided.document.kind !== "layer") return;
    this.#layer = decided.document;
    if (decided.result.wake) this.#in(this.#lag(), () => this.#workLayer());
    if (this.#random.chance(0.02)) this.#in(this.#upTo(MINUTE), () => this.#push());
  }

  #decide<R>(owner: SlotOwner, command: SlotCommand<R>): R {
    const flushed = owner.owed.map(({ id }) => id);
    const decided = decideSlot(owner, command, this.#attempt(), flushed);
    if (decided.kind === "write" && decided.document.kind === "layer") this.#layer = decided.document;
    if (decided.kind === "write" && decided.document.kind === "site") this.#site = decided.document;
    return must(decided.result);
  }

  #worker() {
    return { by: this.#id(), hasTime: true };
  }

  /** Comes back when something is due in a slot at rest. */
  #workLater({ slot }: SlotOwner, due: number, work: () => void): void {
    if (slot.running === null && Number.isFinite(due)) this.#in(Math.max(due - this.#now, 0) + this.#lag(), work);
  }

  #layerRests(): void {
    this.#workLater(this.#layer, nextDue(this.#layer.slot, partsOf(this.#layer)), () => this.#workLayer());
  }

  #siteRests(): void {
    this.#workLater(this.#site, nextDue(this.#site.slot, partsOf(this.#site)), () => this.#workSite());
  }

  #workLayer(): void {
    if (this.#layer.slot.running !== null) return;
    const claimed = this.#decide(this.#layer, (owner, attempt) => claimWork(owner, this.#worker(), attempt));
    if (claimed.kind === "claimed") this.#callJob(claimed.run, this.#random.chance(0.05));
    else this.#layerRests();
  }

  #callJob(run: Run, fails: boolean): void {
    const outcome = fails ? refusedCall : ok({ changed: this.#random.chance(0.9) });
    this.#in(this.#upTo(this.#speed.job), () => {
      const outcomes = Object.fromEntries(Object.keys(run.parts).map((slug) => [slug, outcome]));
      const settled = this.#record(run, { ...noNews, outcomes });
      if (settled.kind === "sites") this.#askSite(settled.run);
      this.#layerRests();
    });
  }

  #record({ fence }: Run, news: News): Settled {
    const nobody = { by: "", hasTime: false };
    return this.#decide(this.#layer, (owner, attempt) => recordNews(owner, fence, news, nobody, attempt));
  }

  #askSite(run: Run): void {
    const moment = { now: this.#now, elapsed: this.#now };
    const attending = { run, lease: moment, nextBy: "" };
    const at = { ...moment, left: HOUR, id: this.#id() };
    const { effects } = askSites({ phase: { at: "over" }, appending: 0 }, attending, this.#layer, at);
    const { id, cause } = must(effects.find((effect) => effect.do === "ask sites"));
    const request = { siteId: this.#site.id, id, cause, newSyncId: this.#id(), entryId: this.#id() };
    const asked = askForBuild(this.#site, request, this.#attempt());
    if (asked.kind === "write" && asked.document.kind === "site") this.#site = asked.document;
    const built = { asked: [asked.result], purge: null };
    const nobody = { by: "", hasTime: false };
    this.#decide(this.#layer, (owner, attempt) => recordBuilt(owner, run.fence, built, nobody, attempt));
    this.#siteRests();
  }

  #workSite(): void {
    if (this.#site.slot.running !== null) return;
    const claimed = this.#decide(this.#site, (owner, attempt) => claimWork(owner, this.#worker(), attempt));
    if (claimed.kind === "claimed") this.#callHook(claimed.run);
    else this.#siteRests();
  }

  #callHook(run: Run): void {
    const news = { ...noNews, parked: { [BUILD]: this.#now + FOLLOW } };
    const nobody = { by: "", hasTime: false };
    this.#decide(this.#site, (owner, attempt) => recordNews(owner, run.fence, news, nobody, attempt));
    this.#build(deployMark(must(run.parts[BUILD])));
  }

  /** A push to Git, whose deploy may take the place of a build that waits. */
  #push(): void {
    this.#build("Fix a typo");
  }

  /** Netlify builds a deploy and tells of it. */
  #build(title: string): void {
    const id = this.#id();
    const startedAt = this.#now;
    const about = { production: true, title, notBuilt: null };
    const tell = (kind: DeployEvent["kind"], deploy: Deploy) => {
      this.#site = followDeploy(
        this.#site,
        { ...about, kind, deploy: { ...deploy, id } },
        { ...this.#attempt(), id: this.#id() },
      );
      this.#tellLayer();
      this.#siteRests();
    };
    this.#in(this.#upTo(10 * SECOND), () => tell("started", { state: "building", startedAt }));
    this.#in(10 * SECOND + this.#upTo(this.#speed.build), () =>
      tell("succeeded", { state: "ready", startedAt, endedAt: this.#now, published: true }),
    );
  }

  /** Tells the layer what the site owes it to know. */
  #tellLayer(): void {
    const { untold = [], ...rest } = this.#site;
    for (const event of untold) {
      const decided = oweBuildMessages(this.#layer, this.#site, event);
      if (decided.kind === "write" && decided.document.kind === "layer") this.#layer = decided.document;
    }
    this.#site = { ...rest, owed: [] };
    this.#send();
  }
}
