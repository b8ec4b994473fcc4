import { describe, expect, test } from "vitest";
import { LAYER, PATH } from "../senderWorld.ts";
import { opened } from "./opened.ts";

const methods = ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"];
const headers = { "user-agent": "CMS/1.0" };
const logOf = async (world: Awaited<ReturnType<typeof opened>>) =>
  world.get(`/data-layers/${LAYER}/deliveries?limit=100`);

describe("a sender that uses another method than POST", () => {
  test.each(methods)(
    "a %s at a working webhook is refused, logged with what to do, and starts nothing",
    async (method) => {
      const world = await opened({ verification: { scheme: "github", secret: "a secret of GitHub" } });
      const before = (await world.store.memory.read(`layers/${LAYER}`))?.etag;
      const answer = await world.ask({ method, headers });
      expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
      expect((await answer.json()).code).toBe("METHOD_NOT_ALLOWED");
      const page = await logOf(world);
      expect(["outcome", "code", "userAgent", "syncId", "bytes"].map((field) => page.at(`items.0.${field}`))).toEqual([
        "refused",
        "METHOD_NOT_ALLOWED",
        "CMS/1.0",
        null,
        0,
      ]);
      expect(page.textAt("items.0.cause")).toContain(`The method was ${method}, but a webhook accepts only POST.`);
      expect(page.textAt("items.0.cause").includes("redirect")).toBe(method === "GET");
      expect([(await world.store.memory.read(`layers/${LAYER}`))?.etag, world.wakes]).toEqual([before, []]);
    },
  );

  test("a flood of wrong methods and other refusals shares ten lines a minute", async () => {
    const world = await opened({ verification: { scheme: "github", secret: "a secret of GitHub" } });
    for (let i = 0; i < 20; i += 1) {
      await world.ask({ method: "GET", headers });
      await world.ask({ headers });
    }
    expect((await logOf(world)).listAt("items")).toHaveLength(10);
  });

  test("a delivery names the host that was called if it is not the public one", async () => {
    const world = await opened();
    const origin = "https://former.example.com";
    await world.send({ origin });
    await world.ask({ origin, method: "GET", headers });
    await world.send({});
    const page = await logOf(world);
    const hosts = [0, 1, 2].map((i) => page.at(`items.${i}.otherHost`));
    expect(hosts).toEqual([null, "former.example.com", "former.example.com"]);
  });

  test("a wrong method leaves no trace at a URL that does not work, nor does a browser at one that works", async () => {
    const world = await opened();
    const { writes } = world.store.counts;
    for (const method of [...methods, "HEAD"]) await world.ask({ method, headers, path: `${PATH}x` });
    await world.ask({ method: "GET", headers, path: PATH.replace(LAYER, "lab-layer-none") });
    await world.ask({ method: "GET", headers: { accept: "text/html" } });
    expect(world.store.counts.writes).toBe(writes);
    expect((await logOf(world)).listAt("items")).toEqual([]);
  });
});
