import { createHash } from "node:crypto";
import { CompactSign } from "jose";
import { describe, expect, it } from "vitest";
import { DAY } from "../../../src/core/durations.ts";
import { answerDeploy } from "../../../src/edge/hooks/answerDeploy.ts";
import { NetlifySite } from "../../support/netlifySite.ts";
import { ApiWorld } from "../world.ts";

const buildHook = "https://api.netlify.com/build_hooks/0123456789abcdef";

const jws = async (body: string, secret: string, claims: object = {}): Promise<string> => {
  const sha256 = createHash("sha256").update(body).digest("hex");
  const payload = new TextEncoder().encode(JSON.stringify({ iss: "netlify", sha256, ...claims }));
  return new CompactSign(payload).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(secret));
};

/** A site that may be told of its deploys, and Netlify that tells. */
class Telling {
  readonly world = new ApiWorld();
  readonly netlify = new NetlifySite(() => this.world.now);
  siteId = "";
  url = "";
  signingSecret = "";

  static async begin(): Promise<Telling> {
    const telling = new Telling();
    const made = await telling.world.post("/sites", { name: "Web", buildHook });
    telling.siteId = made.textAt("id");
    await telling.open();
    return telling;
  }

  async open() {
    const opened = await this.world.post(`/sites/${this.siteId}/deploy-notifications`);
    this.url = opened.textAt("url");
    this.signingSecret = opened.textAt("signingSecret");
    return opened;
  }

  async post(
    body: string,
    {
      url = this.url,
      signature,
      event = "deploy_created",
      method = "POST",
    }: {
      url?: string;
      signature?: string | null;
      event?: string;
      method?: string;
    } = {},
  ): Promise<{ status: number; body: Record<string, unknown>; text: string }> {
    const signed = signature === undefined ? await jws(body, this.signingSecret) : signature;
    const request = new Request(url, {
      method,
      ...(method === "POST" ? { body } : {}),
      headers: {
        "content-type": "application/json",
        "x-netlify-event": event,
        ...(signed === null ? {} : { "x-webhook-signature": signed }),
      },
    });
    const after: Promise<unknown>[] = [];
    const response = await answerDeploy(request, this.world.deps, (work) => after.push(work));
    await Promise.all(after);
    const text = await response.text();
    return { status: response.status, body: JSON.parse(text), text };
  }

  site() {
    return this.world.get(`/sites/${this.siteId}`);
  }
}

describe("deploy notifications", () => {
  it("deploy notifications go to a URL that is shown once, with the secret that signs them", async () => {
    const telling = await Telling.begin();
    const opened = await telling.open();
    expect(opened.status).toBe(201);
    expect(opened.textAt("url")).toMatch(
      new RegExp(`^https://hooks\\.example\\.com/hooks/deploys/${telling.siteId}/[\\w-]{16,}$`),
    );
    expect(opened.at("events")).toContain("Deploy succeeded");
    const shown = JSON.stringify((await telling.site()).at(""));
    const [secret = ""] = telling.url.split("/").slice(-1);
    expect([shown.includes(secret), shown.includes(telling.signingSecret)]).toEqual([false, false]);
    const log = JSON.stringify(await telling.world.auditActions());
    expect(log.includes(secret)).toBe(false);
  });

  it("deploy notifications signed by Netlify are recorded, and the site shows what is live", async () => {
    const telling = await Telling.begin();
    expect((await telling.site()).at("following")).toBe("none");
    const deploy = telling.netlify.begin(null);
    expect((await telling.post(JSON.stringify(deploy), { event: "deploy_building" })).body["status"]).toBe("recorded");
    telling.netlify.succeed(deploy);
    await telling.post(JSON.stringify(deploy));
    const site = await telling.site();
    expect([site.at("following"), site.at("locked"), site.at("deploys.0.publication")]).toEqual([
      "notifications",
      false,
      "published",
    ]);
    expect(site.at("liveDeployId")).toBe(deploy.id);
    expect([site.at("deploys.0.id"), site.at("deploys.0.url")]).toEqual([deploy.id, deploy.deploy_ssl_url]);
  });

  it("each event is ticked once it was heard, and the first of its kind is recorded even if it brings no other news", async () => {
    const telling = await Telling.begin();
    const heard = async () => {
      const { events } = JSON.parse((await telling.site()).text).deployNotifications;
      return events.flatMap(({ event, heardAt }: { event: string; heardAt: string | null }) =>
        heardAt === null ? [] : [event],
      );
    };
    expect([await heard(), JSON.parse((await telling.site()).text).deployNotifications.events.length]).toEqual([[], 6]);
    const deploy = telling.netlify.begin(null);
    await telling.post(JSON.stringify(deploy), { event: "deploy_building" });
    expect(await heard()).toEqual(["Deploy started"]);
    telling.netlify.succeed(deploy);
    await telling.post(JSON.stringify(deploy));
    // The site is not locked, so this changes nothing but the tick.
    await telling.post(JSON.stringify(deploy), { event: "deploy_unlocked" });
    expect(await heard()).toEqual(["Deploy started", "Deploy succeeded", "Deploy unlocked"]);
    const { writes } = telling.world.store.counts;
    telling.world.now += 1000;
    await telling.post(JSON.stringify(deploy), { event: "deploy_unlocked" });
    expect(telling.world.store.counts.writes).toBe(writes);
  });

  it.each([
    "javascript:alert(1)//",
    "data:text/html,x",
    "http://plain.example/",
    " https://x.example",
    "https:",
    "//x.example",
  ])("deploy notifications with the URL %j are recorded without it", async (url) => {
    const telling = await Telling.begin();
    const deploy = telling.netlify.begin(null);
    telling.netlify.succeed(deploy);
    const told = { ...deploy, deploy_ssl_url: url, ssl_url: url, url };
    expect((await telling.post(JSON.stringify(told))).body["status"]).toBe("recorded");
    expect((await telling.site()).at("deploys.0.url")).toBe(null);
    expect(await telling.world.dump()).not.toContain(`"url":"${url}"`);
  });

  it("a deploy that an earlier release stored with a URL that is no web page is shown without the URL", async () => {
    const telling = await Telling.begin();
    const deploy = telling.netlify.begin(null);
    telling.netlify.succeed(deploy);
    await telling.post(JSON.stringify(deploy));
    const key = `sites/${telling.siteId}`;
    const stored = await telling.world.store.memory.read(key);
    const text = (stored?.text ?? "").replace(deploy.deploy_ssl_url, "javascript:alert(1)//");
    expect(text).toContain("javascript:");
    await telling.world.store.memory.write(key, text, stored?.etag ?? null);
    expect((await telling.site()).at("deploys.0.url")).toBe(null);
    expect((await telling.site()).text).not.toContain("javascript:");
  });

  it("deploy notifications named like a property of every object are ignored", async () => {
    const telling = await Telling.begin();
    const deploy = telling.netlify.begin(null);
    for (const event of ["constructor", "toString", "__proto__"]) {
      expect((await telling.post(JSON.stringify(deploy), { event })).body["status"], event).toBe("ignored");
    }
  });

  it("a deploy that claims a time in the future hides no later deploy", async () => {
    const telling = await Telling.begin();
    const [future, next] = [telling.netlify.begin(null), telling.netlify.begin(null)];
    telling.netlify.succeed(future);
    const told = { ...future, created_at: "9999-12-31T00:00:00Z", published_at: "9999-12-31T00:00:00Z" };
    await telling.post(JSON.stringify(told));
    expect((await telling.site()).at("liveDeployId")).toBe(future.id);
    telling.world.now += 60_000;
    telling.netlify.succeed(next);
    await telling.post(JSON.stringify(next));
    expect((await telling.site()).at("liveDeployId")).toBe(next.id);
  });

  it("a notification without the signature of this body by this site's secret is refused and changes nothing", async () => {
    const telling = await Telling.begin();
    const body = JSON.stringify(telling.netlify.begin(null));
    const { writes } = telling.world.store.counts;
    const refused = async (signature: string | null, given = body) => {
      const answered = await telling.post(given, { signature });
      return [answered.status, answered.body["code"]];
    };
    const good = await jws(body, telling.signingSecret);
    expect(await refused(null)).toEqual([401, "SIGNATURE_MISSING"]);
    for (const signature of [
      "",
      "nonsense",
      await jws(body, "another-secret-of-somebody-else-entirely"),
      await jws(body, telling.signingSecret, { iss: "somebody" }),
      await jws(body, telling.signingSecret, { sha256: "00" }),
      `${good.slice(0, -2)}AA`,
      `${Buffer.from('{"alg":"none"}').toString("base64url")}.${good.split(".")[1]}.`,
    ]) {
      expect(await refused(signature)).toEqual([401, "SIGNATURE_INVALID"]);
    }
    expect(await refused(good, `${body} `)).toEqual([401, "SIGNATURE_INVALID"]);
    expect(telling.world.store.counts.writes).toBe(writes);
    expect((await telling.site()).at("deploys")).toEqual([]);
  });

  it("deploy notifications at a URL that is not a site's own get 404, and cost no write", async () => {
    const telling = await Telling.begin();
    const body = JSON.stringify(telling.netlify.begin(null));
    const { writes } = telling.world.store.counts;
    for (const url of [
      telling.url.replace(/.$/, "_"),
      `https://hooks.example.com/hooks/deploys/${telling.siteId}`,
      `https://hooks.example.com/hooks/deploys/no-such-site/${telling.url.split("/").at(-1)}`,
      "https://hooks.example.com/hooks/deploys/%2e%2e/..",
    ]) {
      const answered = await telling.post(body, { url });
      expect([answered.status, answered.body["code"]]).toEqual([404, "DEPLOY_RECEIVER_NOT_FOUND"]);
    }
    expect((await telling.post(body, { method: "GET" })).status).toBe(405);
    expect(telling.world.store.counts.writes).toBe(writes);
  });

  it("a notification that tells nothing to follow is answered 200 and ignored", async () => {
    const telling = await Telling.begin();
    const deploy = JSON.stringify(telling.netlify.begin(null));
    for (const [body, event] of [
      ["{}", "deploy_created"],
      ["not json", "deploy_created"],
      ["[]", "deploy_building"],
      [deploy, "submission_created"],
      [deploy, "deploy_request_pending"],
    ] as const) {
      const answered = await telling.post(body, { event });
      expect([answered.status, answered.body["status"]]).toEqual([200, "ignored"]);
    }
  });

  it("deploy notifications are accepted at the former URL for a day after a rotation, and nowhere once disconnected", async () => {
    const telling = await Telling.begin();
    const former = { url: telling.url, secret: telling.signingSecret };
    const opened = await telling.open();
    expect(opened.at("previousUntil")).toBe(new Date(telling.world.now + DAY).toISOString());
    const body = JSON.stringify(telling.netlify.begin(null));
    const old = async () =>
      (await telling.post(body, { url: former.url, signature: await jws(body, former.secret) })).status;
    expect(await old()).toBe(200);
    expect((await telling.post(body)).status).toBe(200);
    telling.world.now += DAY + 1;
    expect(await old()).toBe(404);
    expect((await telling.world.delete(`/sites/${telling.siteId}/deploy-notifications`)).status).toBe(204);
    expect((await telling.post(body)).status).toBe(404);
    expect((await telling.site()).at("deployNotifications")).toMatchObject({ enabled: false, heardAt: null });
    const actions = await telling.world.auditActions();
    expect(actions).toEqual(["site.created", "site.updated", "site.updated", "site.updated"]);
  });

  it("a build shows its deploy while it runs and when it has ended, published or locked", async () => {
    const telling = await Telling.begin();
    const { world, netlify, siteId } = telling;
    const before = netlify.begin(null);
    netlify.succeed(before);
    await telling.post(JSON.stringify(before));
    netlify.locked = true;
    await world.patch(`/sites/${siteId}`, { pacing: { preset: "instant" } });
    let title = "";
    const send = world.deps.outgoing.send.bind(world.deps.outgoing);
    world.deps.outgoing.send = (request) => {
      title = new URL(request.url).searchParams.get("trigger_title") ?? "";
      return send(request);
    };
    const buildId = (await world.post(`/sites/${siteId}/builds`)).textAt("id");
    await world.work({ kind: "site", id: siteId });
    expect(title).toContain(buildId);
    const deploy = netlify.begin(title);
    await telling.post(JSON.stringify(deploy), { event: "deploy_building" });
    const running = await world.get(`/sites/${siteId}/builds/${buildId}`);
    expect([running.at("status"), running.at("deploy.state"), running.at("deploy.id")]).toEqual([
      "running",
      "building",
      deploy.id,
    ]);
    world.now += 90_000;
    netlify.succeed(deploy);
    await telling.post(JSON.stringify(deploy));
    const ended = await world.get(`/sites/${siteId}/builds/${buildId}`);
    // The build has ended well and is not shown: `status` never says succeeded beside a stage that says held.
    expect([ended.at("status"), ended.at("stage"), ended.at("finishedAt") !== null]).toEqual([
      "retrying",
      "held",
      true,
    ]);
    expect([ended.at("deploy.publication"), ended.at("deploy.durationSeconds")]).toEqual(["locked", 90]);
  });

  it("a notification that comes while the store does not answer gets a 503 and is to be sent again", async () => {
    const telling = await Telling.begin();
    telling.world.store.fault = () => "down";
    const answered = await telling.post(JSON.stringify(telling.netlify.begin(null)));
    expect([answered.status, answered.body["code"]]).toEqual([503, "STORE_UNAVAILABLE"]);
  });
});

it("the id of a site at Netlify is set, shown and taken away", async () => {
  const world = new ApiWorld();
  const made = await world.post("/sites", { name: "Web", buildHook, netlifySiteId: "fa4dd95a-994e-4f89" });
  const path = `/sites/${made.textAt("id")}`;
  expect([made.at("netlifySiteId"), made.at("following")]).toEqual(["fa4dd95a-994e-4f89", "none"]);
  expect((await world.patch(path, { name: "Other" })).at("netlifySiteId")).toBe("fa4dd95a-994e-4f89");
  expect((await world.patch(path, { netlifySiteId: null })).at("netlifySiteId")).toBeNull();
  expect((await world.patch(path, { netlifySiteId: "../accounts" })).status).toBe(400);
});
