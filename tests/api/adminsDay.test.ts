import { expect, it } from "vitest";
import { answerPublish } from "../../src/edge/hooks/answerPublish.ts";
import { dig } from "./answer.ts";
import { ApiWorld, done } from "./world.ts";

const MINUTE = 60_000;

/** A system and its admin. Every step takes a minute. */
class Day extends ApiWorld {
  readonly #after: Promise<unknown>[] = [];

  /** Publishes to a URL as a CMS does, and returns the status of the answer. */
  async published(url: string): Promise<number> {
    const request = new Request(url, { method: "POST", headers: { "x-connect-data-source": "blog" }, body: "{}" });
    const { status } = await answerPublish(request, this.deps, (work) => {
      this.#after.push(work);
    });
    while (this.#after.length > 0) await this.#after.shift();
    this.now += MINUTE;
    return status;
  }

  /** Sends a request and expects this status. */
  async does(status: number, method: string, path: string, body?: unknown, token?: string) {
    const answer = await this.call(method, path, { body, ...(token === undefined ? {} : { token }) });
    expect(answer.status, `${method} ${path}: ${answer.text}`).toBe(status);
    this.now += MINUTE;
    return answer;
  }
}

it("the audit log tells an admin's whole day, in order, and tells it still when everything is deleted", async () => {
  const day = new Day();
  const began = day.now;
  await day.does(200, "GET", "/health");
  await day.does(200, "GET", "/session");
  const made = await day.does(201, "POST", "/tokens", { name: "Blog team", role: "Developer" });
  const team = made.textAt("token");

  const buildHook = "https://api.netlify.com/build_hooks/0123456789abcdef";
  const site = `/sites/${(await day.does(201, "POST", "/sites", { name: "Web", buildHook }, team)).textAt("id")}`;
  const siteId = site.slice("/sites/".length);
  const source = { slug: "blog", name: "Blog", type: "http", url: "https://jobs.example.com/blog" };
  const fields = { name: "Content", dataSources: [source], connectedSites: [{ siteId }] };
  const created = await day.does(201, "POST", "/data-layers?sync=false", fields, team);
  const layer = `/data-layers/${created.textAt("id")}`;
  const byDefault = created.textAt("defaultWebhook.url");
  expect(await day.published(byDefault)).toBe(200);
  day.job = () => done();
  await day.work({ kind: "layer", id: created.textAt("id") });

  const webhook = await day.does(201, "POST", `${layer}/webhooks`, { name: "CMS" }, team);
  const [ref, url] = [webhook.textAt("ref"), webhook.textAt("url")];
  expect([await day.published(byDefault), await day.published(url)]).toEqual([401, 200]);
  await day.work({ kind: "layer", id: created.textAt("id") });
  await day.does(200, "PATCH", `${layer}/webhooks/${ref}`, { name: "Contentful" }, team);
  const proof = { scheme: "contentful", secret: "0123456789abcdef".repeat(4) };
  await day.does(200, "PATCH", `${layer}/webhooks/${ref}`, { verification: proof }, team);
  expect(await day.published(url)).toBe(401);

  const asked = await day.does(202, "POST", `${layer}/syncs`, { dataSource: "blog" }, team);
  await day.does(202, "POST", `${layer}/syncs/${asked.textAt("syncId")}/cancel`, undefined, team);
  await day.does(202, "POST", `${site}/builds`, undefined, team);
  await day.does(200, "POST", `${layer}/data-sources/blog/secret`, undefined, team);
  await day.does(200, "PATCH", layer, { paused: true, name: "Site content" }, team);
  await day.does(200, "GET", "/export?secrets=true");
  // A refused request changes nothing and adds no audit entry.
  await day.does(403, "DELETE", layer, undefined, team);
  await day.does(403, "GET", "/export?secrets=true", undefined, team);
  await day.does(404, "DELETE", `${layer}/webhooks/wh_none`, undefined, team);

  await day.does(204, "DELETE", `${layer}/webhooks/${ref}`, undefined, team);
  expect([await day.published(url), await day.published(byDefault)]).toEqual([401, 200]);
  await day.does(204, "DELETE", layer);
  await day.does(204, "DELETE", site, undefined, team);
  await day.does(204, "DELETE", `/tokens/${made.textAt("id")}`);
  await day.does(401, "GET", "/session", undefined, team);

  const log = await day.get("/audit-log?limit=50");
  const entries = log.listAt("items").reverse();
  const told = entries.map((entry) => [
    dig(entry, "actor.name"),
    dig(entry, "action"),
    `${dig(entry, "target.type")} ${dig(entry, "target.name")}`,
  ]);
  expect(told).toEqual([
    ["Owner token", "token.created", "token Blog team"],
    ["Blog team", "site.created", "site Web"],
    ["Blog team", "data_layer.created", "data_layer Content"],
    ["Blog team", "webhook.created", "webhook CMS"],
    ["Blog team", "default_webhook.disabled", "data_layer Content"],
    ["Blog team", "webhook.updated", "webhook Contentful"],
    ["Blog team", "webhook.updated", "webhook Contentful"],
    ["Blog team", "sync.requested", "data_layer Content"],
    ["Blog team", "sync.cancelled", "data_layer Content"],
    ["Blog team", "build.requested", "site Web"],
    ["Blog team", "data_source.secret_rotated", "data_source Blog"],
    ["Blog team", "data_layer.updated", "data_layer Site content"],
    ["Owner token", "configuration.exported", "configuration Configuration with secrets"],
    ["Blog team", "webhook.deleted", "webhook Contentful"],
    ["Blog team", "default_webhook.enabled", "data_layer Site content"],
    ["Owner token", "data_layer.deleted", "data_layer Site content"],
    ["Blog team", "site.deleted", "site Web"],
    ["Owner token", "token.deleted", "token Blog team"],
  ]);
  const times = entries.map((entry) => Date.parse(String(dig(entry, "at"))));
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect([times[0], new Set(entries.map((entry) => dig(entry, "id"))).size]).toEqual([began + 2 * MINUTE, told.length]);

  const exported = (await day.get("/audit-log/export")).text.trim().split("\n");
  expect(exported.map((line) => JSON.parse(line)).reverse()).toEqual(entries);
  const ofLayer = (await day.get(`/audit-log?limit=50&dataLayerId=${created.textAt("id")}`)).listAt("items").reverse();
  expect(ofLayer).toEqual(entries.filter((entry) => dig(entry, "dataLayerId") === created.textAt("id")));
  expect(ofLayer).toHaveLength(12);
});
