import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FORMER, PREVIEW } from "./lab/deploys.ts";
import { type LabWorld, PUBLISH, startLabWorld, syncsOf, until } from "./lab/labWorld.ts";

const LAYER = "deploys-layer";
const host = PREVIEW.host;

let world: LabWorld;
beforeAll(async () => {
  world = await startLabWorld();
  world.takes = 0;
  await world.layer(LAYER, ["articles"]);
});
afterAll(() => world.lab.stop());

describe("a preview", () => {
  test("a preview has a store of its own, and its syncs run on its own worker", async () => {
    const { lab } = world;
    const unknown = await lab.call(`${PUBLISH}/${LAYER}`, { method: "POST", host });
    expect(unknown.status).toBe(404);

    await world.layer(LAYER, ["preview-articles"], host);
    const answer = await lab.call(`${PUBLISH}/${LAYER}`, { method: "POST", host });
    expect(answer.status).toBe(200);
    await until("the preview's sync has succeeded", async () =>
      (await syncsOf(lab, LAYER, host)).some(({ status }) => status === "succeeded"),
    );
    expect(await syncsOf(lab, LAYER)).toEqual([]);
    const workers = () => lab.finished.filter(({ functionName }) => functionName === "run-sync");
    await until("the worker has ended", () => workers().length > 0);
    expect(new Set(workers().map(({ deployId }) => deployId))).toEqual(new Set([PREVIEW.id]));
  });

  test("a preview prints its own host in the URLs of its webhooks", async () => {
    const answer = await world.lab.call(`/api/v1/data-layers/${LAYER}`, { host });
    expect(answer.json()).toMatchObject({ defaultWebhook: { url: `https://${host}${PUBLISH}/${LAYER}` } });
  });
});

describe("a production deploy that is no longer published", () => {
  test.each([
    ["a publish", `${PUBLISH}/${LAYER}`, "POST"],
    ["a read of the API", `/api/v1/data-layers/${LAYER}`, "GET"],
    ["health", "/api/v1/health", "GET"],
  ])(
    "a production deploy that is no longer published answers %s with 409 and does not call the store",
    async (_, path, method) => {
      const { lab } = world;
      const before = lab.storeRequests.length;
      const answer = await lab.call(path, { method, host: FORMER.host });
      expect([answer.status, answer.json()]).toMatchObject([409, { code: "NOT_PUBLISHED" }]);
      expect(lab.storeRequests.length).toBe(before);
    },
  );
});
