import { beforeEach, describe, expect, test } from "vitest";
import type { OutgoingAnswer } from "../../src/app/deps.ts";
import { MINUTE, SECOND } from "../../src/core/durations.ts";
import { onPages } from "../../src/core/stage/onPages.ts";
import { answerStatus, type ShownStatus } from "../../src/edge/status/answerStatus.ts";
import { StatusMemory } from "../../src/edge/status/statusMemory.ts";
import { readAnswer } from "../api/answer.ts";
import { PagesWorld } from "../api/sites/pagesWorld.ts";
import { PUBLIC_URL } from "../api/world.ts";
import { LAYER } from "../senders/senderWorld.ts";

const live = { url: "https://www.example.com/posts/{payload.slug}", expect: { text: "{payload.title}" } };
const NOT_ON_PAGE = "The deploy is live, but the page does not show this publish yet.";

let world: PagesWorld;
let path: string;
/** What the page of the post answers. */
let page: OutgoingAnswer;

const html = (status: number, text: string): OutgoingAnswer => ({
  ...{ kind: "answer", status, location: null, retryAfter: null, text, headers: {} },
});

const visit = async (rest: string) => {
  const request = new Request(`${PUBLIC_URL}${path}${rest}`);
  return readAnswer(await answerStatus(request, world.deps, new StatusMemory()));
};

/** What the link says of the entry: its JSON, the badge's word, the sentence, and whether the room opens the page. */
const said = async (query = "?entry=a") => {
  const { text } = await visit(`${query}${query === "" ? "?" : "&"}go=/posts/a`);
  const sentence = /<p class="now[^"]*"><span>(.*?)<\/span>/.exec(text)?.[1]?.replaceAll(/<[^>]+>/g, "");
  const { stage, secondsToLive, reason } = JSON.parse((await visit(`.json${query}`)).text);
  const badge = /aria-label="Blog: ([^"]*)"/.exec((await visit(`/badge.svg${query}`)).text)?.[1];
  return { stage, secondsToLive, reason, badge, sentence, opens: text.includes("data-go=") };
};

const absent = {
  ...{ stage: "live", secondsToLive: null, badge: "not on the page yet", opens: false },
  ...{ reason: NOT_ON_PAGE, sentence: NOT_ON_PAGE },
};

beforeEach(async () => {
  world = new PagesWorld();
  await world.open({}, { live });
  await world.live();
  world.content = () => page;
  page = html(404, "");
  const made = await world.post(`/data-layers/${LAYER}/status-links`, { name: "Blog" });
  path = new URL(made.textAt("url")).pathname;
});

describe("a status link to a publish whose page is looked at", () => {
  test("a link does not say that a publish is on a page without it, and its room does not open that page", async () => {
    await world.patch(`/sites/${world.siteId}`, { rebuildStale: false });
    const delivery = await world.publish("a");
    const during: unknown[] = [];
    const { sleep } = world.deps.clock;
    Object.assign(world.deps.clock, {
      sleep: async (ms: number, signal?: AbortSignal) => {
        if (ms >= 5 * SECOND && ms <= MINUTE && world.looks.some(({ url }) => url.includes("/posts/"))) {
          during.push(await said());
        }
        await sleep(ms, signal);
      },
    });
    await world.finish(await world.begin());
    expect(during.slice(0, 3)).toEqual([absent, absent, absent]);
    expect(await said()).toEqual(absent);
    expect(await world.stageOf(delivery)).toEqual(["live", NOT_ON_PAGE]);
    const layer = "The deploy is live, but a page does not show its publish yet.";
    expect(await said("")).toEqual({ ...absent, reason: layer, sentence: layer });
  });

  test("a link to a layer does not say that a publish without a name is on a page without it", async () => {
    await world.patch(`/sites/${world.siteId}`, { rebuildStale: false });
    await world.send({ body: JSON.stringify({ event: "items.update", payload: { slug: "a", title: "New a" } }) });
    await world.finish(await world.begin());
    const layer = "The deploy is live, but a page does not show its publish yet.";
    expect(await said("")).toEqual({ ...absent, reason: layer, sentence: layer });
  });

  test("a link counts until the page shows the publish, and its room opens the page then", async () => {
    await world.publish("a");
    const publishedAt = world.now;
    await world.finish(await world.begin());
    await world.workSite();
    page = html(200, "<h1>New a</h1>");
    await world.finish(world.building[0] ?? (await world.begin()));
    const shown = await said();
    expect(shown).toMatchObject({ stage: "live", reason: null, badge: "live", opens: true });
    expect(shown.secondsToLive).toBeGreaterThan(160);
    expect(shown.secondsToLive).toBeLessThanOrEqual((world.now - publishedAt) / SECOND);
    expect(shown.sentence).toMatch(/^On the page since .+ UTC, \d min after you published\.$/);
    world.now += MINUTE;
    await world.publish("b");
    await world.finish(await world.begin());
    expect(await said()).toEqual(shown);
  });

  test("a publish is live since its page showed its deploy, on the delivery, the list, the link and the notification alike", async () => {
    await world.patch(`/data-layers/${LAYER}`, { live: null });
    const id = await world.publish("menu");
    const publishedAt = world.now;
    world.kind = "old";
    const { sleep } = world.deps.clock;
    Object.assign(world.deps.clock, {
      sleep: async (ms: number, signal?: AbortSignal) => {
        await sleep(ms, signal);
        if (ms === 15 * SECOND) world.catchUp();
      },
    });
    await world.finish(await world.begin());
    const since = async () => {
      const delivery = await world.get(`/data-layers/${LAYER}/deliveries/${id}`);
      const list = await world.get(`/data-layers/${LAYER}/deliveries?q=menu`);
      const link = JSON.parse((await visit(".json?entry=menu")).text);
      return [delivery.at("since"), list.at("items.0.since"), link.since, link.secondsToLive];
    };
    const before = await since();
    const [first] = before;
    const at = Date.parse(String(first));
    expect(before).toEqual([first, first, first, Math.round((at - publishedAt) / SECOND)]);
    expect(world.told).toMatchObject([{ type: "build.live", publishToLiveSeconds: before[3] }]);
    expect(at).toBeGreaterThan(Date.parse(world.netlify.deploys.at(-1)?.published_at ?? "") + 19 * SECOND);
    world.kind = "fresh";
    world.now += MINUTE;
    await world.publish("b");
    await world.finish(await world.begin());
    expect(await since()).toEqual(before);
  });

  test.each([
    ["that their pages show", 200],
    ["that their pages do not show", 404],
  ])("a status of ten publishes %s is read again within ten seconds", async (_law, status) => {
    page = html(status, "New ten-");
    await world.patch(`/data-layers/${LAYER}`, { live: { ...live, expect: { text: "New ten-" } } });
    await world.patch(`/sites/${world.siteId}`, { rebuildStale: false });
    for (let entry = 0; entry < 10; entry += 1) await world.publish(`ten-${entry}`);
    await world.finish(await world.begin());
    const memory = new StatusMemory<ShownStatus>();
    const url = `${PUBLIC_URL}${path}.json`;
    const stage = async () => (await readAnswer(await answerStatus(new Request(url), world.deps, memory))).at("stage");
    expect(await stage()).toBe("live");
    await world.publish("another");
    world.now += 10 * SECOND;
    expect(await stage()).toBe("pending");
  });

  test("a room waits for the first look at the page of a deploy that is live", async () => {
    page = html(200, "<h1>New a</h1>");
    world.kind = "without";
    await world.patch(`/sites/${world.siteId}`, { publicUrl: "https://www.example.com/blog/" });
    await world.publish("a");
    const deploy = await world.begin();
    world.store.before = async (op, key) => {
      if (op === "write" && key.startsWith("sites/") && world.looks.length > 0) throw new Error("it died");
    };
    world.looks.length = 0;
    await world.finish(deploy);
    world.store.before = async () => undefined;
    const awaited = "The deploy is live, and the page is being looked at.";
    expect(await said()).toEqual({ ...absent, reason: awaited, sentence: awaited });
    await world.workSite();
    expect(await said()).toMatchObject({ reason: null, badge: "live", opens: true });
  });

  test("a room opens the page of a publish that nobody can find out about", async () => {
    page = html(503, "");
    await world.publish("a");
    await world.finish(await world.begin());
    expect(await said()).toMatchObject({ stage: "live", reason: null, badge: "live", opens: true });
  });
});

describe("what several pages say of one publish", () => {
  const seen = (at: number) => ({ state: "seen", at }) as const;
  const [missing, unknown] = [{ state: "missing", at: 0 } as const, { state: "unknown", at: 0 } as const];

  test.each([
    ["one page without it outweighs all others", [seen(1), null, missing], true, { state: "missing" }],
    ["a page that is still to be looked at outweighs one that shows it", [seen(1)], true, { state: "awaited" }],
    ["it is seen since the last page showed it", [seen(1), unknown, seen(7), null], false, { state: "seen", at: 7 }],
    ["nobody can say without a page that shows it", [unknown, null], false, null],
  ])("a publish on several sites: %s", (_law, found, isAwaited, expected) => {
    expect(onPages(found, isAwaited)).toEqual(expected);
  });
});
