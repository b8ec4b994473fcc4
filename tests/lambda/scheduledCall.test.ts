import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PREVIEW } from "./lab/deploys.ts";
import { type LabWorld, startLabWorld } from "./lab/labWorld.ts";

let world: LabWorld;
beforeAll(async () => {
  world = await startLabWorld();
  await world.layer("scheduled-layer", ["articles"]);
});
afterAll(() => world.lab.stop());

/** What a tick said in the log, and whether it did anything to the store. */
const tick = async (platform: Record<string, string | undefined>) => {
  const { lab } = world;
  const lines = lab.logs.length;
  const requests = lab.storeRequests.length;
  const { failure } = await lab.tick(platform);
  const facts = lab.logs.slice(lines).map(({ fact }) => fact);
  return {
    failure,
    ticks: facts.filter((fact) => fact?.["kind"] === "drain.ticked"),
    troubles: facts.filter((fact) => fact?.["kind"] === "trouble").map((fact) => fact?.["error"]),
    storeRequests: lab.storeRequests.length - requests,
  };
};

const EMPTY = { "x-nf-deploy-context": "", "x-nf-deploy-published": undefined };

describe("a scheduled call", () => {
  test.each([
    ["with the headers of the published deploy", {}],
    ["without a word of being published", { "x-nf-deploy-published": undefined }],
    ["with an empty context", EMPTY],
    ["without any word of the deploy", { ...EMPTY, "x-nf-deploy-context": undefined, "x-nf-deploy-id": undefined }],
    ["without the site's id", { "x-nf-site-id": undefined }],
  ])("a scheduled call %s ticks over every layer", async (_, platform) => {
    const { ticks, ...rest } = await tick(platform);
    expect(rest).toMatchObject({ failure: null, troubles: [] });
    expect(ticks).toMatchObject([{ listed: 2, failed: 0 }]);
  });

  test("a scheduled call of a preview changes nothing of production", async () => {
    const { lab } = world;
    const before = lab.storeRequests.length;
    await lab.tick({
      "x-nf-deploy-context": PREVIEW.context,
      "x-nf-deploy-id": PREVIEW.id,
      "x-nf-deploy-published": undefined,
    });
    const touched = lab.storeRequests.slice(before).map(({ path }) => path);
    expect(touched.filter((path) => !path.includes(`deploy:${PREVIEW.id}`))).toEqual([]);
  });

  test("a scheduled call renews health's age of the last tick", async () => {
    await world.lab.tick();
    const health = await world.lab.call("/api/v1/health");
    expect(health.json()).toMatchObject({ checks: { drain: { status: "ok" } } });
  });
});
