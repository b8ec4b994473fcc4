import { describe, expect, test } from "vitest";
import { MINUTE } from "../../../src/core/durations.ts";
import type { Layer } from "../../../src/core/layer/layer.ts";
import type { BuildEvent } from "../../../src/core/site/buildEvents.ts";
import { brakeOf, noteBrake, noteBrakedDelivery } from "../../../src/core/webhook/brakedWebhooks.ts";
import { aLayer, aWebhook, START } from "../../support/builders.ts";

const cause = (dataLayerId: string, ...webhooks: string[]) => ({
  ...{ dataLayerId, name: "Blog", syncId: `sync-${webhooks[0]}` },
  ...(webhooks.length > 0 && { webhooks }),
});
const braked = (...causes: BuildEvent["causes"]): BuildEvent => ({
  ...{ id: "build.held/brake/build-1", event: "build.held", buildId: "build-1", at: START, brake: true },
  causes,
});
const over: BuildEvent = { ...braked(cause("layer", "one")), id: "brake.over/build-1", event: "brake.over" };
const layer: Layer = aLayer(
  {},
  { id: "layer", webhooks: [aWebhook("a", { ref: "one" }), aWebhook("b", { ref: "two" })] },
);
const flag = () => noteBrake(layer, "site", braked(cause("layer", "one")));

describe("a webhook whose deliveries met a brake", () => {
  test("a webhook is flagged for the site whose brake its deliveries met, and no other webhook is", () => {
    expect(brakeOf(flag(), "one", START)).toEqual({ siteId: "site", since: START, until: START + 15 * MINUTE });
    expect(brakeOf(flag(), "two", START)).toBeNull();
    expect(brakeOf(flag(), "default", START)).toBeNull();
  });

  test("a webhook is not flagged by another layer's build, by a deleted webhook, by another hold, or without a name", () => {
    for (const event of [
      braked(cause("other", "one")),
      braked(cause("layer", "deleted")),
      braked(cause("layer")),
      { ...braked(cause("layer", "one")), brake: false },
    ]) {
      expect(noteBrake(layer, "site", event)).toBe(layer);
    }
  });

  test("a webhook stays flagged while its deliveries come, and until fifteen minutes after the last", () => {
    let now = START;
    let next = flag();
    for (let count = 0; count < 10; count += 1) {
      now += 14 * MINUTE;
      next = noteBrakedDelivery(next, "one", now);
      expect(brakeOf(next, "one", now)).toMatchObject({ since: START, until: now + 15 * MINUTE });
    }
    expect(brakeOf(next, "one", now + 15 * MINUTE)).toBeNull();
    expect(noteBrakedDelivery(next, "two", now)).toBe(next);
  });

  test("a webhook that paused is no longer flag(), also when its deliveries come again", () => {
    const back = noteBrakedDelivery(flag(), "one", START + 15 * MINUTE);
    expect(back.braked).toBeUndefined();
    expect(brakeOf(back, "one", START + 15 * MINUTE)).toBeNull();
  });

  test("a webhook is no longer flagged once a person released the site's build, but stays so for another site", () => {
    expect(noteBrake(flag(), "site", over).braked).toBeUndefined();
    const flagged = flag();
    expect(noteBrake(flagged, "other", over)).toBe(flagged);
  });

  test("a webhook that meets a brake again counts from then, beside others that still meet theirs", () => {
    const both = noteBrake(flag(), "site-2", { ...braked(cause("layer", "two", "two")), at: START + MINUTE });
    const one = { ref: "one", siteId: "site", since: START, lastAt: START };
    const two = { ref: "two", siteId: "site-2", since: START + MINUTE, lastAt: START + MINUTE };
    expect(both.braked).toEqual([one, two]);
    const again = noteBrake(both, "site", { ...braked(cause("layer", "one")), at: START + 15 * MINUTE });
    expect(again.braked).toEqual([two, { ...one, since: START + 15 * MINUTE, lastAt: START + 15 * MINUTE }]);
    const late = noteBrake(both, "site-3", { ...braked(cause("layer", "default")), at: START + 15 * MINUTE });
    expect(late.braked?.map(({ ref }) => ref)).toEqual(["two", "default"]);
  });
});
