import { describe, expect, test } from "vitest";
import type { Layer } from "../../../src/core/layer/layer.ts";
import { WEBHOOK_SETTINGS_BYTES } from "../../../src/core/limits.ts";
import { changedWebhook, replaceWebhook, sameWebhook, settingsFit } from "../../../src/core/webhook/webhookSettings.ts";
import { aChange, aLayer, aWebhook, must, START } from "../../support/builders.ts";

const verification = { scheme: "github", secrets: ["sealed"], secretSetAt: 1 };
const full = aWebhook("one", { verification, only: [{ header: "x-event", in: ["publish"] }], strict: true });
const lastEntry = (layer: Layer) => {
  const owed = must(layer.owed.at(-1));
  if (owed.kind !== "audit") throw new Error(owed.kind);
  return owed.entry;
};

describe("a webhook's settings", () => {
  test("a webhook's settings stay as they are where they are not given", () => {
    expect(changedWebhook(full, {}, 9)).toEqual(full);
    const bare = aWebhook("one");
    expect(Object.keys(must(changedWebhook(bare, {}, 9))).sort()).toEqual(Object.keys(bare).sort());
  });

  test("a webhook's settings change one by one", () => {
    const only = [{ bodyPath: "type", in: ["post"] }];
    expect(changedWebhook(full, { name: "Other" }, 9)).toEqual({ ...full, name: "Other" });
    expect(changedWebhook(full, { only }, 9)).toEqual({ ...full, only });
    expect(changedWebhook(full, { strict: false }, 9)).toEqual({ ...full, strict: false });
    const rotated = changedWebhook(full, { verification: { settings: { scheme: "github" }, secret: "new" } }, 9);
    expect(rotated?.verification).toEqual({ scheme: "github", secrets: ["new", "sealed"], secretSetAt: 9 });
  });

  test("a webhook's settings have no verification any more when it is removed, and none without a secret", () => {
    expect("verification" in must(changedWebhook(full, { verification: null }, 9))).toBe(false);
    expect(changedWebhook(aWebhook("one"), { verification: { settings: { scheme: "svix" } } }, 9)).toBeNull();
  });

  test("a webhook's settings are the same exactly if every one of them is", () => {
    expect(sameWebhook(full, must(changedWebhook(full, {}, 9)))).toBe(true);
    expect(sameWebhook(full, { ...full, strict: false })).toBe(false);
  });

  test("all webhooks' settings of a layer have a bound, and a webhook counts once, as it will be", () => {
    const wide = (ref: string, bytes: number) => {
      const heavy = (length: number) => aWebhook(ref, { only: [{ header: "h", in: ["x".repeat(length)] }] });
      const overhead = JSON.stringify(heavy(0).only).length + ',"only":'.length;
      return heavy(bytes - overhead);
    };
    const layer = (...webhooks: Layer["webhooks"]) => ({ webhooks });
    const half = WEBHOOK_SETTINGS_BYTES / 2;
    expect(settingsFit(layer(wide("one", half)), wide("two", half))).toBe(true);
    expect(settingsFit(layer(wide("one", half)), wide("two", half + 1))).toBe(false);
    expect(settingsFit(layer(wide("one", half), wide("two", half)), wide("two", 100))).toBe(true);
    expect(settingsFit(layer(wide("one", half + 1), wide("two", half)), wide("two", half))).toBe(false);
    expect(settingsFit(layer(), wide("one", WEBHOOK_SETTINGS_BYTES))).toBe(true);
  });
});

describe("a changed webhook", () => {
  const other = aWebhook("two");
  const layer = aLayer({}, { webhooks: [full, other] });

  test("a changed webhook keeps its place, and its entry names what changed and never to what", () => {
    const next = { ...full, name: "Other", strict: false };
    const changed = replaceWebhook(layer, next, aChange());
    expect(changed.webhooks).toEqual([next, other]);
    expect(lastEntry(changed)).toMatchObject({
      action: "webhook.updated",
      target: { type: "webhook", id: full.ref, name: "Other" },
      detail: { before: { name: full.name }, after: { name: "Other" }, fields: ["strict"] },
    });
    const rotated = { ...full, verification: { ...verification, secrets: ["sealed anew"] } };
    const { detail } = lastEntry(replaceWebhook(layer, rotated, aChange()));
    expect(detail).toEqual({ fields: ["verification"] });
  });

  test("a webhook changed only in its name is renamed", () => {
    const renamed = replaceWebhook(layer, { ...full, name: "Other" }, aChange());
    expect(renamed.webhooks).toEqual([{ ...full, name: "Other" }, other]);
    expect(lastEntry(renamed).detail).toEqual({ before: { name: full.name }, after: { name: "Other" } });
    expect(replaceWebhook(layer, full, aChange())).toBe(layer);
  });

  test("a change of a webhook that does not exist any more changes nothing", () => {
    expect(replaceWebhook(layer, aWebhook("three", { strict: true }), aChange())).toBe(layer);
  });

  test("a changed webhook that needs the room of a deleted one takes its settings, and not its id", () => {
    const wide = { only: [{ header: "h", in: ["x".repeat(WEBHOOK_SETTINGS_BYTES / 2)] }] };
    const { id: _id, ref: _ref, name: _name, ...rest } = aWebhook("gone", wide);
    const gone = { id: "gone", ref: "ref-gone", name: "Gone", deletedAt: START, restorable: rest };
    const crowded = aLayer({}, { webhooks: [other], deletedWebhooks: [gone] });
    const kept = replaceWebhook(crowded, { ...other, strict: true }, aChange());
    expect(kept.deletedWebhooks).toEqual([gone]);
    const [left] = replaceWebhook(crowded, { ...other, ...wide }, aChange()).deletedWebhooks;
    expect([left?.id, left?.restorable]).toEqual(["gone", undefined]);
  });
});
