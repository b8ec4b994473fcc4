import { beforeEach, describe, expect, it } from "vitest";
import type { OutgoingAnswer } from "../../../src/app/deps.ts";
import { MINUTE, SECOND } from "../../../src/core/durations.ts";
import { valueAt } from "../../../src/core/layer/jsonPointer.ts";
import { asPath, fill, judgePage } from "../../../src/core/proof/pageCheck.ts";
import { NOT_ON_PAGE } from "../../../src/core/stage/onPages.ts";
import { siteKey } from "../../../src/store/keys.ts";
import { LAYER } from "../../senders/senderWorld.ts";
import { aRound } from "../../support/round.ts";
import { PagesWorld } from "./pagesWorld.ts";

const live = {
  url: "https://www.example.com/posts/{payload.slug}",
  expect: { text: "{payload.title}" },
};

let world: PagesWorld;
/** The titles that the CMS serves to builds, by entry. */
let served: Map<string, string>;
/** The titles on the page of each deploy that is live. */
let pages: Map<string, string>;

const html = (text: string, status = 200): OutgoingAnswer => ({
  ...{ kind: "answer", status, location: null, retryAfter: null, text, headers: {} },
});

const opened = async (layer: Record<string, unknown> = {}): Promise<void> => {
  world = new PagesWorld();
  served = new Map();
  pages = new Map();
  await world.open({}, { live, ...layer });
  await world.live();
  world.content = (url) => {
    const title = pages.get(url.pathname.split("/").at(-1) ?? "");
    return title === undefined ? html("", 404) : html(`<h1>${title}</h1>`);
  };
};

/** A deploy of what the CMS serves when the build reads it. */
const deploy = async (): Promise<void> => {
  const built = await world.begin();
  pages = new Map(served);
  await world.finish(built);
};

const onPage = async (deliveryId: string): Promise<unknown> => {
  const delivery = await world.get(`/data-layers/${LAYER}/deliveries/${deliveryId}`);
  return delivery.at("sites.0.onPage") === null ? null : delivery.at("sites.0.onPage.state");
};
const lookedAt = async (deliveryId: string): Promise<unknown> =>
  (await world.get(`/data-layers/${LAYER}/deliveries/${deliveryId}`)).at("sites.0.onPage.lookedAt");
/** Does something during each wait between two looks. */
const betweenLooks = async (work: () => Promise<void>): Promise<void> => {
  const { sleep } = world.deps.clock;
  const sleeping = async (ms: number, signal?: AbortSignal) => {
    if (ms >= 5 * SECOND && ms <= MINUTE && urls().length > 0) await work();
    await sleep(ms, signal);
  };
  Object.assign(world.deps.clock, { sleep: sleeping });
};
const events = (): unknown[] => world.told.map((message) => Reflect.get(Object(message), "type"));
const urls = (): string[] => world.looks.map(({ url }) => url).filter((url) => url.includes("/posts/"));

beforeEach(() => opened());

describe("what was published, on its page", () => {
  it("a publish whose page shows it is seen after the deploy, and no build follows", async () => {
    const delivery = await world.publish("a");
    served.set("a", "New a");
    await deploy();
    expect(await onPage(delivery)).toBe("seen");
    expect([urls(), events()]).toEqual([["https://www.example.com/posts/a"], ["build.live"]]);
    expect(world.looks.at(-1)?.headers).not.toHaveProperty("cache-control");
    expect(world.building).toEqual([]);
  });

  it("a build shows for each publish whether its page shows it, and the URL of a delivery's page is for writers alone", async () => {
    const delivery = await world.publish("a");
    served.set("a", "New a");
    await deploy();
    const [build] = (await world.get(`/sites/${world.siteId}/builds`)).listAt("items");
    const buildId = String(Reflect.get(Object(build), "id"));
    const shown = await world.get(`/sites/${world.siteId}/builds/${buildId}`);
    expect([shown.at("manifest.subjects.0.deliveryId"), shown.at("manifest.subjects.0.onPage.state")]).toEqual([
      delivery,
      "seen",
    ]);
    const urlFor = async (role: "Owner" | "Reviewer"): Promise<unknown> =>
      (await world.get(`/data-layers/${LAYER}/deliveries/${delivery}`, { as: role })).at("pageUrl");
    expect([await urlFor("Owner"), await urlFor("Reviewer")]).toEqual(["https://www.example.com/posts/a", null]);
  });

  it.each(["{", '{"v":1}', ""])(
    "a delivery is shown without its checks if their record is damaged (%j)",
    async (text) => {
      const delivery = await world.publish("a");
      served.set("a", "New a");
      await deploy();
      const entries = await world.store.memory.list(`proofs/${world.siteId}/`);
      const key = entries.map((entry) => entry.key).find((one) => one.endsWith("~checks")) ?? "";
      const written = await world.store.memory.write(key, text, (await world.store.memory.read(key))?.etag ?? null);
      expect(written.kind).toBe("written");
      const answer = await world.get(`/data-layers/${LAYER}/deliveries/${delivery}`);
      expect([answer.status, answer.at("sites.0.onPage")]).toEqual([200, null]);
      expect(world.facts).toContainEqual(expect.objectContaining({ kind: "trouble", error: "it is damaged" }));
    },
  );

  it("what the last look found is kept although the store failed when it was to be kept", async () => {
    const delivery = await world.publish("a");
    served.set("a", "New a");
    world.store.fault = (op, key) => (op === "write" && key.endsWith("~checks") ? "down" : "none");
    await deploy();
    expect(await onPage(delivery)).toBeNull();
    world.store.fault = () => "none";
    await world.workSite();
    expect(await onPage(delivery)).toBe("seen");
  });

  it("a page that is old for a moment is looked at again after 5, 15 and 60 seconds", async () => {
    const delivery = await world.publish("a");
    served.set("a", "Old a");
    world.content = () => html(urls().length < 3 ? "<h1>Old a</h1>" : "<h1>New a</h1>");
    await deploy();
    expect(world.waits.slice(-2)).toEqual([5 * SECOND, 15 * SECOND]);
    expect([await onPage(delivery), urls().length, events()]).toEqual(["seen", 3, ["build.live"]]);
  });

  it("a page that stays old is told as stale and healed by one more build, which is told once and never again", async () => {
    const delivery = await world.publish("a");
    served.set("a", "Old a");
    await deploy();
    expect(await onPage(delivery)).toBe("missing");
    expect(events()).toEqual(["build.live", "build.stale"]);
    expect(Reflect.get(Object(world.told[1]), "reason")).toContain("1 of 1 publishes");
    // The build waits for a minute, and then for nothing else.
    await world.workSite();
    expect(world.building).toHaveLength(1);
    expect((await world.get(`/sites/${world.siteId}`)).at("build.running.causes.0.again")).toBe(true);
    pages = new Map(served);
    await world.finish(world.building[0] ?? (await world.begin()));
    expect(events().slice(2)).toEqual(["build.live", "build.stale"]);
    await world.workSite();
    await aRound(world.deps);
    await world.workSite();
    expect(world.building).toEqual([]);
  });

  it("a site says when one more build is requested for a page that stays old", async () => {
    await opened({ live: { ...live, settleSeconds: 600 } });
    await world.publish("a");
    served.set("a", "Old a");
    await deploy();
    const at = Date.parse((await world.get(`/sites/${world.siteId}`)).textAt("page.rebuildAt"));
    expect(at - world.now).toBeGreaterThan(590 * SECOND);
  });

  it("a page that stays old beside one that is seen is healed by one build only", async () => {
    await world.publish("a");
    await world.publish("b");
    served.set("a", "Old a").set("b", "New b");
    await deploy();
    await world.workSite();
    expect(world.building).toHaveLength(1);
    await world.finish(world.building[0] ?? (await world.begin()));
    await world.workSite();
    expect([events(), world.building]).toEqual([["build.live", "build.stale", "build.live", "build.stale"], []]);
  });

  it("a check that never sees anything costs one build that heals, says why no other follows, and heals again once it sees", async () => {
    const healing = async (): Promise<number> => {
      await world.workSite();
      const count = world.building.length;
      for (const built of [...world.building]) await world.finish(built);
      return count;
    };
    const reason = (): unknown => Reflect.get(Object(world.told.at(-1)), "reason");
    await world.publish("a");
    await deploy();
    expect([await healing(), events().length]).toEqual([1, 4]);
    for (const entry of ["b", "c"]) {
      await world.publish(entry);
      await deploy();
      expect([await healing(), events().at(-1)]).toEqual([0, "build.stale"]);
      expect(reason()).toContain("No other build follows");
    }
    served.set("d", "New d");
    await world.publish("d");
    await deploy();
    await world.publish("e");
    await deploy();
    expect(reason()).toContain("One more build follows.");
    expect(await healing()).toBe(1);
  });

  it("a site counts a build that heals in no row of its brake", async () => {
    const spent = async () => Object(JSON.parse((await world.store.memory.read(siteKey(world.siteId)))?.text ?? "{}"));
    await world.publish("a");
    await deploy();
    const { streak = 1, alike = 1, likeness } = (await spent()).slot.spent;
    await world.workSite();
    expect(world.building).toHaveLength(1);
    expect((await spent()).slot.spent).toMatchObject({ streak, alike, likeness });
  });

  it("the build that heals shows the publish, and is looked at like any other", async () => {
    const delivery = await world.publish("a");
    served.set("a", "Old a");
    await deploy();
    expect(await onPage(delivery)).toBe("missing");
    await world.workSite();
    served.set("a", "New a");
    pages = new Map(served);
    const [healing] = world.building;
    if (healing === undefined) throw new RangeError("nothing was built again");
    await world.tell("deploy_building", healing);
    await world.finish(healing);
    expect((await world.stageOf(delivery))[0]).toBe("live");
    const builds = await world.get(`/sites/${world.siteId}/builds`);
    const newest = await world.get(`/sites/${world.siteId}/builds/${builds.textAt("items.0.id")}`);
    expect(newest.at("manifest.subjects.0.deliveryId")).toBe(delivery);
    expect(await onPage(delivery)).toBe("seen");
    expect(events()).toEqual(["build.live", "build.stale", "build.live"]);
  });

  it("a publish that the build that heals showed stays seen when another build is live", async () => {
    const delivery = await world.publish("a");
    served.set("a", "Old a");
    await deploy();
    await world.workSite();
    served.set("a", "New a").set("b", "New b");
    pages = new Map(served);
    await world.finish(world.building[0] ?? (await world.begin()));
    const seenAt = await lookedAt(delivery);
    world.now += MINUTE;
    const next = await world.publish("b");
    await deploy();
    expect([await onPage(next), await onPage(delivery), await lookedAt(delivery)]).toEqual(["seen", "seen", seenAt]);
  });

  it("a delivery has the same stage and reason alone, in the list and in the activity, until a build heals its page", async () => {
    const delivery = await world.publish("a");
    const other = await world.publish("b");
    served.set("a", "Old a").set("b", "New b");
    await deploy();
    const reasons = async (): Promise<unknown[]> => {
      const alone = [await world.stageOf(other), await world.stageOf(delivery)];
      const lists = await Promise.all(
        [
          ["deliveries", "items"],
          ["deliveries?stage=live", "items"],
          ["activity", "deliveries"],
        ].map(async ([path, items = ""]) =>
          (await world.get(`/data-layers/${LAYER}/${path}`))
            .listAt(items)
            .map((one) => [Reflect.get(Object(one), "stage"), Reflect.get(Object(one), "reason")]),
        ),
      );
      expect(lists).toEqual([alone, alone, alone]);
      return alone;
    };
    expect(await reasons()).toEqual([
      ["live", null],
      ["live", NOT_ON_PAGE],
    ]);
    await world.workSite();
    served.set("a", "New a");
    pages = new Map(served);
    await world.finish(world.building[0] ?? (await world.begin()));
    expect(await reasons()).toEqual([
      ["live", null],
      ["live", null],
    ]);
  });

  it("a list of deliveries reads what the pages of one build showed once", async () => {
    for (const entry of ["a", "b", "c"]) await world.publish(entry);
    await deploy();
    const reads: string[] = [];
    world.store.before = async (op, key) => {
      if (op === "read" && key.endsWith("~checks")) reads.push(key);
    };
    await world.get(`/data-layers/${LAYER}/deliveries`);
    expect(reads).toHaveLength(1);
  });

  it("each look's result is shown at once, with the time of the next look", async () => {
    const delivery = await world.publish("a");
    const shown: unknown[] = [];
    await betweenLooks(async () => {
      const answer = await world.get(`/data-layers/${LAYER}/deliveries/${delivery}`);
      const at = (field: string) => answer.at(`sites.0.onPage.${field}`);
      shown.push([at("state"), Date.parse(String(at("until"))) - Date.parse(String(at("lookedAt")))]);
    });
    await deploy();
    expect(shown.slice(0, 3)).toEqual([5, 15, 60].map((seconds) => ["missing", seconds * SECOND]));
    const after = await world.get(`/data-layers/${LAYER}/deliveries/${delivery}`);
    expect([after.at("sites.0.onPage.state"), after.at("sites.0.onPage.until")]).toEqual(["missing", null]);
  });

  it("a publish that was seen stays seen when another deploy goes live while the looks go on", async () => {
    const seen = await world.publish("a");
    const missing = await world.publish("b");
    served.set("a", "New a");
    let isFirst = true;
    await betweenLooks(async () => {
      if (!isFirst) return;
      isFirst = false;
      const other = world.netlify.begin(null);
      await world.tell("deploy_building", other);
      world.netlify.succeed(other);
      world.catchUp();
      await world.tell("deploy_created", other);
    });
    await deploy();
    expect([await onPage(seen), await onPage(missing)]).toEqual(["seen", null]);
  });

  it("a site heals nothing if it says so, or before its budget allows another build", async () => {
    await world.patch(`/sites/${world.siteId}`, { rebuildStale: false });
    await world.publish("a");
    await deploy();
    await world.workSite();
    expect([world.building, events()]).toEqual([[], ["build.live", "build.stale"]]);
    const dailyBuilds = 2;
    await world.patch(`/sites/${world.siteId}`, { rebuildStale: true, pacing: { preset: "instant", dailyBuilds } });
    await world.publish("b");
    await deploy();
    await world.workSite();
    expect(world.building).toEqual([]);
    expect((await world.get(`/sites/${world.siteId}`)).at("build.pending.waitingFor")).toBe("budget");
  });

  it("a look that a dead worker left is made up by the drain, and the build that heals too", async () => {
    await world.publish("a");
    const built = await world.begin();
    world.store.before = async (op, key) => {
      if (op === "write" && key.startsWith("sites/") && urls().length > 0) throw new Error("it died");
    };
    await world.finish(built);
    world.store.before = async () => undefined;
    expect(events()).toEqual(["build.live"]);
    world.wakes.length = 0;
    await aRound(world.deps);
    expect(world.wakes).toContainEqual({ kind: "site", id: world.siteId });
    await world.workSite();
    await world.workLayer();
    expect(events()).toEqual(["build.live", "build.stale"]);
    await world.workSite();
    expect(world.building).toHaveLength(1);
  });

  it("a build looks for ten publishes at most, and a layer that says nothing has none looked for", async () => {
    for (let i = 0; i < 15; i += 1) {
      await world.publish(`e${i}`);
      served.set(`e${i}`, `New e${i}`);
    }
    await deploy();
    expect(urls()).toHaveLength(10);
    await world.patch(`/data-layers/${LAYER}`, { live: null });
    const before = world.looks.length;
    const delivery = await world.publish("x");
    await deploy();
    expect([world.looks.length - before, await onPage(delivery)]).toEqual([1, null]);
  });

  /** A publish of a CMS whose format Layerhook does not know. */
  const publishUnnamed = async (body: Record<string, unknown>): Promise<string> => {
    world.now += 2 * SECOND;
    return String((await (await world.send({ body: JSON.stringify(body) })).json()).deliveryId);
  };
  const unnamed = (slug: string, title: string, event = "items.update") =>
    publishUnnamed({ event, payload: { slug, title } });

  it("a publish whose sender does not say what was published is looked for, and healed if its page stays old", async () => {
    const [seen, missing] = [await unnamed("a", "New a"), await unnamed("b", "New b")];
    served.set("a", "New a").set("b", "Old b");
    await deploy();
    expect((await world.get(`/data-layers/${LAYER}/deliveries/${seen}`)).at("subject")).toBeNull();
    expect([await onPage(seen), await onPage(missing), events()]).toEqual([
      ...["seen", "missing", ["build.live", "build.stale"]],
    ]);
    await world.workSite();
    expect(world.building).toHaveLength(1);
  });

  it("only the newest of several publishes that name no entry is looked for on their page", async () => {
    const [older, newer] = [await unnamed("a", "First a"), await unnamed("a", "New a")];
    served.set("a", "New a");
    await deploy();
    expect([await onPage(older), await onPage(newer), urls(), events()]).toEqual([
      ...[null, "seen", ["https://www.example.com/posts/a"], ["build.live"]],
    ]);
  });

  it("publishes that name no entry are looked for after those that do, and with these ten at most", async () => {
    const named = await world.publish("named");
    for (let i = 0; i < 15; i += 1) await unnamed(`u${i}`, `New u${i}`);
    served.set("named", "New named");
    await deploy();
    expect([await onPage(named), new Set(urls()).size]).toEqual(["seen", 10]);
  });

  it("a publish that names no entry and lacks a value of the check says why its page was not looked at", async () => {
    const delivery = await publishUnnamed({ payload: { slug: "a" } });
    await deploy();
    const shown = await world.get(`/data-layers/${LAYER}/deliveries/${delivery}`);
    expect([shown.at("sites.0.onPage.state"), shown.at("sites.0.onPage.reason"), urls()]).toEqual([
      ...["unknown", "The delivery has no `payload.title`.", []],
    ]);
  });

  it.each(["event", "type", "action"])(
    "an unknown sender's `%s` that takes a page away has none looked for",
    async (name) => {
      const delivery = await publishUnnamed({ [name]: "post.deleted", payload: { slug: "a", title: "New a" } });
      await deploy();
      expect([await onPage(delivery), urls(), events()]).toEqual([null, [], ["build.live"]]);
    },
  );

  it.each(["items.delete", "Entry.unpublish", "content_archived", "post.trashed"])(
    "an event that takes a page away has none looked for (%s)",
    async (event) => {
      const delivery = await world.publish("a", event);
      await deploy();
      await world.workSite();
      expect([await onPage(delivery), urls(), world.building, events()]).toEqual([null, [], [], ["build.live"]]);
    },
  );

  it("a page that cannot be fetched, or redirects, heals nothing", async () => {
    for (const answer of [html("", 301), html("", 503), { kind: "silence", error: "timed out" } as const]) {
      world.content = () => answer;
      const delivery = await world.publish("a");
      await deploy();
      await world.workSite();
      expect([await onPage(delivery), world.building]).toEqual(["unknown", []]);
    }
    expect(events()).not.toContain("build.stale");
  });
});

describe("the dry run", () => {
  const test = (body?: unknown) => world.post(`/data-layers/${LAYER}/live/test`, body);

  it("the dry run shows what would be fetched and found for the newest publish, and changes nothing", async () => {
    await world.publish("a");
    pages.set("a", "New a");
    const stored = await world.dump();
    const tested = await test();
    expect([tested.status, tested.at("url"), tested.at("expect.text"), tested.at("state")]).toEqual([
      ...[200, "https://www.example.com/posts/a", "New a", "seen"],
    ]);
    const other = { url: "https://www.example.com/{payload.nothing}", expect: { text: "x" } };
    const missing = await test({ live: other });
    expect([missing.at("state"), missing.at("url"), missing.at("reason")]).toEqual([
      ...["unknown", null, "The delivery has no `payload.nothing`."],
    ]);
    expect(await world.dump()).toBe(stored);
  });

  it("the dry run says if there is no publish to try, or nothing to try it with", async () => {
    const none = await test();
    expect([none.at("deliveryId"), none.at("state")]).toEqual([null, "unknown"]);
    await world.patch(`/data-layers/${LAYER}`, { live: null });
    const refused = await test();
    expect([refused.status, refused.at("errors.0.path")]).toEqual([400, "live"]);
    expect((await world.post(`/data-layers/${LAYER}/live/test`, {}, { as: "Reviewer" })).status).toBe(403);
  });

  it.each([
    [{ url: "https://{payload.host}/x", expect: { text: "x" } }, "live.url", "only its path"],
    [{ url: "https://10.0.0.1/{a}", expect: { text: "x" } }, "live.url", "private"],
    [{ url: "https://www.example.com/{a}", expect: {} }, "live.expect", "must have either text"],
    [{ url: "https://www.example.com/{a}", expect: { meta: "date" } }, "live.expect", "must have either text"],
    [{ url: "https://www.example.com/{a}", expect: { text: "a", meta: "b", value: "c" } }, "live.expect", "either"],
  ])("a check that cannot work is refused: %j", async (check, path, message) => {
    const refused = await world.patch(`/data-layers/${LAYER}`, { live: check });
    expect([refused.status, refused.at("errors.0.path")]).toEqual([400, path]);
    expect(refused.textAt("errors.0.message")).toContain(message);
  });
});

describe("the reading of a page", () => {
  const judge = (expected: Record<string, string>, text: string, status = 200, headers: Record<string, string> = {}) =>
    judgePage(expected, { status, text, headers }, valueAt).state;

  it.each([
    [{ text: "Fish & Chips" }, "<h1>Fish &amp; <b>Chips</b></h1>", "seen"],
    [{ text: "Crème brûlée" }, "<p>Cr&#232;me br&#xfb;l&eacute;e Crème brûlée</p>", "seen"],
    [{ text: "New" }, "<h1>Old</h1>", "missing"],
    [
      { meta: "article:modified_time", value: "2026" },
      `<meta content='2026' property="article:modified_time" />`,
      "seen",
    ],
    [
      { meta: "article:modified_time", value: "2026" },
      `<meta property="article:modified_time" content="2025">`,
      "missing",
    ],
    [{ pointer: "/rev", value: "7" }, '{"rev":7}', "seen"],
    [{ pointer: "/rev", value: "7" }, '{"rev":', "missing"],
  ] as const)("a page is judged by what is expected: %j in %s is %s", (expected, text, state) => {
    expect(judge(expected, text)).toBe(state);
  });

  it("a header is compared, and an error says nothing of the content", () => {
    expect(judge({ header: "X-Rev", value: "7" }, "", 200, { "x-rev": "7" })).toBe("seen");
    expect([judge({ text: "x" }, "x", 500), judge({ text: "x" }, "x", 404)]).toEqual(["unknown", "missing"]);
  });

  it("a value fills its part of a path alone, and an empty one is none", () => {
    const values: Record<string, unknown> = { slug: "../a b/é?x=1", empty: " ", list: ["x"] };
    const filled = (template: string) => fill(template, (path) => values[path], asPath);
    expect(filled("https://h/{slug}")).toEqual({ text: "https://h/a%20b/%C3%A9%3Fx%3D1" });
    expect([filled("{empty}"), filled("{list}"), filled("{none}")]).toEqual([
      ...[{ missing: "empty" }, { missing: "list" }, { missing: "none" }],
    ]);
  });

  it("a hostile page of a quarter of a megabyte is judged within a second", () => {
    for (const text of [
      "<meta ".repeat(40_000),
      "&#".repeat(120_000),
      `<meta ${'a="'.repeat(80_000)}>`,
      "<".repeat(250_000),
    ]) {
      const began = performance.now();
      judge({ meta: "x", value: "y" }, text);
      judge({ text: "never there" }, text);
      expect(performance.now() - began).toBeLessThan(1000);
    }
    expect(MINUTE).toBe(60 * SECOND);
  });
});
