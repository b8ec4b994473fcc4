import { beforeEach, describe, expect, test } from "vitest";
import { SECOND } from "../../src/core/durations.ts";
import { answerCallback } from "../../src/edge/hooks/answerCallback.ts";
import { makeSigner } from "../../src/edge/secrets.ts";
import { answer, World } from "../app/world.ts";

const LAYER = "layer-one";
let world: World;
let url: string;

const deps = () => ({ ...world.deps(), signer: makeSigner(["a secret of enough length"], "https://hook.test") });
const send = async (to: string, body: string | null = "{}", method = "POST") => {
  const after: Promise<unknown>[] = [];
  const answering = answerCallback(
    new Request(to, { method, ...(method === "POST" ? { body } : {}) }),
    deps(),
    (work) => after.push(work),
  );
  await world.clock.pass(0);
  return { response: await answering, woken: after.length };
};

beforeEach(async () => {
  world = new World();
  await world.layer(LAYER, ["a"]);
  world.jobs.set("https://jobs.test/a", () => answer(202));
  const published = await world.publish(LAYER);
  await world.clock.pass(5 * SECOND);
  const fence = world.posts("a")[0]?.fencingToken ?? 0;
  const syncId = published.kind === "accepted" ? published.syncId : "";
  url = deps().signer.callbackUrl({ layerId: LAYER, syncId, slug: "a", fence });
});

describe("a job that reports its end", () => {
  test("a job's report is recorded once, in its own words", async () => {
    expect((await send(url, '{"changed":true,"records":4,"message":"four"}')).response.status).toBe(200);
    await world.clock.pass(5 * SECOND);
    const [record] = await world.records(LAYER);
    expect(record?.parts["a"]).toMatchObject({ status: "succeeded", records: 4, message: "four" });
    const again = (await send(url)).response;
    expect([again.status, (await again.json()).code]).toEqual([409, "CALLBACK_CLOSED"]);
  });

  test.each(["", "{}", '{"changed":"yes","more":1}'])("a job's report may say little: %s", async (body) => {
    expect((await send(url, body)).response.status).toBe(200);
  });

  test.each(["no json", '{"error":"cut o', "[]", "null", "7"])(
    "a job's report is not taken for success when it cannot be read: %s",
    async (body) => {
      const { response } = await send(url, body);
      expect([response.status, (await response.json()).code]).toEqual([400, "MALFORMED_JSON"]);
      expect((await send(url, '{"error":"the CMS is down"}')).response.status).toBe(200);
      expect((await world.readLayer(LAYER)).slot.retry["a"]).toMatchObject({ error: "the CMS is down" });
    },
  );

  test.each([[], ['{"changed":false}']])(
    "a job's report is not taken for success when it breaks off, whatever came of it",
    async (...parts) => {
      const chunks = parts.map((part) => new TextEncoder().encode(part));
      const body = new ReadableStream({
        pull(controller) {
          const chunk = chunks.shift();
          if (chunk === undefined) controller.error(new TypeError("the job is gone"));
          else controller.enqueue(chunk);
        },
      });
      const init = { method: "POST", body, duplex: "half" };
      const answering = answerCallback(new Request(url, init), deps(), () => undefined);
      await world.clock.pass(0);
      const response = await answering;
      expect([response.status, (await response.json()).code]).toEqual([400, "BODY_INCOMPLETE"]);
      expect((await send(url, '{"error":"the CMS is down"}')).response.status).toBe(200);
    },
  );

  test("a job's report is a failure however deep the reported error is nested", async () => {
    const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
    expect((await send(url, `{"error":${deep}}`)).response.status).toBe(200);
    const { slot } = await world.readLayer(LAYER);
    expect(slot.retry["a"]).toMatchObject({ tries: 1, error: expect.stringContaining("nested") });
  });

  test("a job's report sent three times at once is recorded once", async () => {
    const sending = Promise.all(["{}", '{"error":"x"}', "{}"].map((body) => send(url, body)));
    await world.clock.pass(2 * SECOND);
    const sent = await sending;
    expect(sent.map(({ response }) => response.status).sort()).toEqual([200, 409, 409]);
  });

  test("a job's report of `error` is a failure, which is tried again", async () => {
    await send(url, '{"error":"the CMS is down"}');
    expect((await world.readLayer(LAYER)).slot.retry["a"]).toMatchObject({ error: "the CMS is down", tries: 1 });
  });

  test("a job's report is refused at a URL that was not given out, whichever part of it differs", async () => {
    const parts = url.split("/");
    const before = world.counts.reads;
    for (const at of [-1, -2, -3, -4, -5]) {
      const other = [...parts];
      const index = parts.length + at;
      other[index] = at === -2 ? "999" : (parts[index] ?? "").replace(/.$/, (last) => (last === "b" ? "c" : "b"));
      const { response } = await send(other.join("/"));
      expect([response.status, (await response.json()).code]).toEqual([404, "CALLBACK_NOT_FOUND"]);
    }
    expect(world.counts.reads).toBe(before);
  });

  test("a job's report that is refused learns the method, the size, and when to come again", async () => {
    const wrong = (await send(url, null, "GET")).response;
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "POST"]);
    expect((await send(url, "x".repeat(70_000))).response.status).toBe(413);
    world.storeFails = () => true;
    const answering = answerCallback(new Request(url, { method: "POST", body: "{}" }), deps(), () => undefined);
    await world.clock.pass(30 * SECOND);
    const response = await answering;
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "5"]);
  });
});
