import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { seen, type World } from "../world.ts";

const SHOTS = fileURLToPath(new URL("../../../screenshots", import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const violationsSchema = z.array(z.object({ id: z.string(), nodes: z.array(z.object({ html: z.string() })) }));

/** Half of what there is, by turns; `LAYERHOOK_SCREENSHOTS=all` has every width in both themes. */
const views = [
  { width: 390, theme: "dark", always: true },
  { width: 390, theme: "light", always: false },
  { width: 768, theme: "dark", always: false },
  { width: 768, theme: "light", always: false },
  { width: 1440, theme: "dark", always: false },
  { width: 1440, theme: "light", always: true },
].filter(({ always }) => always || process.env["LAYERHOOK_SCREENSHOTS"] === "all");

interface Lived {
  syncId: string;
  siteId: string;
  buildId: string;
}

const paths: Readonly<Record<string, (lived: Lived) => string>> = {
  layers: () => "/",
  "new-layer": () => "/layers/new",
  activity: () => "/layers/demo-layer",
  deliveries: () => "/layers/demo-layer/deliveries",
  syncs: () => "/layers/demo-layer/syncs",
  sync: ({ syncId }) => `/layers/demo-layer/syncs/${syncId}`,
  webhooks: () => "/layers/demo-layer/webhooks",
  connect: () => "/layers/demo-layer/connect",
  "layer-settings": () => "/layers/demo-layer/settings",
  sites: () => "/sites",
  site: ({ siteId }) => `/sites/${siteId}`,
  build: ({ siteId, buildId }) => `/sites/${siteId}/builds/${buildId}`,
  tokens: () => "/tokens",
  "audit-log": () => "/audit-log",
  configuration: () => "/configuration",
  setup: () => "/setup",
  "no-such-layer": () => "/layers/no-such-layer",
};

/** Every page, in both themes and three widths: nothing for axe to say, nothing cut off; a screenshot of each is kept. */
export const everyPage = ({ open, site }: World): void => {
  describe("every page is accessible in both themes and fits every screen", () => {
    const lived: Lived = { syncId: "", siteId: "", buildId: "" };
    beforeAll(async () => {
      mkdirSync(SHOTS, { recursive: true });
      const { syncId } = await site().api<{ syncId: string }>("POST", "/data-layers/demo-layer/syncs");
      const { connectedSites } = await site().api<{ connectedSites: { siteId: string }[] }>(
        "GET",
        "/data-layers/demo-layer",
      );
      lived.syncId = syncId;
      lived.siteId = connectedSites[0]?.siteId ?? "";
      lived.buildId = (await site().api<{ id: string }>("POST", `/sites/${lived.siteId}/builds`)).id;
    });

    test.each(Object.keys(paths))("%s", async (name) => {
      const page = await open(paths[name]?.(lived) ?? "/");
      await seen(page.getByRole("heading", { level: 1 }));
      await page.waitForLoadState("networkidle");
      await page.locator(".loading").first().waitFor({ state: "detached" });
      await page.evaluate(axe);
      for (const { width, theme } of views) {
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme: theme === "dark" ? "dark" : "light" });
        const found = await page.evaluate("axe.run().then(({ violations }) => violations)");
        expect(violationsSchema.parse(found), `${width} ${theme}`).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
        await page.screenshot({ path: `${SHOTS}/${name}-${width}-${theme}.png`, fullPage: true });
      }
    });
  });
};
