import { describe, expect, test } from "vitest";
import type { Layer } from "../../src/core/layer/layer.ts";
import { mapSealedLayer, mapSealedSite, placeOf, sealedParts, sealedTextsOf } from "../../src/core/sealedTexts.ts";
import type { Site } from "../../src/core/site/site.ts";
import { ada, aLayer, aNotification, aSite, aSource, aWebhook, START } from "../support/builders.ts";

const verification = (...secrets: string[]) => ({ scheme: "github", secrets, secretSetAt: START });
const restorable = { createdAt: START, createdBy: ada };
const former = (secret: string) => ({ secret, until: START });

/** A layer with a sealed text in every place. Each text is its own name. */
const layer: Layer = aLayer(
  {
    sources: [
      aSource("posts", { secret: "job", previousSecret: former("former job") }),
      { slug: "probe", name: "P", type: "probe", url: "https://x.example", headers: { accept: "h1", "x-key": "h2" } },
      { slug: "bare", name: "B", type: "probe", url: "https://x.example" },
    ],
    notifications: [
      { ...aNotification("n1", []), url: "url", secret: "signs", previousSecret: former("signed") },
      { ...aNotification("n2", []), url: "other url", secret: "other signs" },
    ],
  },
  {
    webhooks: [aWebhook("one", { verification: verification("new proof", "old proof") }), aWebhook("two")],
    deletedWebhooks: [
      {
        id: "d1",
        ref: "ref-d1",
        name: "D",
        deletedAt: START,
        restorable: { ...restorable, verification: verification("deleted proof") },
      },
      { id: "d2", ref: "ref-d2", name: "D", deletedAt: START, restorable },
      { id: "d3", ref: "ref-d3", name: "D", deletedAt: START },
    ],
    statusLinks: [{ ref: "l1", name: "L", hash: "hash", token: "link", createdAt: START, createdBy: ada }],
  },
);
const site: Site = aSite({
  buildHook: "hook",
  deployNotifications: {
    ...{ secret: "in the URL", signingSecret: "signs deploys", createdAt: START },
    previous: { secret: "was in the URL", signingSecret: "signed deploys", until: START },
  },
});

const textsOf = (owner: Layer | Site) =>
  sealedTextsOf(owner).map(({ sealed, place, need, setting }) => [sealed, place, need, setting]);

describe("the sealed texts of a document", () => {
  test("a layer's texts are each bound to their place, and are needed, one of several, or spare", () => {
    expect(textsOf(layer)).toEqual([
      ["job", "layer/layer-1/source/posts/secret", "needed", "dataSources.posts.secret"],
      ["former job", "layer/layer-1/source/posts/secret", "spare", "dataSources.posts.previousSecret"],
      ["h1", "layer/layer-1/source/probe/header/accept", "needed", "dataSources.probe.headers.accept"],
      ["h2", "layer/layer-1/source/probe/header/x-key", "needed", "dataSources.probe.headers.x-key"],
      ["url", "layer/layer-1/notification/n1/url", "needed", "notifications.n1.url"],
      ["signs", "layer/layer-1/notification/n1/secret", "needed", "notifications.n1.secret"],
      ["signed", "layer/layer-1/notification/n1/secret", "spare", "notifications.n1.previousSecret"],
      ["other url", "layer/layer-1/notification/n2/url", "needed", "notifications.n2.url"],
      ["other signs", "layer/layer-1/notification/n2/secret", "needed", "notifications.n2.secret"],
      ["new proof", "layer/layer-1/webhook/ref-one/secret", "one-of", "webhooks.ref-one.verification.secret"],
      ["old proof", "layer/layer-1/webhook/ref-one/secret", "one-of", "webhooks.ref-one.verification.previousSecret"],
      ["deleted proof", "layer/layer-1/webhook/ref-d1/secret", "spare", "webhooks.ref-d1.verification.secret"],
      ["link", "layer/layer-1/statusLink/l1/token", "spare", "statusLinks.l1.token"],
    ]);
  });

  test("a site's texts are its build hook and the secrets of its deploy notifications", () => {
    const at = "site/site-1/deployNotifications";
    expect(textsOf(site).sort()).toEqual(
      [
        ["hook", "site/site-1/buildHook", "needed", "buildHook"],
        ["in the URL", `${at}/secret`, "needed", "deployNotifications.secret"],
        ["signs deploys", `${at}/signingSecret`, "needed", "deployNotifications.signingSecret"],
        ["was in the URL", `${at}/secret`, "spare", "deployNotifications.previous.secret"],
        ["signed deploys", `${at}/signingSecret`, "spare", "deployNotifications.previous.signingSecret"],
      ].sort(),
    );
    expect(textsOf(aSite({ buildHook: "hook" }))).toHaveLength(1);
  });

  test("a text that is no part of its document is bound to its owner as well", () => {
    expect(placeOf(layer, sealedParts.handshake("d"))).toBe("layer/layer-1/delivery/d/handshake");
    expect(placeOf(layer, sealedParts.title("d"))).toBe("layer/layer-1/delivery/d/title");
  });

  test("a document keeps everything else when its texts are replaced, and the same document comes back", () => {
    const marked = (sealed: string) => `(${sealed})`;
    const unmarked = (sealed: string) => sealed.slice(1, -1);
    expect(mapSealedLayer(mapSealedLayer(layer, marked), unmarked)).toEqual(layer);
    expect(mapSealedSite(mapSealedSite(site, marked), unmarked)).toEqual(site);
    for (const plain of [aLayer(), aLayer({ sources: [] })]) {
      expect(Object.keys(mapSealedLayer(plain, marked))).toEqual(Object.keys(plain));
    }
    const { previous: _previous, ...receiver } = site.deployNotifications ?? {
      secret: "",
      signingSecret: "",
      createdAt: 0,
    };
    for (const plain of [aSite(), aSite({ deployNotifications: receiver })]) {
      expect(mapSealedSite(mapSealedSite(plain, marked), unmarked)).toEqual(plain);
    }
  });

  test("a document's texts all change when they are replaced, and each is replaced by its own", () => {
    const mapped = {
      layer: mapSealedLayer(layer, (sealed) => `(${sealed})`),
      site: mapSealedSite(site, (sealed) => `(${sealed})`),
    };
    for (const [before, after] of [
      [layer, mapped.layer],
      [site, mapped.site],
    ] as const) {
      expect(sealedTextsOf(after).map(({ sealed }) => sealed)).toEqual(
        sealedTextsOf(before).map(({ sealed }) => `(${sealed})`),
      );
    }
  });
});
