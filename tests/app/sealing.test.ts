import { describe, expect, test } from "vitest";
import { needsReseal, sealingOf } from "../../src/app/sealing.ts";
import type { Holder } from "../../src/app/slots.ts";
import { makeSealer } from "../../src/edge/secrets.ts";
import { aLayer, aSite, aSource, aWebhook, START } from "../support/builders.ts";

const former = makeSealer(["the former secret of this system"]);
const current = makeSealer(["the secret that is in use by now"]);
const both = makeSealer(["the secret that is in use by now", "the former secret of this system"]);
const [OLD, NEW] = [former.seal("text"), current.seal("text")];
const until = START;

const source = (secret: string, previous?: string) =>
  aSource("a", { type: "http", secret, ...(previous && { previousSecret: { secret: previous, until } }) });
const layer = (fields: Parameters<typeof aLayer>[1], secret = NEW) => aLayer({ sources: [source(secret)] }, fields);
const verified = (...secrets: string[]) =>
  aWebhook("one", { verification: { scheme: "standard", secrets, secretSetAt: START } });
const notification = (url: string, secret: string) => ({ id: "n", name: "N", url, urlHint: "", secret, events: [] });
const receiver = (secret: string, signingSecret: string) => ({ secret, signingSecret, createdAt: START });

describe("what is sealed with a secret that is not named any more makes a document unreadable,", () => {
  test.each<[string, Holder]>([
    ["a source's signing secret", layer({}, OLD)],
    [
      "a header of a probe",
      aLayer({
        sources: [{ slug: "p", name: "P", type: "probe", url: "https://cms.test", headers: { a: NEW, b: OLD } }],
      }),
    ],
    ["a notification's URL", layer({ notifications: [notification(OLD, NEW)] })],
    ["a notification's secret", layer({ notifications: [notification(NEW, OLD)] })],
    ["a webhook's only secret", layer({ webhooks: [verified(OLD)] })],
    ["a build hook", aSite({ buildHook: OLD })],
    ["the address of deploy notifications", aSite({ buildHook: NEW, deployNotifications: receiver(OLD, NEW) })],
    ["their signing secret", aSite({ buildHook: NEW, deployNotifications: receiver(NEW, OLD) })],
  ])("if it is %s", (_what, holder) => {
    expect(sealingOf(current, holder)).toBe("unreadable");
    expect(needsReseal(current, holder)).toBe(false);
    // Once the former secret is named, it is only to be sealed anew.
    expect(sealingOf(both, holder)).toBe("former");
    expect(needsReseal(both, holder)).toBe(true);
  });
});

describe("what nobody needs any more may stay closed:", () => {
  test.each<[string, Holder]>([
    ["a source's secret that another one has replaced", aLayer({ sources: [source(NEW, OLD)] })],
    ["a webhook's secret that another one has replaced", layer({ webhooks: [verified(NEW, OLD)] })],
    [
      "those of a webhook that was deleted",
      layer({ deletedWebhooks: [{ id: "gone", ref: "r", name: "Gone", deletedAt: START, restorable: verified(OLD) }] }),
    ],
    [
      "a former address of deploy notifications",
      aSite({
        buildHook: NEW,
        deployNotifications: { ...receiver(NEW, NEW), previous: { ...receiver(OLD, OLD), until } },
      }),
    ],
  ])("%s", (_what, holder) => {
    expect(sealingOf(current, holder)).toBe(undefined);
    // As long as its key is named, it is taken along.
    expect(sealingOf(both, holder)).toBe("former");
  });
});

test("what is sealed with the key in use needs nothing, and without a key nothing can be said", () => {
  const holder = layer({ webhooks: [verified(NEW)], notifications: [notification(NEW, NEW)] });
  expect([sealingOf(current, holder), sealingOf(both, holder)]).toEqual([undefined, undefined]);
  expect(sealingOf(makeSealer([]), holder)).toBe(undefined);
});
