import { beforeEach, describe, expect, it } from "vitest";
import { type LoggedDelivery, logDeliveries } from "../../../src/app/stored/deliveryLog.ts";
import { MINUTE, SECOND } from "../../../src/core/durations.ts";
import { LAYER, SenderWorld } from "../../senders/senderWorld.ts";
import type { Answer } from "../answer.ts";

const log = `/data-layers/${LAYER}/deliveries`;

let world: SenderWorld;

beforeEach(async () => {
  world = new SenderWorld();
  await world.open({ verification: { scheme: "header-secret", secret: "a secret of the CMS", header: "x-secret" } });
});

const proven = { "x-secret": "a secret of the CMS" };
const entry = (id: string, collection = "posts", event = "items.update") =>
  JSON.stringify({ event, collection, key: id });

/** Sends a publish of an entry, two seconds after the one before. Returns its delivery's id. */
const publish = async (id: string, collection?: string, headers: Record<string, string> = {}): Promise<string> => {
  world.now += 2 * SECOND;
  const answer = await world.send({ headers: { ...proven, ...headers }, body: entry(id, collection) });
  return String((await answer.json()).deliveryId);
};

const idsOf = (page: Answer): unknown[] => page.listAt("items").map((_, i) => page.at(`items.${i}.id`));
const found = async (query: string): Promise<unknown[]> => idsOf(await world.get(`${log}?${query}`));

/** Logs deliveries of one entry a second each, without their publishes. */
const logged = async (count: number, one: (index: number) => Partial<LoggedDelivery> = () => ({})): Promise<void> => {
  for (let i = 0; i < count; i += 1) {
    world.now += SECOND;
    const delivery: LoggedDelivery = {
      ...{ id: world.deps.ids.timeOrdered(), receivedAt: world.now, webhook: "default", dataSource: null },
      ...{ outcome: "queued", code: null, cause: null, warnings: [], syncId: null, bytes: 0, userAgent: null },
      ...{ subject: { event: "e", type: "t", id: `entry-${i}` }, secret: null },
      ...one(i),
    };
    await logDeliveries(world.deps, LAYER, [delivery], 0);
  }
};

/** All items of a list, page by page, and the number of its pages. */
const walk = async (query: string): Promise<{ readonly ids: readonly unknown[]; readonly pages: number }> => {
  const ids: unknown[] = [];
  let [pages, cursor] = [0, ""];
  do {
    const page = await world.get(`${log}?${query}${cursor === "" ? "" : `&cursor=${cursor}`}`);
    ids.push(...idsOf(page));
    pages += 1;
    cursor = page.at("nextCursor") === null ? "" : page.textAt("nextCursor");
  } while (cursor !== "");
  return { ids, pages };
};

describe("the filters of the list of deliveries", () => {
  it("a delivery is found by its entry's id, type or event, in any case, and by a part of each", async () => {
    const post = await publish("post-7", "posts");
    const page = await publish("page-7", "pages");
    expect(await found("q=POST-7")).toEqual([post]);
    expect(await found("q=pages")).toEqual([page]);
    expect(await found("q=items.update")).toEqual([page, post]);
    expect(await found("q=-7&limit=1")).toEqual([page]);
    expect(await found("q=nothing")).toEqual([]);
    const menu = await publish("menü", "posts");
    expect(await found(`q=${encodeURIComponent("MENU\u0308")}`)).toEqual([menu]);
  });

  it("an id that is too long for the log is found by the part that the log keeps", async () => {
    const long = `entry-${"x".repeat(120)}`;
    const delivery = await publish(long);
    expect(await found(`q=${long}`)).toEqual([delivery]);
    expect(await found(`q=entry-${"y".repeat(120)}`)).toEqual([]);
  });

  it("deliveries are filtered by outcome, webhook, data source and stage, and by several at once", async () => {
    const ref = (await world.get(`/data-layers/${LAYER}/webhooks`)).textAt("items.0.ref");
    const first = await publish("a", "posts", { "x-connect-data-source": "posts, pages" });
    const second = await publish("b");
    world.now += SECOND;
    await world.send({ body: entry("c") });
    const [refused] = await found("outcome=refused");
    expect(await found("outcome=queued")).toEqual([first]);
    expect(await found("outcome=coalesced")).toEqual([second]);
    expect(await found(`webhook=${ref}`)).toEqual([refused, second, first]);
    expect([await found("webhook=default"), await found("webhook=wh_none")]).toEqual([[], []]);
    expect([await found("source=pages"), await found("source=page")]).toEqual([[first], []]);
    expect([await found("stage=pending"), await found("stage=refused")]).toEqual([[second, first], [refused]]);
    expect(await found("stage=pending&q=b&outcome=coalesced")).toEqual([second]);
    expect(await found("stage=live")).toEqual([]);
  });

  it("a delivery is found by any label that its sender gave, since a layer without data sources takes them all", async () => {
    const label = "Blog & Shop / été";
    // A header has no letters beyond Latin-1, and this text none beyond it.
    const delivery = await publish("a", "posts", { "x-connect-data-source": `main, ${label}` });
    await publish("b", "posts", { "x-connect-data-source": "Blog" });
    expect(await found(`source=${encodeURIComponent(label)}`)).toEqual([delivery]);
    expect(await found(`source=${encodeURIComponent(` ${label} `)}`)).toEqual([delivery]);
  });

  it("a label is the same text in a header's UTF-8 bytes, in a header's Latin-1 bytes and in the query", async () => {
    const label = "Gärten";
    const utf8 = Buffer.from("Gärten, 漢字").toString("latin1");
    const inUtf8 = await publish("a", "posts", { "x-connect-data-source": utf8 });
    const inLatin1 = await publish("b", "posts", { "x-connect-data-source": label });
    const byAlias = await publish("c", "posts", { "x-gatsby-cloud-data-source": utf8 });
    expect(await found(`source=${encodeURIComponent(label)}`)).toEqual([byAlias, inLatin1, inUtf8]);
    expect(await found(`source=${encodeURIComponent("漢字")}`)).toEqual([byAlias, inUtf8]);
  });

  it("a period holds the deliveries received from its start until before its end, also those of a burst's record", async () => {
    const times = [0, 10, 20, 30].map((seconds) => world.now + seconds * SECOND);
    const burst = times.map((at, i) => ({
      ...{ id: `${idAt(at)}-${i}`, receivedAt: at, webhook: "default" as const, dataSource: null, bytes: 0 },
      ...{ outcome: "queued" as const, code: null, cause: null, warnings: [], syncId: null, userAgent: null },
      ...{ subject: null, secret: null },
    }));
    world.now += MINUTE;
    await logDeliveries(world.deps, LAYER, burst, 0);
    expect((await world.store.memory.list(`deliveries/${LAYER}/`)).length).toBe(1);
    const [a, b, c, d] = burst.map(({ id }) => id);
    const iso = (index: number): string => new Date(times[index] ?? 0).toISOString();
    expect(await found("")).toEqual([d, c, b, a]);
    expect(await found(`from=${iso(1)}&until=${iso(3)}`)).toEqual([c, b]);
    expect(await found(`until=${iso(1)}`)).toEqual([a]);
    expect(await found(`from=${iso(3)}`)).toEqual([d]);
  });

  it("a filtered list holds every match once, page by page", async () => {
    await logged(230, (i) => ({ outcome: i % 3 === 0 ? "coalesced" : "queued" }));
    const all = await walk("outcome=coalesced&limit=7");
    expect([all.ids.length, new Set(all.ids).size]).toEqual([77, 77]);
    expect([...all.ids].sort().reverse()).toEqual(all.ids);
    expect(all.pages).toBeLessThanOrEqual(12);
  });

  it("a page for a rare delivery looks at 500 deliveries, may be empty, and leads on to the match", async () => {
    await logged(900, (i) => (i === 0 ? { subject: { event: null, type: null, id: "needle" } } : {}));
    const { reads, lists } = world.store.counts;
    const page = await world.get(`${log}?q=needle`);
    expect([idsOf(page), page.at("nextCursor") === null]).toEqual([[], false]);
    expect(world.store.counts.reads - reads).toBeLessThanOrEqual(502);
    expect(world.store.counts.lists - lists).toBeLessThanOrEqual(40);
    const all = await walk("q=needle");
    expect([all.ids.length, all.pages]).toEqual([1, 2]);
  });

  it("a page that is filtered by stage finds out the stages of 200 deliveries at most", async () => {
    await logged(450, (i) => ({ syncId: `sync-of-delivery-${i}` }));
    const { reads } = world.store.counts;
    expect(await found("stage=live")).toEqual([]);
    // Each delivery is a read of its record and at most two of its sync's.
    expect(world.store.counts.reads - reads).toBeLessThanOrEqual(3 * 200 + 2);
    expect((await walk("stage=live")).pages).toBe(3);
  });

  it("a list without filters reads no more records than it shows", async () => {
    await logged(60);
    const { reads } = world.store.counts;
    expect(await found("limit=10")).toHaveLength(10);
    expect(world.store.counts.reads - reads).toBeLessThanOrEqual(13);
  });

  it("a cursor that is used with other filters than those of its list is refused", async () => {
    await logged(5);
    const cursorOf = async (query: string) => (await world.get(`${log}?limit=2&${query}`)).textAt("nextCursor");
    const [plain, filtered] = [await cursorOf(""), await cursorOf("outcome=queued&q=entry")];
    for (const query of [`outcome=queued&cursor=${plain}`, `cursor=${filtered}`, `outcome=queued&cursor=${filtered}`]) {
      const refused = await world.get(`${log}?${query}`);
      expect([refused.status, refused.at("code"), refused.at("errors.0.path")], query).toEqual([
        ...[400, "INVALID_INPUT", "cursor"],
      ]);
      expect(refused.textAt("errors.0.message")).toContain("other filters");
    }
    expect(await found(`q=entry&outcome=queued&limit=2&cursor=${filtered}`)).toHaveLength(2);
    expect(await found(`cursor=${plain}&limit=50`)).toHaveLength(3);
  });

  it.each([
    ["outcome=lost", "outcome", "must be one of queued, coalesced, refused, ignored"],
    ["stage=done", "stage", "must be one of refused,"],
    ["webhook=whk_lab_5Zp2", "webhook", "not its id"],
    ["source=a,b", "source", "must be one name, without a comma"],
    [`source=${"x".repeat(201)}`, "source", "must have at most 200 characters"],
    ["q=%20", "q", "must not be empty"],
    [`q=${"x".repeat(201)}`, "q", "at most 200 characters"],
    ["from=yesterday", "from", ""],
    ["from=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z", "until", "must be later than `from`"],
    ["cursor=0123456789~short", "cursor", "must be the nextCursor of a list"],
    ["query=x", "query", "allowed: limit, cursor, q, outcome, webhook, source, stage, from, until"],
  ])("the query %s is refused by its field, with what is allowed", async (query, path, message) => {
    const refused = await world.get(`${log}?${query}`);
    expect([refused.status, refused.at("code"), refused.at("errors.0.path")]).toEqual([400, "INVALID_INPUT", path]);
    expect(refused.textAt("errors.0.message")).toContain(message);
  });
});

function idAt(ms: number): string {
  const time = ms.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`;
}
