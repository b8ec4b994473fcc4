import { describe, expect, test } from "vitest";
import { FLAGGED_AFTER } from "../../../src/app/show/filteredRuns.ts";
import { LAYER, PATH, type SenderWorld, WEBHOOK } from "../senderWorld.ts";
import { opened } from "./opened.ts";

const hook = `/data-layers/${LAYER}/webhooks/${WEBHOOK}`;
const isMain = [{ bodyPath: "ref", in: ["refs/heads/main"] }];
const push = async (world: SenderWorld, ref: string, headers: Record<string, string> = {}): Promise<string> => {
  world.now += 2000;
  const answer = await (await world.send({ headers, body: JSON.stringify({ ref }) })).json();
  return answer.deliveryId;
};
const tried = (world: SenderWorld, body?: unknown) => world.post(`${hook}/test-conditions`, body, { as: "Developer" });

describe("a dry run of conditions", () => {
  test("a dry run tells of each of the last deliveries whether it would count, and what stood there instead", async () => {
    const world = await opened();
    const ids = [await push(world, "refs/heads/dev"), await push(world, "refs/heads/main")];
    const before = await world.stored();
    const answer = await tried(world, { only: isMain });
    expect(answer.status).toBe(200);
    expect(answer.at("")).toEqual({
      only: isMain,
      request: null,
      deliveries: [
        { id: ids[1], receivedAt: expect.any(String), outcome: "coalesced", matches: true, warnings: [], unmet: null },
        {
          id: ids[0],
          receivedAt: expect.any(String),
          outcome: "queued",
          matches: false,
          warnings: [],
          unmet: {
            condition: 1,
            cause: expect.stringContaining('"ref" in the body is "refs/heads/dev". Condition 1'),
          },
        },
      ],
      notKept: 0,
      keepRequests: true,
    });
    expect(await world.stored()).toEqual(before);
  });

  test("a dry run without conditions tries those of the webhook, also on what they left out", async () => {
    const world = await opened({ only: isMain });
    await push(world, "refs/heads/dev");
    const answer = await tried(world);
    expect([answer.at("only"), answer.at("deliveries.0.outcome"), answer.at("deliveries.0.matches")]).toEqual([
      isMain,
      "ignored",
      false,
    ]);
    const other = await tried(world, { only: [{ bodyPath: "ref", startsWith: ["refs/heads/"] }] });
    expect(other.at("deliveries.0.matches")).toBe(true);
  });

  test("a dry run judges a request that is given: its body in any form, its headers and its query", async () => {
    const world = await opened();
    const only = [
      { header: "x-event", in: ["publish"] },
      { query: "env", in: ["main"] },
      { bodyPath: "type", in: ["page"] },
    ];
    const given = { only, headers: { "X-Event": "publish" }, query: "env=main" };
    expect((await tried(world, { ...given, body: { type: "page" } })).at("request.matches")).toBe(true);
    const xml = await tried(world, {
      ...given,
      body: "<a><type>page</type></a>",
      only: [{ bodyPath: "a.type", in: ["page"] }],
    });
    expect(xml.at("request")).toEqual({ matches: true, warnings: [], unmet: null });
    const broken = await tried(world, { ...given, body: "{" });
    expect(broken.at("request")).toEqual({ matches: true, warnings: ["BODY_NOT_READABLE"], unmet: null });
    expect((await tried(world, { ...given, query: "env=dev", body: {} })).at("request.unmet.condition")).toBe(2);
    expect((await tried(world, { only, query: "" })).at("request.unmet.condition")).toBe(1);
  });

  test("a dry run looks at its webhook's publishes alone, and counts those that have no kept request", async () => {
    const world = await opened({
      verification: { scheme: "header-secret", secret: "a secret of the CMS", header: "x-s" },
    });
    const proof = { "x-s": "a secret of the CMS" };
    await push(world, "refs/heads/main", { ...proof, "x-github-event": "ping" });
    await push(world, "refs/heads/dev", { "x-s": "none" });
    world.now += 2000;
    await world.send({ headers: proof, body: "x".repeat(20_000) });
    const id = await push(world, "refs/heads/main", proof);
    await world.patch(`/data-layers/${LAYER}`, { name: "Other" });
    const answer = await tried(world, { only: isMain });
    expect(answer.listAt("deliveries")).toHaveLength(1);
    expect([answer.at("deliveries.0.id"), answer.at("notKept")]).toEqual([id, 1]);
  });

  test("a dry run says that the webhook keeps no requests, and judges a given one all the same", async () => {
    const world = await opened({ keepRequests: false });
    await push(world, "refs/heads/dev");
    const answer = await tried(world, { only: isMain });
    expect(answer.at("")).toMatchObject({ deliveries: [], notKept: 1, keepRequests: false });
    const given = await tried(world, { only: isMain, body: { ref: "refs/heads/main" } });
    expect(given.at("")).toMatchObject({ request: { matches: true }, keepRequests: false });
  });

  test("a dry run does not judge a condition on a value that the log does not keep", async () => {
    const world = await opened({ verification: { scheme: "body-secret", secret: "a secret of the CMS" } });
    world.now += 2000;
    const sent = { authorization: "Bearer of a CMS", "x-event": "publish" };
    await world.send({
      headers: sent,
      body: JSON.stringify({ secret: "a secret of the CMS", ref: "main" }),
    });
    const unknown = { matches: null, warnings: ["VALUE_NOT_KEPT"], unmet: null };
    for (const place of [{ header: "authorization" }, { header: "host" }, { query: "token" }, { bodyPath: "secret" }]) {
      for (const rule of [{ exists: true }, { absent: true }, { in: ["a"] }, { not: { in: ["a"] } }]) {
        const answer = await tried(world, { only: [{ ...place, ...rule }] });
        expect([place, rule, answer.at("deliveries.0")]).toEqual([place, rule, expect.objectContaining(unknown)]);
      }
    }
    const only = [
      { header: "authorization", exists: true },
      { bodyPath: "ref", in: ["dev"] },
    ];
    expect((await tried(world, { only })).at("deliveries.0")).toMatchObject({
      matches: false,
      unmet: { condition: 2 },
    });
    const given = await tried(world, { only: [{ header: "authorization", exists: true }], headers: sent });
    expect(given.at("request")).toEqual({ matches: true, warnings: [], unmet: null });
  });

  test("a dry run refuses conditions that can never match, and is not for readers", async () => {
    const world = await opened();
    const refused = await tried(world, { only: [{ bodyPath: "a", in: ["null"] }] });
    expect([refused.status, refused.at("errors.0.path")]).toEqual([400, "only.0.in.0"]);
    expect((await world.post(`${hook}/test-conditions`, {}, { as: "Reviewer" })).status).toBe(403);
    expect((await world.post(`/data-layers/${LAYER}/webhooks/none/test-conditions`)).at("code")).toBe(
      "WEBHOOK_NOT_FOUND",
    );
  });
});

describe("a webhook whose conditions leave out everything", () => {
  const flag = async (world: SenderWorld) => (await world.get(hook)).at("filtered");

  test("a webhook is flagged after ten deliveries in a row that its conditions left out, until one counts", async () => {
    const world = await opened({ only: isMain });
    for (let count = 1; count < FLAGGED_AFTER; count += 1) await push(world, "refs/heads/dev");
    expect(await flag(world)).toBeNull();
    await push(world, "refs/heads/dev", { "x-github-event": "ping" });
    expect(await flag(world)).toBeNull();
    const { etag = "" } = Object.fromEntries((await world.get(hook)).headers);
    await push(world, "refs/heads/dev");
    const first = (await world.get(`/data-layers/${LAYER}/deliveries?limit=20`)).textAt("items.10.receivedAt");
    expect(await flag(world)).toEqual({ deliveries: FLAGGED_AFTER, since: first });
    const listed = await world.get(`/data-layers/${LAYER}/webhooks`);
    expect(listed.at("items.0.filtered.deliveries")).toBe(FLAGGED_AFTER);
    const changed = await world.patch(hook, { name: "Renamed" }, { headers: { "if-match": etag } });
    expect(changed.status).toBe(200);
    await push(world, "refs/heads/main");
    expect(await flag(world)).toBeNull();
  });

  test("a delivery that a person sends again is not tried, and does not end the flag of its webhook", async () => {
    const world = await opened({ only: isMain });
    for (let count = 0; count < FLAGGED_AFTER; count += 1) await push(world, "refs/heads/dev");
    const id = (await world.get(`/data-layers/${LAYER}/deliveries`)).textAt("items.0.id");
    expect((await world.post(`/data-layers/${LAYER}/deliveries/${id}/resend`)).status).toBe(202);
    expect(await flag(world)).toMatchObject({ deliveries: FLAGGED_AFTER });
    expect((await tried(world)).listAt("deliveries")).toHaveLength(FLAGGED_AFTER);
  });

  test("a webhook without conditions is shown without a look into the log", async () => {
    const world = await opened();
    world.store.fault = (_op, key) => (key.startsWith("deliveries/") ? "down" : "none");
    expect((await world.get(hook)).at("filtered")).toBeNull();
    expect((await world.get(`/data-layers/${LAYER}/webhooks`)).status).toBe(200);
    expect((await world.ask({ path: PATH })).status).toBe(200);
  });
});
