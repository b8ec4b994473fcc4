import { expect, test } from "vitest";
import { daysOf, newestMonths } from "../../../src/dashboard/text/months.ts";
import { dashboardTests } from "../dashboardTests.ts";
import { gone, seen } from "../world.ts";

test("a month has as many days as the calendar says, and the newest months end with this one", () => {
  expect(["2026-02", "2028-02", "2026-11", "2026-12"].map(daysOf)).toEqual([28, 29, 30, 31]);
  expect(newestMonths(Date.UTC(2026, 1, 28), 3)).toEqual(["2026-02", "2026-01", "2025-12"]);
});

await dashboardTests(({ open, site }) => {
  const publishToLive = async (): Promise<void> => {
    await site().publish(`${site().base}/hooks/data_layer/data_source/publish/demo-layer`);
    await expect
      .poll(async () => (await site().api<{ publishToLive: { count: number } }>("GET", "/usage")).publishToLive.count, {
        timeout: 60_000,
        interval: 500,
      })
      .toBeGreaterThan(0);
  };

  test("the usage page shows credits with the forecast, the builds of today and the times to live, as pictures and as tables", async () => {
    await publishToLive();
    const page = await open("/usage");
    await seen(page.getByText(/of 300 credits are used\./));
    await seen(page.getByText(/At this pace the month costs about/));
    await seen(page.getByRole("img", { name: /^builds a day/ }));
    await seen(page.getByRole("img", { name: /^Publishes by their time to live/ }));
    await page.getByRole("region", { name: "Builds a day" }).getByText("Show as a table").click();
    const today = new Intl.DateTimeFormat("en-US", { month: "short", day: "numeric", timeZone: "UTC" }).format();
    const row = page
      .getByRole("region", { name: "Builds a day" })
      .getByRole("row", { name: new RegExp(`^${today} [1-9]`) });
    await seen(row);
  });

  test("the usage of one site is a page with an address of its own", async () => {
    const page = await open("/usage");
    await page.getByRole("link", { name: "Demo site" }).click();
    await seen(page.getByRole("heading", { name: "Builds of Demo site" }));
    expect(page.url()).toMatch(/[?&]of=/);
    await page.reload();
    await seen(page.getByRole("heading", { name: "Builds of Demo site" }));
  });

  test("the setup page asks for the plan while nobody has said which the team has, and keeps the one that an Owner chooses", async () => {
    const page = await open("/setup");
    const panel = page.getByRole("region", { name: "Plan" });
    await seen(panel.getByText(/Choose the plan that your team has at Netlify/));
    await panel.getByLabel("Plan at Netlify").selectOption("other");
    await panel.getByLabel("Credits a month").fill("1250");
    await panel.getByRole("button", { name: "Save plan" }).click();
    await seen(page.getByText("Plan saved. The builds are shared again within five minutes."));
    await gone(panel.getByText(/Choose the plan that your team has at Netlify/));
    expect(await site().api("GET", "/plan")).toEqual({ plan: null, credits: 1250, source: "setting" });
    await panel.getByLabel("Plan at Netlify").selectOption("pro");
    await panel.getByRole("button", { name: "Save plan" }).click();
    await expect.poll(async () => (await site().api<{ plan: string }>("GET", "/plan")).plan).toBe("pro");
    await site().api("PUT", "/plan", { plan: null });
  });
});
