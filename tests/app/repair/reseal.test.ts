import { expect, test } from "vitest";
import { reseal } from "../../../src/app/repair/reseal.ts";
import { needsReseal } from "../../../src/app/stored/sealing.ts";
import type { ProbeSource } from "../../../src/core/layer/source.ts";
import { makeSealer } from "../../../src/edge/secrets.ts";
import { World } from "../world.ts";

const FORMER = "the former secret of this system";
const CURRENT = "the secret that is in use by now";

const placeOfHeader = (name: string): string => `layer/layer-one/source/cms/header/${name}`;

test("a rotation of the secret takes a probe's headers along", async () => {
  const world = new World();
  const former = makeSealer([FORMER]);
  const headers = {
    authorization: former.seal("Bearer one", placeOfHeader("authorization")),
    "x-key": makeSealer([CURRENT]).seal("two", placeOfHeader("x-key")),
  };
  const probe: ProbeSource = { slug: "cms", name: "CMS", type: "probe", url: "https://cms.test/", headers };
  await world.layer("layer-one", [], [], { sources: [probe, { ...probe, slug: "bare", headers: {} }] });
  const both = makeSealer([CURRENT, FORMER]);
  expect(needsReseal(both, await world.readLayer("layer-one"))).toBe(true);
  await reseal({ ...world.deps(), sealer: both }, { kind: "layer", id: "layer-one" });
  const layer = await world.readLayer("layer-one");
  expect(needsReseal(both, layer)).toBe(false);
  const [source] = layer.sources;
  const current = makeSealer([CURRENT]);
  const opened =
    source?.type === "probe"
      ? Object.entries(source.headers ?? {}).map(([name, text]) => current.open(text, placeOfHeader(name)))
      : [];
  expect(opened).toEqual(["Bearer one", "two"]);
  // What was sealed with the key in use is left as it is.
  expect(source?.type === "probe" && source.headers?.["x-key"]).toBe(headers["x-key"]);
});
