import { recordDeployEvent } from "../../src/app/receive/recordDeployEvent.ts";
import { settleOwed } from "../../src/app/stored/settleOwed.ts";
import { answerPublish } from "../../src/edge/hooks/answerPublish.ts";
import { answerStatus, type ShownStatus } from "../../src/edge/status/answerStatus.ts";
import { StatusMemory } from "../../src/edge/status/statusMemory.ts";
import { type Answer, readAnswer } from "../api/answer.ts";
import { ApiWorld, done, PUBLIC_URL } from "../api/world.ts";
import { eventOf, NetlifySite, type ShownDeploy } from "../support/netlifySite.ts";

export const BUILD_HOOK = "https://api.netlify.com/build_hooks/0123456789abcdef";

/** A layer with a site whose deploys are told, a webhook and a status link. */
export class StatusWorld extends ApiWorld {
  readonly netlify = new NetlifySite(() => this.now);
  /** The titles of the builds that Netlify was asked for. */
  readonly titles: string[] = [];
  /** What one instance of the function remembers. */
  memory = new StatusMemory<ShownStatus>();
  siteId = "";
  layerId = "";
  webhook = "";
  /** The path of the status page. */
  path = "";

  /** Makes everything; `pacing` is that of the site. */
  async begin(pacing: object = { preset: "instant" }, fields: object = {}): Promise<this> {
    this.answering = async ({ url }) => {
      if (!url.startsWith("https://api.netlify.com/build_hooks/")) return { ...done(), status: 404 };
      this.titles.push(new URL(url).searchParams.get("trigger_title") ?? "");
      return this.job();
    };
    this.siteId = (await this.post("/sites", { name: "Web", buildHook: BUILD_HOOK, pacing })).textAt("id");
    const sites = [{ siteId: this.siteId }];
    this.layerId = await this.layer({ name: "Secret plans", dataSources: [], connectedSites: sites, ...fields });
    this.webhook = (await this.post(`/data-layers/${this.layerId}/webhooks`, { name: "CMS" })).textAt("id");
    this.path = await this.link();
    return this;
  }

  /** Makes a status link and returns the path of its page. */
  async link(fields: object = {}): Promise<string> {
    const made = await this.post(`/data-layers/${this.layerId}/status-links`, { name: "Editors", ...fields });
    if (made.status !== 201) throw new Error(made.text);
    return new URL(made.textAt("url")).pathname;
  }

  /** Publishes an entry, as Contentful does. */
  async publish(entry = "entry-1"): Promise<void> {
    const url = `${PUBLIC_URL}/hooks/data_layer/data_source/publish/${this.layerId}/${this.webhook}`;
    const after: Promise<unknown>[] = [];
    const headers = { "x-contentful-topic": "ContentManagement.Entry.publish", "content-type": "application/json" };
    const body = JSON.stringify({ sys: { id: entry, type: "Entry" }, fields: { title: "A private title" } });
    const response = await answerPublish(new Request(url, { method: "POST", headers, body }), this.deps, (work) =>
      after.push(work),
    );
    if (response.status !== 200) throw new Error(await response.text());
    await Promise.all(after);
  }

  async runLayer(): Promise<void> {
    await this.work({ kind: "layer", id: this.layerId });
  }

  async runSite(): Promise<void> {
    await this.work({ kind: "site", id: this.siteId });
  }

  /** Netlify tells of a deploy. */
  async tell(name: string, deploy: ShownDeploy): Promise<void> {
    await recordDeployEvent(this.deps, this.siteId, eventOf(name, deploy));
    await settleOwed(this.deps, { kind: "site", id: this.siteId });
  }

  /** Netlify begins the build that it was last asked for. */
  async deployBegins(title = this.titles.at(-1) ?? null): Promise<ShownDeploy> {
    const deploy = this.netlify.begin(title);
    await this.tell("deploy_building", deploy);
    return deploy;
  }

  async deployEnds(deploy: ShownDeploy, error: string | null = null): Promise<void> {
    if (error === null) this.netlify.succeed(deploy);
    else this.netlify.fail(deploy, error);
    await this.tell(error === null ? "deploy_created" : "deploy_failed", deploy);
  }

  /** Asks for a status as a visitor does. */
  async visit(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> {
    const request = new Request(`${PUBLIC_URL}${path}`, { headers, method });
    return readAnswer(await answerStatus(request, this.deps, this.memory));
  }

  /** The sentences of the page as an editor reads them, with times in UTC. Nothing is remembered from earlier visits. */
  async sentences(query = ""): Promise<string[]> {
    this.memory = new StatusMemory();
    const { text } = await this.visit(`${this.path}${query}`);
    const main = /<main[^>]*>(.*)<\/main>/.exec(text)?.[1] ?? "";
    return main
      .split("</p>")
      .map((part) => part.replace(/<h1>.*<\/h1>/, "").replaceAll(/<[^>]+>/g, ""))
      .filter((part) => part !== "");
  }
}
