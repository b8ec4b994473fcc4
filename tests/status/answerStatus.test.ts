import { beforeEach, describe, expect, test } from "vitest";
import { HOUR, MINUTE, SECOND } from "../../src/core/durations.ts";
import { StatusMemory } from "../../src/edge/status/statusMemory.ts";
import { done } from "../api/world.ts";
import { StatusWorld } from "./statusWorld.ts";

let world: StatusWorld;
beforeEach(async () => {
  world = await new StatusWorld().begin();
});

/** A deploy from before the publishes, so that deploys are known to be told. */
const isTold = async (): Promise<void> => {
  const deploy = await world.deployBegins(null);
  world.now += MINUTE;
  await world.deployEnds(deploy);
  world.now += MINUTE;
};

describe("what a status page says", () => {
  test("a status page says that nothing was published yet", async () => {
    expect(await world.sentences()).toEqual(["No publish has arrived yet."]);
  });

  test("a status page counts the changes that wait, and says when the next build starts", async () => {
    world = await new StatusWorld().begin({ preset: "saver" });
    await isTold();
    await world.publish("entry-1");
    expect(await world.sentences()).toEqual(["1 change waiting, the next build starts soon."]);
    await world.runLayer();
    for (const entry of ["entry-2", "entry-3"]) {
      world.now += 2 * SECOND;
      await world.publish(entry);
    }
    expect(await world.sentences()).toEqual([expect.stringMatching(/^3 changes waiting, next build .+ UTC\.$/)]);
    await world.runLayer();
    expect(await world.sentences()).toEqual([expect.stringMatching(/^3 changes waiting, next build .+ UTC\.$/)]);
    expect(await world.sentences("?entry=entry-3")).toEqual([
      expect.stringMatching(/^Your change is waiting, next build .+ UTC\.$/),
    ]);
  });

  test("a status page says that changes are built, since when they are live and how long it took", async () => {
    await isTold();
    await world.publish();
    const publishedAt = world.now;
    await world.runLayer();
    await world.runSite();
    const deploy = await world.deployBegins();
    expect(await world.sentences()).toEqual(["1 change is being built."]);
    expect(await world.sentences("?entry=entry-1")).toEqual(["Your change is being built."]);
    world.now = publishedAt + 94 * SECOND;
    const liveAt = new Date(world.now).toISOString().slice(0, 19).replace("T", " ");
    await world.deployEnds(deploy);
    const live = `Live since ${liveAt} UTC, 94 s after you published.`;
    expect(await world.sentences()).toEqual([live]);
    expect(await world.sentences("?entry=entry-1")).toEqual([live]);
  });

  test("a publish stays live since its own deploy when a later deploy replaces that", async () => {
    await isTold();
    await world.publish();
    const publishedAt = world.now;
    await world.runLayer();
    await world.runSite();
    const deploy = await world.deployBegins();
    world.now = publishedAt + 30 * SECOND;
    await world.deployEnds(deploy);
    const [live = ""] = await world.sentences("?entry=entry-1");
    expect(live).toContain("30 s after you published");
    world.now += 60 * MINUTE;
    await isTold();
    expect(await world.sentences("?entry=entry-1")).toEqual([live]);
    expect(await world.sentences()).toEqual([live]);
  });

  test("a status page says that a build failed, without the words of the build", async () => {
    await isTold();
    await world.publish();
    await world.runLayer();
    await world.runSite();
    await world.deployEnds(await world.deployBegins(), "TOKEN=abc is wrong in Ana's page");
    world.now += 10 * MINUTE;
    await world.runSite();
    await world.deployEnds(await world.deployBegins(), "TOKEN=abc is wrong in Ana's page");
    const failed = "Failed: the site could not be built (your team knows).";
    expect(await world.sentences()).toEqual([failed]);
    expect(await world.sentences("?entry=entry-1")).toEqual([failed]);
  });

  test("a status page says what is tried again, and what is held", async () => {
    await isTold();
    world.job = () => ({ ...done(), status: 500 });
    await world.publish();
    await world.runLayer();
    await world.runSite();
    expect(await world.sentences()).toEqual([
      expect.stringMatching(/^Failed: the site could not be built, next try .+ UTC \(your team knows\)\.$/),
      "1 change waiting.",
    ]);
  });

  test("a status page says that publishing is paused", async () => {
    await world.patch(`/data-layers/${world.layerId}`, { paused: true });
    expect(await world.sentences()).toEqual(["Publishing is paused."]);
    await world.publish();
    expect(await world.sentences()).toEqual(["1 change waiting, publishing is paused."]);
  });

  test("a status page says if nobody reports when a build is live", async () => {
    await world.publish();
    await world.runLayer();
    await world.runSite();
    world.now += 60 * MINUTE;
    await world.runSite();
    expect(await world.sentences()).toEqual([
      expect.stringMatching(/^A build was requested at .+ UTC\. This site does not report when it is live\.$/),
    ]);
  });

  test("an entry that nobody published lately is not known", async () => {
    await world.publish("entry-1");
    for (const entry of ["entry-2", "x".repeat(300), "%00", "%E2%80%AE", "entry"]) {
      expect(await world.sentences(`?entry=${entry}`)).toEqual(["No publish of this entry was seen lately."]);
    }
  });

  test("a waiting room turns into the page of the site once the publish is live, and into no page elsewhere", async () => {
    await world.patch(`/sites/${world.siteId}`, { publicUrl: "https://www.example.com" });
    await isTold();
    const room = async (go: string) => {
      world.now += MINUTE;
      const { text } = await world.visit(`${world.path}?entry=entry-1&go=${encodeURIComponent(go)}`);
      return { go: /data-go="([^"]*)"/.exec(text)?.[1] ?? null, waits: text.includes("as soon as it is live"), text };
    };
    expect(await room("/menu?a=1")).toMatchObject({ go: null, waits: true });
    await world.publish();
    await world.runLayer();
    await world.runSite();
    const deploy = await world.deployBegins();
    expect(await room("/menu?a=1")).toMatchObject({ go: null, waits: true });
    await world.deployEnds(deploy);
    // The site's pages have no marker, which a worker finds out.
    await world.runSite();
    const live = await room("/menu?a=1&b=2#c");
    expect(live.go).toBe("https://www.example.com/menu?a=1&amp;b=2#c");
    expect(live.text).toContain(
      '<meta http-equiv="refresh" content="0;url=https://www.example.com/menu?a=1&amp;b=2#c">',
    );
    expect((await room("https://www.example.com/x")).go).toBe("https://www.example.com/x");
    expect((await room("https://ana:pw@www.example.com/x")).go).toBe("https://www.example.com/x");
    const elsewhere = [
      "//evil.example",
      "https://evil.example/",
      "\\\\evil.example",
      "javascript:alert(1)",
      "http://www.example.com/",
    ];
    for (const go of [...elsewhere, "https://www.example.com.evil.example/", "data:text/html,x", "x".repeat(1001)]) {
      expect(await room(go), go).toMatchObject({ go: null, waits: false });
    }
  });

  test("the JSON and the badge say the same in their own form", async () => {
    await isTold();
    const first = await world.visit(`${world.path}.json`);
    expect(JSON.parse(first.text)).toEqual({
      stage: null,
      since: null,
      until: null,
      waiting: 0,
      secondsToLive: null,
      reason: null,
    });
    world.now += MINUTE;
    await world.publish();
    const publishedAt = world.now;
    await world.runLayer();
    await world.runSite();
    world.now += MINUTE;
    expect((await world.visit(`${world.path}/badge.svg`)).text).toContain('aria-label="Editors: building"');
    const deploy = await world.deployBegins();
    world.now = publishedAt + 94 * SECOND;
    await world.deployEnds(deploy);
    world.now += MINUTE;
    expect(JSON.parse((await world.visit(`${world.path}.json`)).text)).toEqual({
      stage: "live",
      since: new Date(publishedAt + 94 * SECOND).toISOString(),
      until: null,
      waiting: 0,
      secondsToLive: 94,
      reason: null,
    });
    expect((await world.visit(`${world.path}/badge.svg`)).text).toContain('aria-label="Editors: live"');
  });
});

describe("how a status is answered", () => {
  test("a status is answered 304 to a viewer who has it, and Netlify's network keeps it for seconds", async () => {
    for (const path of [world.path, `${world.path}.json`, `${world.path}/badge.svg`]) {
      const first = await world.visit(path);
      expect(first.status).toBe(200);
      expect(first.headers.get("cache-control")).toBe("public, max-age=0, must-revalidate");
      expect(first.headers.get("netlify-cdn-cache-control")).toBe("public, max-age=3");
      expect(first.headers.get("netlify-vary")).toBe("query=entry|go");
      expect(first.headers.get("set-cookie")).toBeNull();
      const etag = first.headers.get("etag") ?? "";
      world.now += MINUTE;
      expect([(await world.visit(path, { "if-none-match": etag })).status, etag]).toEqual([304, etag]);
    }
  });

  test("a status page is framed by the origins of its link and by no others", async () => {
    expect((await world.visit(world.path)).headers.get("content-security-policy")).toMatch(/; frame-ancestors 'none'$/);
    expect((await world.visit(world.path)).headers.get("x-frame-options")).toBe("DENY");
    const framed = await world.link({ frameAncestors: ["https://app.storyblok.com", "https://cms.example.com:8443"] });
    const { headers } = await world.visit(framed);
    expect(headers.get("content-security-policy")).toMatch(
      /; frame-ancestors https:\/\/app\.storyblok\.com https:\/\/cms\.example\.com:8443$/,
    );
    expect(headers.get("x-frame-options")).toBeNull();
  });

  test("a token that is unknown, withdrawn or of a deleted layer finds a page that says so, and writes nothing", async () => {
    const ref = (await world.get(`/data-layers/${world.layerId}/status-links`)).textAt("items.0.ref");
    const second = await world.link({ name: "Second" });
    await world.delete(`/data-layers/${world.layerId}/status-links/${ref}`);
    const before = await world.stored();
    const reads = async (path: string) => {
      const counted = world.store.counts.requests;
      const answer = await world.visit(path);
      expect([answer.status, answer.headers.get("cache-control")]).toEqual([404, "no-store"]);
      expect(answer.text).toContain("There is no status here. The link may have been withdrawn.");
      expect(answer.text).not.toContain("Editors");
      return world.store.counts.requests - counted;
    };
    expect(await reads("/status/0123456789abcdefghij")).toBe(1);
    expect(await reads(world.path)).toBe(1);
    expect(await reads(`${world.path}.json?entry=entry-1`)).toBe(1);
    expect(await reads("/status/short")).toBe(0);
    expect(await reads(`/status/${"x".repeat(200)}`)).toBe(0);
    expect(await reads("/status/")).toBe(0);
    expect(JSON.parse((await world.visit(`${world.path}.json`)).text)).toMatchObject({ code: "STATUS_LINK_NOT_FOUND" });
    expect(await world.stored()).toEqual(before);
    await world.delete(`/data-layers/${world.layerId}`);
    expect((await world.visit(second)).status).toBe(404);
  });

  test("a withdrawn link shows nothing although its place in the store could not be removed", async () => {
    const ref = (await world.get(`/data-layers/${world.layerId}/status-links`)).textAt("items.0.ref");
    world.store.fault = (op) => (op === "remove" ? "down" : "none");
    expect((await world.delete(`/data-layers/${world.layerId}/status-links/${ref}`)).status).toBe(204);
    world.store.fault = () => "none";
    expect((await world.visit(world.path)).status).toBe(404);
  });

  test("a status that cannot be read is answered 503 and read again", async () => {
    world.store.fault = (op) => (op === "read" ? "down" : "none");
    const answer = await world.visit(world.path);
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([503, "no-store"]);
    expect(answer.text).toContain("The status cannot be read at the moment.");
    world.store.fault = () => "none";
    expect((await world.visit(world.path)).status).toBe(200);
  });

  test("a status takes no other method than GET and HEAD", async () => {
    for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
      const answer = await world.visit(world.path, {}, method);
      expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    }
    expect((await world.visit(world.path, {}, "HEAD")).status).toBe(200);
  });

  test("a hundred viewers of ten minutes cost less than a request to the store a second, also with many sites", async () => {
    for (const sites of [1, 12]) {
      world = new StatusWorld();
      const extra = Array.from({ length: sites - 1 }, (_, index) => ({
        name: `Web ${index}`,
        buildHook: `https://api.netlify.com/build_hooks/more${index}`,
      }));
      await world.begin({ preset: "instant" });
      await world.patch(`/data-layers/${world.layerId}`, { connectedSites: [{ siteId: world.siteId }, ...extra] });
      await world.publish();
      await world.runLayer();
      const before = world.store.counts.requests;
      const seconds = 600;
      for (let second = 0; second < seconds; second += 1) {
        world.now += SECOND;
        const paths = [world.path, `${world.path}.json`, `${world.path}/badge.svg`];
        for (let viewer = 0; viewer < 100 / 6; viewer += 1) await world.visit(paths[viewer % 3] ?? "");
      }
      expect(world.store.counts.requests - before).toBeLessThan(seconds);
    }
  });

  test("a hundred viewers of one entry cost less than a request to the store a second, after its first look", async () => {
    for (let published = 0; published < 50; published += 1) {
      world.now += 2 * SECOND;
      await world.publish(`entry-${published}`);
    }
    await world.visit(`${world.path}?entry=entry-0`);
    const before = world.store.counts.requests;
    for (let second = 0; second < 600; second += 1) {
      world.now += SECOND;
      for (let viewer = 0; viewer < 100 / 6; viewer += 1) await world.visit(`${world.path}?entry=entry-0`);
    }
    expect(world.store.counts.requests - before).toBeLessThan(600);
  });

  test("a status that many viewers ask for at the same time is read once", async () => {
    const before = world.store.counts.requests;
    await world.visit(world.path);
    const once = world.store.counts.requests - before;
    world.memory = new StatusMemory();
    const answers = await Promise.all(Array.from({ length: 50 }, () => world.visit(world.path)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(world.store.counts.requests - before).toBe(2 * once);
  });

  test("a status shows a change at the latest ten seconds after it, for a layer with one site", async () => {
    await world.visit(world.path);
    await world.publish();
    world.now += 10 * SECOND;
    expect((await world.visit(`${world.path}.json`)).text).toContain('"waiting":1');
  });

  test("a status is read again after an instance's clock has jumped back an hour", async () => {
    await world.visit(world.path);
    await world.publish();
    world.now -= HOUR;
    expect((await world.visit(`${world.path}.json`)).text).toContain('"waiting":1');
  });
});
