import { expect, test } from "vitest";
import { findLayer } from "../../src/app/manage/layers.ts";
import { findSite } from "../../src/app/manage/sites.ts";
import { sealedTextsOf } from "../../src/core/sealedTexts.ts";
import { must } from "../support/builders.ts";
import { dig } from "./answer.ts";
import { ApiWorld } from "./world.ts";

const LAYER = "0f8fad5b-d9cb-469f-a165-70867728950e";

const configuration = (version: string) => ({
  schemaVersion: 1,
  sites: [{ id: "web-site", name: "Web", buildHook: `https://api.netlify.com/build_hooks/${version}-hook` }],
  dataLayers: [
    {
      id: LAYER,
      name: "Content",
      dataSources: [
        { slug: "job", url: "https://jobs.example.com/job", secret: `whsec_${version.padEnd(48, "A")}` },
        {
          slug: "feed",
          type: "probe",
          url: `https://cms.example.com/feed?token=${version}`,
          headers: { authorization: `Bearer ${version}-header`, "x-key": `${version}-key` },
        },
      ],
      notifications: [
        {
          id: "chat",
          name: "Chat",
          url: `https://chat.example.com/${version}-url`,
          events: ["sync.failed"],
          secret: `whsec_${version.padEnd(48, "B")}`,
        },
      ],
      webhooks: [
        {
          name: "CMS",
          ref: "cms",
          id: "webhook-of-the-cms",
          verification: { scheme: "github", secret: `${version}-proof-of-a-sender` },
        },
      ],
    },
  ],
});

/** Returns a system with every kind of credential, and its sealed texts. */
const lived = async () => {
  const world = new ApiWorld();
  await world.call("PUT", "/import", { body: configuration("first0123456789") });
  const siteId = (await world.get("/sites")).textAt("items.0.id");
  const layer = must(await findLayer(world.deps, LAYER));
  const site = must(await findSite(world.deps, siteId));
  const texts = [layer, site].flatMap(sealedTextsOf).map(({ setting, sealed, place }) => ({
    setting,
    text: must(world.deps.sealer.open(sealed, place)),
  }));
  return { world, texts };
};

test("every credential of a layer and of a site is in an export with secrets, and in no other", async () => {
  const { world, texts } = await lived();
  expect(texts.length).toBeGreaterThanOrEqual(7);
  const [open, closed] = [await world.get("/export?secrets=true"), await world.get("/export")];
  for (const { setting, text } of texts) {
    expect(open.text.includes(JSON.stringify(text)), setting).toBe(true);
    expect(closed.text.includes(text), setting).toBe(false);
  }
});

test("an import that changes every credential of a layer and of a site names each of them in the audit log", async () => {
  const { world, texts } = await lived();
  await world.call("PUT", "/import", { body: configuration("second123456789") });
  const changes = (await world.audit()).filter((entry) =>
    ["data_layer.updated", "site.updated"].includes(String(dig(entry, "action"))),
  );
  const replaced = changes.flatMap((entry) => dig(entry, "detail.replaced"));
  // A webhook's secrets have their own audit entry. The URL of a probe is redacted too, but not sealed.
  const settings = texts.map(({ setting }) => setting).filter((setting) => !setting.startsWith("webhooks."));
  expect(replaced.sort()).toEqual([...settings, "dataSources.feed.url"].sort());
});
