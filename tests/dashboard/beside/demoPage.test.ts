import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { dashboardTests } from "../dashboardTests.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** How long the demo's job takes (ms). A burst that takes longer than one job costs one more sync for each that it outlives. */
const JOB = 2000;

await dashboardTests(({ openIn, signIn }) => {
  test("thirty quick publishes of the demo's CMS cost at most two syncs and two builds, and the page shows it", async () => {
    const page = await openIn(await signIn(null), "/demo");
    const shown = async (id: string): Promise<number> => Number(await page.locator(`#${id}`).textContent());
    const began = performance.now();
    await page.getByRole("button", { name: "Publish 30 times" }).click();
    await expect.poll(() => shown("publishes"), { timeout: 30_000 }).toBe(30);
    const most = 2 + Math.floor((performance.now() - began) / JOB);
    await expect.poll(() => shown("builds"), { timeout: 30_000 }).toBeGreaterThan(0);
    await expect.poll(() => page.locator("#now").textContent(), { timeout: 30_000 }).toMatch(/^Build \d+ is live\.$/);
    expect(await shown("calls")).toBeLessThanOrEqual(most);
    expect(await shown("builds")).toBeLessThanOrEqual(most);
    const counts = /(\d+) queued, (\d+) merged/.exec((await page.locator("#message").textContent()) ?? "");
    expect(Number(counts?.[1]) + Number(counts?.[2])).toBe(30);
    expect(Number(counts?.[1])).toBeLessThanOrEqual(most);
  });

  test("the demo's CMS lets the job fail and chooses what the demo's Netlify does", async () => {
    const page = await openIn(await signIn(null), "/demo");
    const fail = page.getByRole("button", { name: "fail", exact: true });
    await fail.click();
    await expect.poll(() => fail.getAttribute("aria-pressed")).toBe("true");
    await page.getByLabel(/sync job fails/).check();
    await page.reload();
    await expect.poll(() => fail.getAttribute("aria-pressed")).toBe("true");
    await expect.poll(() => page.getByLabel(/sync job fails/).isChecked()).toBe(true);
  });

  test.each(["/demo", "/demo/site"])("%s is accessible in both themes and fits a phone", async (path) => {
    const context = await signIn(null);
    await context.addInitScript(axe);
    const page = await openIn(context, path);
    await page.locator("h1").waitFor();
    for (const [width, colorScheme] of [
      [390, "dark"],
      [1440, "light"],
    ] as const) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      const found = await page.evaluate(
        `axe.run({ resultTypes: ["violations"] }).then(({ violations }) => violations.map(({ id }) => id))`,
      );
      expect([width, found]).toEqual([width, []]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    }
  });
});
