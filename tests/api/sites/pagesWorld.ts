import type { OutgoingAnswer, OutgoingRequest } from "../../../src/app/deps.ts";
import { recordDeployEvent } from "../../../src/app/receive/recordDeployEvent.ts";
import { settleOwed } from "../../../src/app/stored/settleOwed.ts";
import { MINUTE, SECOND } from "../../../src/core/durations.ts";
import { LAYER, SenderWorld } from "../../senders/senderWorld.ts";
import { eventOf, NetlifySite, type ShownDeploy } from "../../support/netlifySite.ts";

export const PAGE = "https://www.example.com/";
const buildHook = "https://api.netlify.com/build_hooks/0123456789abcdef";

/** How the pages of the site answer. `fresh` shows the deploy that Netlify published last, the others do not. */
export const pageKinds = ["fresh", "old", "slow", "broken", "redirecting", "wrong", "hostile", "without"] as const;
export type PageKind = (typeof pageKinds)[number];

const answer = (status: number, text: string, headers: Record<string, string> = {}): OutgoingAnswer => ({
  ...{ kind: "answer", status, location: null, retryAfter: null, text, headers },
});

const buildIdOf = (deploy: ShownDeploy): string | null => /\(([\w-]+) #\d+\)/.exec(deploy.title ?? "")?.[1] ?? null;

/** A layer with one site, whose pages are served as a test says. Visitors see what the pages show, whatever Netlify says. */
export class PagesWorld extends SenderWorld {
  readonly netlify = new NetlifySite(() => this.now);
  siteId = "";
  kind: PageKind = "fresh";
  /** The deploy that visitors see. */
  shown: ShownDeploy | null = null;
  /** The deploys that the build hook began and that have not ended. */
  readonly building: ShownDeploy[] = [];
  /** The requests to the site's pages. */
  readonly looks: OutgoingRequest[] = [];
  /** The waits that nobody cut short (ms). */
  readonly waits: number[] = [];
  /** Answers requests for other pages than the marker. */
  content: (url: URL) => OutgoingAnswer = () => answer(404, "");
  /** The requests to notifications. */
  readonly told: unknown[] = [];

  override async open(settings: Record<string, unknown> = {}, layer: Record<string, unknown> = {}): Promise<void> {
    await super.open(settings);
    Object.assign(this.deps.clock, {
      sleep: async (ms: number, signal?: AbortSignal) => {
        await new Promise((resolve) => setImmediate(resolve));
        if (signal?.aborted === true) return;
        if (ms >= 5 * SECOND) this.waits.push(ms);
        this.now += ms;
      },
    });
    this.answering = async (request) => this.answerOutgoing(request);
    const site = { name: "Web", buildHook, publicUrl: PAGE, pacing: { preset: "instant" } };
    this.siteId = (await this.post("/sites", site)).textAt("id");
    const notifications = [{ name: "Chat", url: "https://chat.example.com/in", events: ["build.live", "build.stale"] }];
    await this.patch(`/data-layers/${LAYER}`, { connectedSites: [{ siteId: this.siteId }], notifications, ...layer });
  }

  answerOutgoing(request: OutgoingRequest): OutgoingAnswer {
    const url = new URL(request.url);
    if (url.hostname === "chat.example.com") {
      this.told.push(JSON.parse(request.body ?? "null"));
      return answer(200, "");
    }
    if (url.hostname === "api.netlify.com") {
      const deploy = this.netlify.begin(url.searchParams.get("trigger_title"));
      this.building.push(deploy);
      return answer(200, "");
    }
    this.looks.push(request);
    return url.pathname === "/.well-known/layerhook.json" ? this.#marker() : this.content(url);
  }

  #marker(): OutgoingAnswer {
    if (this.kind === "slow") return { kind: "silence", error: "timed out: no answer within 10 s" };
    if (this.kind === "broken") return answer(502, "Bad gateway");
    if (this.kind === "redirecting") return answer(301, "");
    if (this.kind === "wrong") return answer(200, "<!doctype html><title>Home</title>");
    if (this.kind === "hostile") {
      return answer(200, JSON.stringify({ deployId: ["x"], buildId: { $ne: 1 }, __proto__: "x".repeat(3000) }));
    }
    if (this.kind === "without" || this.shown === null) return answer(404, "Not found");
    const { id } = this.shown;
    return answer(200, JSON.stringify({ buildId: buildIdOf(this.shown), deployId: id, at: "x" }), { age: "40" });
  }

  /** The network for content serves what Netlify published last. */
  catchUp(): void {
    const published = this.netlify.deploys.filter(({ published_at }) => published_at !== null);
    const [last] = published.sort((a, b) => ((a.published_at ?? "") < (b.published_at ?? "") ? 1 : -1));
    this.shown = last ?? null;
  }

  async tell(name: string, deploy: ShownDeploy): Promise<void> {
    const result = await recordDeployEvent(this.deps, this.siteId, eventOf(name, deploy));
    const target = { kind: "site", id: this.siteId } as const;
    await settleOwed(this.deps, target);
    if (result.kind === "recorded" && result.wake) await this.workSite();
    await this.workLayer();
  }

  /** A deploy ends, and Netlify says so. */
  async finish(deploy: ShownDeploy): Promise<void> {
    this.now += MINUTE;
    this.netlify.succeed(deploy);
    this.building.splice(this.building.indexOf(deploy), 1);
    if (this.kind === "fresh") this.catchUp();
    await this.tell("deploy_created", deploy);
  }

  /** A publish of an entry. Returns its delivery's id. */
  async publish(id: string, event = "items.update"): Promise<string> {
    this.now += 2 * SECOND;
    const payload = { event, collection: "posts", key: id, payload: { slug: id, title: `New ${id}` } };
    return String((await (await this.send({ body: JSON.stringify(payload) })).json()).deliveryId);
  }

  /** Asks for the build of what was published, and lets Netlify begin it. */
  async begin(): Promise<ShownDeploy> {
    await this.workLayer();
    await this.workSite();
    const deploy = this.building.at(-1);
    if (deploy === undefined) throw new RangeError("no build was begun");
    await this.tell("deploy_building", deploy);
    return deploy;
  }

  workLayer(): Promise<void> {
    return this.work({ kind: "layer", id: LAYER });
  }

  workSite(): Promise<void> {
    return this.work({ kind: "site", id: this.siteId });
  }

  async stageOf(deliveryId: string): Promise<[unknown, unknown]> {
    const delivery = await this.get(`/data-layers/${LAYER}/deliveries/${deliveryId}`);
    return [delivery.at("stage"), delivery.at("reason")];
  }

  /** A site whose pages have a marker: one deploy of before is live and was seen. */
  async live(): Promise<void> {
    const before = this.netlify.begin(null);
    await this.tell("deploy_building", before);
    this.building.push(before);
    await this.finish(before);
    this.now += MINUTE;
    this.looks.length = 0;
    this.waits.length = 0;
  }
}
