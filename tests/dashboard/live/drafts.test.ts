import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { dashboardTests } from "../dashboardTests.ts";
import { gone, seen } from "../world.ts";

/** What a person typed stays until it is saved or given up, whatever happens meanwhile. */
await dashboardTests(({ open, site }) => {
  const makeSite = (name: string) =>
    site().api<{ id: string }>("POST", "/sites", { name, buildHook: `${site().base}/demo/build_hooks/${name}` });
  const settings = (page: Page) => page.getByRole("region", { name: "Settings" });

  describe("what a person typed", () => {
    test("an unsaved form survives the save of another panel and a colleague's change, and undoes neither", async () => {
      const { id } = await makeSite("panels");
      const page = await open(`/sites/${id}`);
      await settings(page).getByLabel("Branch").fill("next");
      const pacing = page.getByRole("region", { name: "Pacing" });
      await pacing.getByRole("radio", { name: /^Saver/ }).check();
      await pacing.getByRole("button", { name: "Save pacing" }).click();
      await seen(page.getByText("Saved. The new pacing also applies to waiting builds."));
      await site().api("PATCH", `/sites/${id}`, { name: "Renamed by a colleague" });
      await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
      await seen(page.getByRole("heading", { name: "Renamed by a colleague" }));
      expect(await settings(page).getByLabel("Branch").inputValue()).toBe("next");
      expect(await settings(page).getByLabel("Name").inputValue()).toBe("Renamed by a colleague");
      await site().api("PATCH", `/sites/${id}`, { clearCache: true });
      await settings(page).getByRole("button", { name: "Save settings" }).click();
      await seen(page.getByText("Saved.", { exact: true }));
      expect(await site().api("GET", `/sites/${id}`)).toMatchObject({
        name: "Renamed by a colleague",
        branch: "next",
        clearCache: true,
        pacing: { preset: "saver" },
      });
    });

    test("a page with an unsaved form asks before the browser goes back", async () => {
      const { id } = await makeSite("left");
      const page = await open("/sites");
      await page.getByRole("link", { name: "left" }).click();
      const branch = settings(page).getByLabel("Branch");
      await branch.fill("next");
      const at = (): string => new URL(page.url()).pathname;
      const answer = async (stays: boolean): Promise<void> => {
        const asked = page.waitForEvent("dialog");
        await page.evaluate(() => setTimeout(() => history.back()));
        const question = await asked;
        await (stays ? question.dismiss() : question.accept());
      };
      await answer(true);
      await expect.poll(at).toBe(`/sites/${id}`);
      expect(await branch.inputValue()).toBe("next");
      await answer(false);
      await expect.poll(at).toBe("/sites");
      await seen(page.getByRole("heading", { name: "Sites", exact: true }));
    });
  });

  describe("the frame of the page", () => {
    test("the frame is drawn before the session has answered, and the data is asked for beside the session", async () => {
      const page = await open("/layers/demo-layer");
      await seen(page.getByRole("heading", { name: "Demo layer" }));
      let answer = (): void => {};
      const answered = new Promise<void>((resolve) => {
        answer = resolve;
      });
      await page.route("**/api/v1/session", async (route) => {
        await answered;
        await route.continue();
      });
      const activity = page.waitForResponse("**/api/v1/data-layers/demo-layer/activity*");
      await page.reload();
      await seen(page.getByRole("link", { name: "Audit log" }));
      await activity;
      answer();
      await seen(page.getByRole("heading", { name: "Demo layer" }));
    });

    test.each([
      ["/", ["/overview?limit=200"]],
      ["/sites", ["/overview"]],
      ["/layers/demo-layer", ["/data-layers/demo-layer/activity?hours=1"]],
      ["/layers/demo-layer/deliveries", ["/data-layers/demo-layer", "/data-layers/demo-layer/deliveries?limit=50"]],
      ["/layers/demo-layer/syncs", ["/data-layers/demo-layer", "/data-layers/demo-layer/syncs?limit=50"]],
      ["/layers/demo-layer/webhooks", ["/data-layers/demo-layer", "/data-layers/demo-layer/webhooks?limit=50"]],
      ["/layers/demo-layer/settings", ["/data-layers/demo-layer"]],
    ])("a first view asks for its data before its script is there, and uses that answer: %s", async (path, data) => {
      const page = await open(path);
      await seen(page.getByRole("heading", { level: 1 }));
      const asked: string[] = [];
      page.on("request", (request) => {
        const { pathname, search } = new URL(request.url());
        // A later look at the same has the ETag of the first.
        if (request.headers()["if-none-match"] === undefined) asked.push(`${pathname.replace("/api/v1", "")}${search}`);
      });
      await page.reload();
      await seen(page.getByRole("heading", { level: 1 }));
      await page.locator(".loading").first().waitFor({ state: "detached" });
      for (const one of ["/session", "/health", ...data])
        expect(
          asked.filter((path) => path === one),
          one,
        ).toHaveLength(1);
    });
  });

  describe("an action in a page's head", () => {
    test("an action that fails moves nothing in the page, and says what happened until that is closed", async () => {
      const page = await open("/layers/demo-layer");
      const button = page.getByRole("button", { name: "Pause", exact: true });
      await seen(button);
      const place = await button.boundingBox();
      await page.route("**/api/v1/data-layers/demo-layer", (route) =>
        route.fulfill({
          status: 503,
          contentType: "application/problem+json",
          json: { title: "The store did not answer", status: 503, detail: "Try again.", code: "STORE_UNAVAILABLE" },
        }),
      );
      await button.click();
      await seen(page.getByRole("alert").getByText("The store did not answer. Try again."));
      expect(await button.boundingBox()).toEqual(place);
      await page.locator(".toast").getByRole("button", { name: "Close" }).click();
      await gone(page.getByText("The store did not answer. Try again."));
    });
  });
});
