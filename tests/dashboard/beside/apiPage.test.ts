import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { dashboardTests } from "../dashboardTests.ts";
import { LAYOUT_SHIFT_AT_MOST, shiftsOf, watchShifts } from "../layoutShift.ts";
import { seen } from "../world.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RUN_AXE = `axe.run({ resultTypes: ["violations"] }).then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes[0]?.html]))`;

await dashboardTests(({ open, openIn, signIn }) => {
  describe("the page of the API", () => {
    test("the API page shows every operation, and one is tried with the session of the dashboard", async () => {
      const page = await open("/api/");
      await seen(page.getByText("/api/v1/openapi.json", { exact: true }));
      const operations = page.locator("details.operation");
      expect(await operations.count()).toBeGreaterThan(40);
      await page.getByLabel("Search").fill("session get");
      await seen(page.getByText(/^\d+ of \d+ operations$/));
      await page.locator("summary", { hasText: "/api/v1/session" }).first().click();
      await page.getByText("Try it", { exact: true }).click();
      await page.getByRole("button", { name: "Send" }).click();
      await seen(page.getByText(/^200/));
      await seen(page.getByText(/"role": "Owner"/));
      await seen(page.getByText(/curl -X GET/));
      expect(page.url()).toMatch(/#getSession$/);
    });

    test("a request is sent once, a deletion only after a question, and a token leaves the session alone", async () => {
      const page = await open("/api/#getSession");
      await page.locator("#getSession").getByText("Try it", { exact: true }).click();
      const sent: string[] = [];
      let release = (): void => {};
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      await page.route("**/api/v1/session", async (route) => {
        sent.push((await route.request().allHeaders())["cookie"] ?? "");
        await released;
        await route.fulfill({ status: route.request().method() === "DELETE" ? 204 : 200, body: "" });
      });
      await page.locator("#getSession").getByRole("button", { name: "Send" }).dblclick();
      release();
      await seen(page.locator("#getSession").getByText(/^200/));
      expect(sent).toHaveLength(1);
      expect(sent[0]).not.toBe("");

      await page.locator("#token").fill("another");
      await page.locator("#getSession").getByRole("button", { name: "Send" }).click();
      await expect.poll(() => sent).toHaveLength(2);
      expect(sent[1]).toBe("");

      const asked: string[] = [];
      page.on("dialog", async (dialog) => {
        asked.push(dialog.message());
        await dialog.dismiss();
      });
      const deletion = page.locator("details.operation:has(.method.delete)", { hasText: "/api/v1/session" }).first();
      await deletion.locator("summary").first().click();
      await deletion.getByText("Try it", { exact: true }).click();
      await deletion.getByRole("button", { name: "Send" }).click();
      expect(asked).toEqual(["Send DELETE /api/v1/session?"]);
      expect(sent).toHaveLength(2);
    });

    test("a link to an operation opens it, with its body and its answers", async () => {
      const page = await open("/api/#createDataLayer");
      await seen(page.locator("details#createDataLayer[open]"));
      await seen(page.locator("details#createDataLayer").getByText("connectedSites", { exact: true }));
    });
  });

  const opened: Readonly<Record<string, string>> = { "/api/": "details.operation", "/demo/site": "h1", "/demo": "h1" };

  test.each(["/api/", "/api/#createDataLayer", "/deploy.html", "/demo", "/demo/site"])(
    "%s has no accessibility violation in both themes, fits a phone, and does not jump while it loads",
    async (path) => {
      const context = await signIn("Owner");
      await watchShifts(context);
      await context.addInitScript(axe);
      const page = await openIn(context, path);
      for (const [width, colorScheme] of [
        [390, "dark"],
        [1440, "light"],
        [1440, "dark"],
      ] as const) {
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme });
        await page.reload();
        await page
          .locator(opened[path.replace(/#.*/, "")] ?? "h1")
          .first()
          .waitFor();
        await page.waitForLoadState("networkidle");
        const { sum, moved } = await shiftsOf(page);
        expect(sum, `${width} ${moved.join("; ")}`).toBeLessThan(LAYOUT_SHIFT_AT_MOST);
        expect(await page.evaluate(RUN_AXE), `${width} ${colorScheme}`).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
      }
      await context.close();
    },
  );
});
