import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { dashboardTests } from "../dashboardTests.ts";
import { gone, seen } from "../world.ts";

/** Lets the API answer in pages of two layers, as it answers in larger ones where there are more layers. */
const inPagesOfTwo = async (page: Page): Promise<void> => {
  await page.route("**/api/v1/overview*", async (route) => {
    const url = new URL(route.request().url());
    url.searchParams.set("limit", "2");
    await route.continue({ url: url.href });
  });
};

await dashboardTests(({ open, site }) => {
  const make = (name: string): Promise<{ id: string }> => site().api("POST", "/data-layers?sync=false", { name });

  describe("more layers than a page has", () => {
    test("the list of layers begins with a page, loads the next one, and searches on the server in all of them", async () => {
      for (const name of ["Paged one", "Paged two", "Paged three", "Paged four"]) await make(name);
      const page = await open("/sites");
      await inPagesOfTwo(page);
      await page.goto(`${site().base}/`);
      const { totals } = await site().api<{ totals: { dataLayers: number } }>("GET", "/overview");
      const rows = page.getByRole("row").filter({ has: page.getByRole("rowheader") });
      await seen(page.getByText(`The first 2 of ${totals.dataLayers} layers: what needs attention, then the latest`));
      expect(await rows.count()).toBe(2);
      await page.getByRole("button", { name: "More layers" }).click();
      await seen(page.getByText(`The first 4 of ${totals.dataLayers} layers`));
      await page.getByLabel("Search").fill("paged THREE");
      await seen(page.getByText(`1 of ${totals.dataLayers} layers`));
      expect(await rows.allInnerTexts()).toEqual([expect.stringContaining("Paged three")]);
      expect(await page.getByLabel("Search").evaluate((field) => field === document.activeElement)).toBe(true);
      await page.getByLabel("Search").fill("");
      await page.getByLabel("Status").selectOption("idle");
      await seen(page.getByRole("link", { name: /^Paged/ }).first());
      await page.getByLabel("Status").selectOption("held");
      await seen(page.getByText("No matching layers"));
      await gone(page.getByText("No layer yet"));
    });

    test("a page that needs all layers reads every part of an overview that does not fit into one answer", async () => {
      for (const name of ["Split one", "Split two", "Split three"]) await make(name);
      const page = await open("/sites");
      await inPagesOfTwo(page);
      await page.goto(`${site().base}/audit-log`);
      const { dataLayers } = await site().api<{ dataLayers: { id: string }[] }>("GET", "/overview");
      const options = page.getByLabel("Layer", { exact: true }).locator("option");
      await expect.poll(() => options.count(), { timeout: 30_000 }).toBe(dataLayers.length + 1);
      await page.goto(`${site().base}/sites`);
      await seen(page.getByRole("row", { name: /Demo site.*Demo layer/ }));
    });
  });
});
