import type { OutgoingRequest, PurgeRequest } from "../../../src/app/deps.ts";
import { madeAt } from "../../../src/core/madeAt.ts";
import { answerPublish } from "../../../src/edge/hooks/answerPublish.ts";
import type { Things } from "../description/describedCalls.ts";
import { ApiWorld, done, type Json } from "../world.ts";

/** People who each work on one layer only, so that a name betrays its layer. */
const people = ["ada", "bob", "cleo", "zoe"] as const;
type Person = (typeof people)[number];
export const tokenOf = (person: Person): string => `token-of-${person}-0123456789abcdef`;

const hook = (name: string) => `https://api.netlify.com/build_hooks/hook-${name}-credential`;

/** Everything of one layer, and the names by which a call can refer to it. */
export interface Owned {
  readonly things: Things;
  /** Credentials, which only members who may write can see. */
  readonly credentials: readonly string[];
}

/** The API over three data layers with everything that a layer can have, and a former layer under A's id. */
export class NeedleWorld extends ApiWorld {
  readonly calls: OutgoingRequest[] = [];
  readonly purges: PurgeRequest[] = [];

  constructor() {
    super();
    const team = people.map((name) => ({
      name: `Person ${name}`,
      email: `${name}@people.example.com`,
      role: "Developer",
      token: tokenOf(name),
    }));
    this.config = { ...this.config, tokens: [...this.config.tokens, ...team] };
    this.answering = async (request) => {
      this.calls.push(request);
      return request.url.includes("failing") ? { kind: "silence", error: "no answer" } : done();
    };
    Object.assign(this.deps, {
      purge: async (request: PurgeRequest) => {
        this.purges.push(request);
        return { kind: "purged" };
      },
    });
  }

  /** Publishes with the name of a sender. */
  async publish(url: string, sender: string): Promise<string> {
    const headers = { "user-agent": `Sender of ${sender}`, "content-type": "application/json" };
    const body = JSON.stringify({ sys: { id: `entry-of-${sender}` } });
    const afterwards: Promise<unknown>[] = [];
    const request = new Request(url, { method: "POST", headers, body });
    const response = await answerPublish(request, this.deps, (work) => {
      afterwards.push(work);
    });
    await Promise.all(afterwards);
    const { deliveryId } = await response.json();
    return String(deliveryId);
  }

  /** Creates a layer of this person with one of everything. Other layers are connected to the site `shared` too. */
  async own(name: string, person: Person, shared: string, id: string | null): Promise<Owned> {
    const token = tokenOf(person);
    const by = { token };
    const netlifySiteId = `netlify-site-of-${name}`;
    const siteId = (await this.post("/sites", { name: `Site of ${name}`, buildHook: hook(name) }, by)).textAt("id");
    await this.patch(`/sites/${siteId}`, { netlifySiteId });
    const slug = `source-${name}`;
    const key = (kind: string): string => `${kind}-key-of-${name}-0123456789`;
    const layer = {
      ...(id === null ? {} : { id }),
      name: `Layer of ${name}`,
      description: `Described by ${name}`,
      dataSources: [
        { slug, name: `Source of ${name}`, type: "http", url: `https://jobs.example.com/${name}?key=${key("job")}` },
        {
          slug: `probe-${name}`,
          name: `Probe of ${name}`,
          type: "probe",
          url: `https://cdn.example.com/${name}?access_token=${key("probe")}&limit=1`,
          headers: { authorization: key("header") },
        },
        { slug: `failing-${name}`, type: "http", url: `https://jobs.example.com/failing?of=${key("failing")}` },
      ],
      connectedSites: [{ siteId }, { siteId: shared }],
      notifications: [
        { name: `Chat of ${name}`, url: `https://chat.example.com/in/${key("chat")}`, events: ["sync.failed"] },
      ],
      cachePurge: { tags: [`tag-of-${name}`], siteId: netlifySiteId },
    };
    const added = await this.post("/data-layers", layer, id === null ? by : {});
    if (added.status !== 201) throw new Error(added.text);
    const layerId = added.textAt("id");
    const path = `/data-layers/${layerId}`;
    await this.patch(path, { description: `Described anew by ${name}` }, by);
    const verification = { scheme: "header-secret", secret: key("sender"), header: "x-secret" };
    const extra = await this.post(`${path}/webhooks`, { name: `Second webhook of ${name}`, verification }, by);
    const webhook = await this.post(`${path}/webhooks`, { name: `Webhook of ${name}` }, by);
    const deleted = await this.post(`${path}/webhooks`, { name: `Deleted webhook of ${name}` }, by);
    await this.delete(`${path}/webhooks/${deleted.textAt("ref")}`, by);
    const status = await this.post(`${path}/status-links`, { name: `Status link of ${name}` }, by);
    const deliveryId = await this.publish(webhook.textAt("url"), name);
    await this.publish(extra.textAt("url"), name);
    await this.work({ kind: "layer", id: layerId });
    const syncId = (await this.post(`${path}/syncs`, { dataSource: slug }, by)).textAt("syncId");
    await this.work({ kind: "layer", id: layerId });
    await this.publish(webhook.textAt("url"), name);
    const buildId = (await this.post(`/sites/${siteId}/builds`, undefined, by)).textAt("id");
    await this.work({ kind: "site", id: siteId });
    const shown = await this.get(path);
    this.now += 3_600_000;
    return {
      things: {
        ...{ layerId, siteId, slug, syncId, buildId, deliveryId, netlifySiteId },
        webhook: webhook.textAt("ref"),
        webhookId: webhook.textAt("id"),
        statusLink: status.textAt("ref"),
        notificationId: shown.textAt("notifications.0.id"),
        actorId: `token:${person}@people.example.com`,
        email: `${person}@people.example.com`,
        person: `Person ${person}`,
      },
      credentials: [
        ...["job", "probe", "header", "failing", "chat", "sender"].map(key),
        `hook-${name}-credential`,
        new URL(status.textAt("url")).pathname.slice("/status/".length),
        ...[webhook, extra, deleted].map((one) => one.textAt("id")),
        ...[...shown.text.matchAll(/whsec_[A-Za-z0-9+/=]+/g)].map(([secret]) => secret),
      ],
    };
  }
}

/** Returns every text in a JSON document, including keys. */
const textsIn = (value: Json): string[] => {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Array.isArray(value)
    ? value.flatMap(textsIn)
    : Object.entries(value).flatMap(([key, one]) => [key, ...textsIn(one)]);
};

const field = (value: Json, name: string): Json =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value[name] ?? null) : null;

/** Returns whether a stored document is about `mine`, another layer, or both (a shared site). */
const ownerOf = (
  key: string,
  value: Json,
  { layerIds, siteIds, since, shared }: { layerIds: string[]; siteIds: string[]; since: number; shared: string },
): "mine" | "shared" | "theirs" => {
  const id = field(value, "id");
  const isFormer = typeof id === "string" && (madeAt(id) ?? since) < since;
  if (field(value, "action") !== null) {
    return !isFormer && layerIds.includes(String(field(value, "dataLayerId"))) ? "mine" : "theirs";
  }
  if (key.includes(shared)) return "shared";
  if (siteIds.some((one) => key.includes(one))) return "mine";
  return layerIds.some((one) => key.includes(one)) && !isFormer ? "mine" : "theirs";
};

/** Returns texts of other layers' documents that are in none of `mine`, and too long to be words of the API. */
export const needlesFor = (
  stored: ReadonlyMap<string, string>,
  mine: Parameters<typeof ownerOf>[2],
  publicText: string,
): string[] => {
  const known = new Set<string>([mine.shared]);
  const others = new Set<string>();
  for (const [key, text] of stored) {
    const value: Json = JSON.parse(text);
    const owner = ownerOf(key, value, mine);
    if (owner === "shared") {
      // Every connected layer may see the site's name and builds, but not who asked for the builds.
      for (const name of ["id", "name", "buildHookHint", "netlifySiteId"]) known.add(String(field(value, name)));
      for (const one of textsIn(field(value, "createdBy"))) known.add(one);
      const slot = field(value, "slot");
      for (const id of Object.keys(Object(field(slot, "open")))) known.add(id);
      known.add(String(field(field(slot, "pending"), "syncId")));
    } else for (const one of textsIn(value)) (owner === "mine" ? known : others).add(one);
  }
  return [...others].filter((text) => text.length >= 6 && !known.has(text) && !publicText.includes(text));
};
