import type { OutgoingAnswer } from "../../src/app/deps.ts";
import { recordDeployEvent } from "../../src/app/receive/recordDeployEvent.ts";
import { MINUTE, SECOND } from "../../src/core/durations.ts";
import type { Settings } from "../../src/core/layer/configureLayer.ts";
import type { Preset } from "../../src/core/slot/pace.ts";
import { answer, World } from "../app/world.ts";
import { eventOf, NetlifySite, type ShownDeploy } from "../support/netlifySite.ts";

export const LAYER = "layer-one";
export const SITE = "site-web";
const JOB = "https://jobs.test/a";
export const CHAT = "https://team.test/chat";
export const TICK = 5 * MINUTE;

/** What the team was told: the event, and whether it is raised or over. */
export interface Told {
  readonly event: string;
  readonly state: string;
  readonly at: number;
  readonly text: string;
}

/** A layer with a source and a site, whose team hears of everything that does not happen. */
export class WatchWorld extends World {
  readonly netlify = new NetlifySite(() => this.clock.now);
  /** How long a build takes at Netlify (ms). */
  buildTakes = 90 * SECOND;
  /** Whether Netlify's word of a deploy's end arrives. */
  endsAreTold = true;
  /** Whether the schedule ticks. */
  ticks = true;
  #ticked = 0;

  async begin(preset: Preset = "instant", extra: Partial<Settings> = {}): Promise<this> {
    const events = ["publish.overdue", "source.silent", "tick.late", "budget.at-risk"];
    const chat = { id: "n1", name: "Chat", url: CHAT, urlHint: "…", events, secret: "whsec_c2VjcmV0" };
    await this.site(SITE, preset);
    await this.layer(LAYER, ["a"], [SITE], { notifications: [chat], ...extra });
    this.jobs.set(JOB, () => answer(200));
    this.jobs.set(CHAT, () => answer(200));
    this.hooksWork();
    await this.#tell("deploy_created", this.#ended(this.netlify.begin(null)));
    await this.pass(TICK);
    return this;
  }

  #ended(deploy: ShownDeploy): ShownDeploy {
    this.netlify.succeed(deploy);
    return deploy;
  }

  /** An answer that comes after `ms`. */
  after(ms: number, result: OutgoingAnswer): Promise<OutgoingAnswer> {
    return new Promise((resolve) => this.clock.timer(ms, () => resolve(result)));
  }

  /** Netlify starts a deploy for each call of the build hook. */
  hooksWork(): void {
    this.jobs.set(`https://hooks.test/${SITE}`, ({ url }) => {
      this.#startDeploy(new URL(url).searchParams.get("trigger_title"));
      return answer(200);
    });
  }

  #startDeploy(title: string | null): void {
    const deploy = this.netlify.begin(title);
    const isTold = this.endsAreTold;
    this.clock.timer(SECOND, () => void this.#tell("deploy_building", deploy));
    this.clock.timer(this.buildTakes, () => {
      const ended = this.#ended(deploy);
      if (isTold) void this.#tell("deploy_created", ended);
    });
  }

  async #tell(name: string, deploy: ShownDeploy): Promise<void> {
    const heard = await recordDeployEvent(this.deps(), SITE, eventOf(name, deploy));
    if (heard.kind === "recorded" && heard.wake) await this.deps().wake({ kind: "site", id: SITE });
  }

  /** Lets time pass, with a tick every five minutes. */
  async pass(ms: number): Promise<void> {
    const end = this.clock.now + ms;
    while (this.clock.now < end) {
      const next = Math.min(end, this.#ticked + TICK);
      await this.clock.pass(Math.max(next - this.clock.now, 0));
      if (this.clock.now < this.#ticked + TICK) continue;
      this.#ticked = this.clock.now;
      if (this.ticks) await this.tick();
      await this.clock.settle();
    }
  }

  /** Everything that the team was told. */
  get told(): Told[] {
    return this.calls
      .filter(({ url }) => url === CHAT)
      .map(({ body, headers }) => {
        const { type, state, text } = JSON.parse(body ?? "null");
        return { event: type, state, at: Number(headers["webhook-timestamp"]), text };
      });
  }

  /** The same in short. */
  get heard(): string[] {
    return this.told.map(({ event, state }) => `${event} ${state}`);
  }
}
