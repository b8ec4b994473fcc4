import { describe, expect, test } from "vitest";
import { needsReseal, sealingOf } from "../../../src/app/stored/sealing.ts";
import { mapSealedLayer, mapSealedSite, sealedTextsOf } from "../../../src/core/sealedTexts.ts";
import type { SlotOwner } from "../../../src/core/slotOwner.ts";
import { makeSealer } from "../../../src/edge/secrets.ts";
import { aLayer, aSite, aSource, aWebhook, START } from "../../support/builders.ts";

const former = makeSealer(["the former secret of this system"]);
const current = makeSealer(["the secret that is in use by now"]);
const both = makeSealer(["the secret that is in use by now", "the former secret of this system"]);
/** Stand for a text sealed with the former key and with the one in use, until `sealed` has put it in its place. */
const [OLD, NEW] = ["OLD", "NEW"];
const sealed = (holder: SlotOwner): SlotOwner => {
  const visit = (text: string, { place }: { readonly place: string }) =>
    (text === OLD ? former : current).seal("text", place);
  return holder.kind === "site" ? mapSealedSite(holder, visit) : mapSealedLayer(holder, visit);
};
const until = START;

const source = (secret: string, previous?: string) =>
  aSource("a", { type: "http", secret, ...(previous && { previousSecret: { secret: previous, until } }) });
const layer = (fields: Parameters<typeof aLayer>[1], secret = NEW) => aLayer({ sources: [source(secret)] }, fields);
const verified = (...secrets: string[]) =>
  aWebhook("one", { verification: { scheme: "standard", secrets, secretSetAt: START } });
const notification = (url: string, secret: string) => ({ id: "n", name: "N", url, urlHint: "", secret, events: [] });
const receiver = (secret: string, signingSecret: string) => ({ secret, signingSecret, createdAt: START });

describe("what is sealed with a secret that is not named any more makes a document unreadable,", () => {
  test.each<[string, SlotOwner]>([
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
  ])("a sealed text that nobody needs may stay closed: %s", (_what, marked) => {
    const holder = sealed(marked);
    expect(sealingOf(current, holder)).toBe("unreadable");
    expect(needsReseal(current, holder)).toBe(false);
    // Once the former secret is named, it is only to be sealed anew.
    expect(sealingOf(both, holder)).toBe("former");
    expect(needsReseal(both, holder)).toBe(true);
  });
});

describe("what nobody needs any more may stay closed:", () => {
  test.each<[string, SlotOwner]>([
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
  ])("%s", (_what, marked) => {
    const holder = sealed(marked);
    expect(sealingOf(current, holder)).toBe(undefined);
    // As long as its key is named, it is taken along.
    expect(sealingOf(both, holder)).toBe("former");
  });
});

test("a document sealed with the current key needs nothing, and without a key nothing can be said", () => {
  const holder = sealed(layer({ webhooks: [verified(NEW)], notifications: [notification(NEW, NEW)] }));
  expect([sealingOf(current, holder), sealingOf(both, holder)]).toEqual([undefined, undefined]);
  expect(sealingOf(makeSealer([]), holder)).toBe(undefined);
});

describe("every sealed text of a layer and of a site", () => {
  const gone = { id: "gone", ref: "r", name: "Gone", deletedAt: START, restorable: verified(NEW) };
  const probe = (slug: string) =>
    ({ slug, name: "P", type: "probe", url: "https://cms.test", headers: { a: NEW, b: NEW } }) as const;
  const notifications = ["n", "m"].map((id) => ({
    ...notification(NEW, NEW),
    id,
    previousSecret: { secret: NEW, until },
  }));
  const fields = {
    id: "layer-one",
    webhooks: [verified(NEW, NEW), { ...verified(NEW), ref: "two", id: "two" }],
    deletedWebhooks: [gone],
    notifications,
  };
  const wholeLayer = aLayer(
    { sources: [source(NEW, NEW), { ...source(NEW), slug: "b" }, probe("p"), probe("q")] },
    fields,
  );
  const deployNotifications = { ...receiver(NEW, NEW), previous: { ...receiver(NEW, NEW), until } };
  const wholeSite = aSite({ buildHook: NEW, deployNotifications });
  const documents = [wholeLayer, { ...wholeLayer, id: "layer-two" }, wholeSite, { ...wholeSite, id: "site-two" }];
  const texts = documents.map(sealed).flatMap(sealedTextsOf);

  test("a sealed text of a layer or a site is always found and sealed again", () => {
    for (const document of documents.map(sealed)) expect(JSON.stringify(document)).not.toContain(NEW);
  });

  test("a sealed text opens where it was sealed, and at no other place", () => {
    expect(texts.length).toBeGreaterThan(40);
    for (const one of texts) {
      for (const { place } of texts) {
        expect(current.open(one.sealed, place), `${one.place} at ${place}`).toBe(place === one.place ? "text" : null);
      }
    }
  });

  test("a sealed text moved to another place makes the document unreadable", () => {
    const [first, second] = ["layer-one", "layer-two"].map((id) => sealed(layer({ id })));
    if (first?.kind !== "layer" || second?.kind !== "layer") throw new Error("no layers");
    expect(sealingOf(current, first)).toBe(undefined);
    expect(sealingOf(current, { ...first, sources: second.sources })).toBe("unreadable");
  });
});

test("a sealed text of the release before is sealed again, without counting as a rotation in progress", () => {
  const holder = sealed(layer({ webhooks: [verified(NEW)] }));
  const before = { ...current, isBound: () => false };
  expect([needsReseal(before, holder), sealingOf(before, holder)]).toEqual([true, undefined]);
});
