import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { describe, test } from "vitest";
import { dashboardTests } from "./dashboardTests.ts";
import { seen } from "./world.ts";

const IMAGES = fileURLToPath(new URL("../../docs/images", import.meta.url));
const isAsked = process.env["LAYERHOOK_SCREENSHOTS"] === "docs";

const entries = [
  ["blogPost", "spring-menu"],
  ["blogPost", "opening-hours"],
  ["page", "team"],
  ["author", "mara"],
] as const;

await dashboardTests(({ open, site }) => {
  const publish = async (url: string, [type, id]: readonly [string, string]): Promise<void> => {
    await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "user-agent": "Contentful Webhooks",
        "x-contentful-topic": "ContentManagement.Entry.publish",
      },
      body: JSON.stringify({ sys: { id, contentType: { sys: { id: type } } } }),
    });
  };
  const pause = (page: Page, ms: number): Promise<void> => page.waitForTimeout(ms);

  describe.runIf(isAsked)("the pictures of the documentation", () => {
    test("the pictures of the documentation show the demo as it is now", { timeout: 300_000 }, async () => {
      const { url } = await site().api<{ url: string }>("POST", "/data-layers/demo-layer/webhooks", {
        name: "Contentful",
      });
      const page = await open("/layers/demo-layer?range=10min");
      await page.setViewportSize({ width: 1180, height: 1180 });
      await page.emulateMedia({ colorScheme: "light" });
      for (let sitting = 0; sitting < 3; sitting += 1) {
        for (const entry of entries) await publish(url, entry);
        await pause(page, 22_000);
      }
      for (const entry of entries) await publish(url, entry);
      await pause(page, 5_000);
      for (const entry of entries) await publish(url, entry);
      await seen(page.getByRole("region", { name: "Running" }).getByText("demo", { exact: true }));
      await page.screenshot({ path: `${IMAGES}/layer.png` });
      await page.goto(`${site().base}/layers/demo-layer/connect`);
      await page.emulateMedia({ colorScheme: "dark" });
      await page.setViewportSize({ width: 1180, height: 820 });
      await page.getByLabel("Your CMS").selectOption("contentful");
      await seen(page.getByText("Good to know."));
      await page.screenshot({ path: `${IMAGES}/connect.png` });
      await pause(page, 20_000);
      await page.goto(`${site().base}/usage`);
      await page.emulateMedia({ colorScheme: "light" });
      await page.setViewportSize({ width: 1180, height: 1040 });
      await seen(page.getByRole("img", { name: /^Publishes by their time to live/ }));
      await page.screenshot({ path: `${IMAGES}/usage.png` });
    });
  });
});
