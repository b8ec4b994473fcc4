import { describe, expect, test } from "vitest";
import { isBySender, shownStep } from "../../../src/dashboard/components/layer/setUpSteps.ts";
import { dashboardTests } from "../dashboardTests.ts";
import { seen } from "../world.ts";

describe("a delivery", () => {
  test("a delivery of a person's tool, of a test or a refused one does not show that a CMS reaches the webhook", () => {
    const of = (userAgent: string | null, outcome: "queued" | "refused" = "queued") =>
      isBySender({ outcome, userAgent });
    expect(
      ["curl/8.5.0", "Layerhook test (Sanity)", "Mozilla/5.0 … PowerShell/7.4", null].map((one) => of(one)),
    ).toEqual([false, false, false, false]);
    expect([of("Contentful Webhooks"), of("Sanity.io webhook delivery"), of("Contentful Webhooks", "refused")]).toEqual(
      [true, true, false],
    );
  });
});

describe("the step of the set-up that is shown", () => {
  const steps = (...done: readonly string[]) =>
    ["hook", "deploys", "cms"].map((id) => ({ id, isDone: done.includes(id) }));

  test("the first step that is not done is shown, and stays when it is done, with a secret that is shown only once", () => {
    expect(shownStep(steps("hook"), "", undefined)?.id).toBe("deploys");
    expect(shownStep(steps("hook", "deploys"), "", "deploys")?.id).toBe("deploys");
    expect(shownStep(steps("hook", "deploys", "cms"), "", "deploys")?.id).toBe("deploys");
  });

  test("the step that a person opens is shown", () => {
    expect(shownStep(steps("hook"), "cms", "deploys")?.id).toBe("cms");
  });

  test("a step that is gone gives way to the first that is not done", () => {
    expect(shownStep(steps("hook"), "gone", "sites")?.id).toBe("deploys");
    expect(shownStep(steps("hook", "deploys", "cms"), "", undefined)).toBeUndefined();
  });
});

await dashboardTests(({ open, site }) => {
  test("a new layer asks for what follows, and a test publish is watched to live on the same page, with seconds", async () => {
    const { base } = site();
    const page = await open("/layers/new");
    await page.getByLabel("Name", { exact: true }).fill("Steps");
    await page.getByLabel("Site to build").selectOption({ label: "Demo site" });
    await page.getByRole("button", { name: "Create layer" }).click();
    await seen(page.getByRole("heading", { name: /^Set up: \d of 4 done/ }));
    // Nothing was built yet, so the build hook comes first.
    await page.getByRole("button", { name: "Test the build hook" }).click();
    await page.getByRole("button", { name: "Start a build" }).click();
    await seen(page.getByText("The build hook has started a build."));
    // The step stays with its answer until the person opens another.
    await seen(page.getByRole("region", { name: "Test the build hook" }));
    await page.getByRole("button", { name: "Open the step: Your CMS sends publishes" }).click();
    await seen(page.getByRole("region", { name: "Connect your CMS" }));
    await page.getByRole("button", { name: "Open the step: A publish goes live" }).click();
    const address = page.url();
    expect(address).toContain("step=live");
    // A person may leave, and return to the same step.
    await page.goto(`${base}/`);
    await page.goto(address);
    await page.getByRole("button", { name: "Send a test publish" }).click();
    const steps = page.getByRole("list", { name: "From this publish to live" });
    await seen(steps.locator("li.done").filter({ hasText: "Arrived" }));
    await seen(steps.locator("li.active, li.done").filter({ hasText: "Build of Demo site" }));
    await seen(steps.locator("li.done").filter({ hasText: "Live on Demo site" }));
    await seen(page.getByText(/^Live [\d.]+ s after the publish/));
    // The test alone does not show that a CMS reaches the layer.
    await seen(page.getByRole("heading", { name: "Set up: 3 of 4 done" }));
    await seen(page.getByText(/No CMS has sent a delivery yet/));
  });
});
