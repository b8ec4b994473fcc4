import { describe, expect, test } from "vitest";
import { HOUR } from "../../../src/core/durations.ts";
import { defaultEnabled, keptDefault, type Layer, layerParts } from "../../../src/core/layer/layer.ts";
import { probeOf } from "../../../src/core/slot/check.ts";
import { aLayer, aSource, aWebhook, START } from "../../support/builders.ts";

describe("what a layer's slot works on", () => {
  test("a layer's slot knows its probes, and how often each is called without a delivery", () => {
    const sources = [
      aSource("posts"),
      aSource("feed", { type: "probe" }),
      aSource("stock", { type: "probe", checkEvery: "6h" }),
    ];
    expect(layerParts(aLayer({ sources }))).toMatchObject({
      known: ["posts", "feed", "stock"],
      buildOnly: false,
      probes: { feed: { every: null, phase: 0 }, stock: probeOf("layer-1", 6 * HOUR) },
    });
    expect("probes" in layerParts(aLayer({ sources: sources.slice(0, 1) }))).toBe(false);
  });

  test.each([
    ["with a site", [{ siteId: "site-1" }], undefined, true],
    ["with tags to purge", [], { tags: ["posts"] }, true],
    ["with both", [{ siteId: "site-1" }], { tags: ["posts"] }, true],
    ["without a site, and whose purge was removed", [], null, false],
    ["without a site", [], undefined, false],
  ] as const)("a sync of a layer %s has an effect: %s", (_what, sites, purge, expected) => {
    const cachePurge = purge && { tags: [...purge.tags] };
    expect(layerParts({ ...aLayer({ connectedSites: [...sites] }), cachePurge }).sites).toBe(expected);
  });
});

describe("the default webhook", () => {
  const layer = (isOn: boolean, webhooks: number, fields: Partial<Layer> = {}): Layer => ({
    ...aLayer({ defaultWebhook: isOn ? "on" : "off" }),
    webhooks: ["one", "two"].slice(0, webhooks).map((id) => aWebhook(id)),
    ...fields,
  });

  test.each([
    ["without another webhook", true, 0, true],
    ["with another webhook", true, 1, false],
    ["that forbids it", false, 0, false],
    ["that forbids it, with another webhook", false, 1, false],
  ] as const)("the default webhook of a layer %s is enabled: %s", (_layer, isOn, webhooks, expected) => {
    expect(defaultEnabled(layer(isOn, webhooks))).toBe(expected);
  });

  const defaultKept = { until: START + HOUR, seenAt: START };
  test("a default webhook that another webhook disabled is accepted until its grace period is over, and not longer", () => {
    const disabled = layer(true, 1, { defaultKept });
    expect(keptDefault(disabled, START + HOUR)).toEqual(defaultKept);
    expect(keptDefault(disabled, START + HOUR + 1)).toBeNull();
  });

  test.each([
    ["is enabled", layer(true, 0, { defaultKept })],
    ["is forbidden", layer(false, 1, { defaultKept })],
    ["is forbidden where no other webhook is", layer(false, 0, { defaultKept })],
    ["was disabled without one", layer(true, 1)],
  ])("no grace period is left to a default webhook that %s", (_state, of) => {
    expect(keptDefault(of, START)).toBeNull();
  });
});
