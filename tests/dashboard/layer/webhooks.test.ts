import { describe, expect, test } from "vitest";
import { dashboardTests } from "../dashboardTests.ts";
import { gone, seen } from "../world.ts";

/** Adding a webhook, and everything that can happen to one afterwards. */
await dashboardTests(({ open, site }) => {
  const make = (name: string): Promise<{ id: string; defaultWebhook: { url: string } }> =>
    site().api("POST", "/data-layers?sync=false", { name, dataSources: [] });

  describe("a webhook", () => {
    test("a webhook is added by its name; the first one disables the default webhook unless a person keeps it", async () => {
      const { id, defaultWebhook } = await make("First webhook");
      await site().publish(defaultWebhook.url);
      const page = await open(`/layers/${id}/webhooks`);
      await seen(page.getByText("The default webhook works until this layer has a webhook of its own."));
      await page.getByRole("button", { name: "Add a webhook" }).click();
      const dialog = page.getByRole("dialog", { name: "Add a webhook" });
      await seen(dialog.getByText("The first webhook turns the default webhook off."));
      await seen(dialog.getByText(/It was last used .* by /));
      expect(await dialog.getByLabel("Keep accepting the default webhook for 7 days").isChecked()).toBe(false);
      await dialog.getByLabel("Name").fill("Contentful");
      await dialog.getByRole("button", { name: "Create webhook" }).click();
      await gone(dialog);
      await seen(page.getByRole("heading", { name: "Contentful" }));
      // The next step is to copy the new URL.
      const copy = page.getByRole("button", { name: "Copy the URL of Contentful" });
      await expect.poll(() => copy.evaluate((node) => node === document.activeElement)).toBe(true);
      await seen(page.getByText("The default webhook is off, because this layer has webhooks of its own."));
      expect((await fetch(defaultWebhook.url, { method: "POST" })).status).toBe(401);
      await seen(page.getByText(/curl -X POST '/));
      await page.getByRole("button", { name: "PowerShell" }).click();
      await seen(page.getByText(/Invoke-RestMethod -Method Post/));
    });

    test("a first webhook keeps the default webhook for 7 days where a person checks that", async () => {
      const { id, defaultWebhook } = await make("Moving");
      await site().publish(defaultWebhook.url);
      const page = await open(`/layers/${id}/webhooks`);
      await page.getByRole("button", { name: "Add a webhook" }).click();
      const dialog = page.getByRole("dialog", { name: "Add a webhook" });
      await dialog.getByLabel("Name").fill("Storyblok");
      await dialog.getByLabel("Keep accepting the default webhook for 7 days").check();
      if (process.env["LAYERHOOK_SCREENSHOTS"] === "all") {
        await page.screenshot({ path: "screenshots/add-webhook.png" });
      }
      await dialog.getByRole("button", { name: "Create webhook" }).click();
      await gone(dialog);
      await seen(page.getByText(/The default webhook works until/));
      expect((await fetch(defaultWebhook.url, { method: "POST" })).status).toBe(200);
    });

    test("a webhook is tried from the page: its answer is shown, and what it caused is followed to its end", async () => {
      const { id } = await make("Tried");
      await site().api("POST", `/data-layers/${id}/webhooks`, { name: "Storyblok" });
      const page = await open(`/layers/${id}/webhooks`);
      await page.getByText("Try it", { exact: true }).click();
      await page.getByRole("button", { name: "Send a test publish" }).click();
      await seen(page.getByText(/^Answered 200 in/));
      const steps = page.getByRole("list", { name: "From this publish to live" });
      await seen(steps.getByText("Arrived"));
      await seen(steps.locator("li.done").filter({ hasText: "Sync" }));
      await page.getByRole("link", { name: "The delivery" }).click();
      await seen(page.getByText("Unconfirmed", { exact: true }));
    });

    test("a webhook whose deliveries met the brake says so, since when, and how it ends", async () => {
      const { id } = await make("Braked");
      await site().api("POST", `/data-layers/${id}/webhooks`, { name: "Broken CMS" });
      const page = await open("/");
      await page.route(`**/data-layers/${id}/webhooks*`, async (route) => {
        const response = await route.fetch();
        const list = await response.json();
        const brake = {
          siteId: "site-of-the-brake",
          since: "2026-01-01T00:00:00.000Z",
          until: "2026-01-01T00:15:00.000Z",
        };
        const items = list.items.map((webhook: object) => ({ ...webhook, brake }));
        await route.fulfill({ response, json: { ...list, items } });
      });
      await page.goto(`${site().base}/layers/${id}/webhooks`);
      await seen(page.getByText(/Deliveries have come without a pause since .*, so builds wait longer and longer\./));
      const link = page.getByRole("link", { name: "Build the site now" });
      expect(await link.getAttribute("href")).toBe("/sites/site-of-the-brake");
    });

    test("a webhook is found also among more than fifty", async () => {
      const { id } = await make("Crowded");
      for (let i = 1; i <= 51; i += 1) await site().api("POST", `/data-layers/${id}/webhooks`, { name: `Sender ${i}` });
      const page = await open(`/layers/${id}/webhooks`);
      await seen(page.getByRole("heading", { name: "Sender 51", exact: true }));
      const oldest = page.getByRole("heading", { name: "Sender 1", exact: true });
      expect(await oldest.count()).toBe(0);
      await page.getByRole("button", { name: "Older webhooks" }).click();
      await seen(oldest);
      const { nextCursor } = await site().api<{ nextCursor: string }>("GET", `/data-layers/${id}/webhooks?limit=50`);
      const below = `/data-layers/${id}/webhooks?limit=50&cursor=${nextCursor}`;
      const { items } = await site().api<{ items: { ref: string; url: string }[] }>("GET", below);
      const [last] = items;
      const steps = await open(`/layers/${id}/connect?webhook=${last?.ref}`);
      await steps.getByRole("button", { name: "Reveal the URL" }).click();
      await seen(steps.getByText(String(last?.url)).first());
    });

    test("a webhook's URL is copied with one click, and shown only to a person who reveals it", async () => {
      const { id } = await make("Copied");
      const { url } = await site().api<{ url: string }>("POST", `/data-layers/${id}/webhooks`, { name: "Sanity" });
      const page = await open(`/layers/${id}/webhooks`);
      await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
      await page.getByRole("button", { name: "Copy the URL of Sanity" }).click();
      await seen(page.getByText("the URL of Sanity copied"));
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(url);
      await page.getByText("Try it", { exact: true }).click();
      expect(await page.content()).not.toContain(url);
      await page.getByRole("button", { name: "Reveal the URL of Sanity" }).click();
      await seen(page.getByText(url, { exact: true }));
      await page.getByRole("button", { name: "Hide the URL of Sanity" }).click();
      await gone(page.getByText(url, { exact: true }));
    });

    test("a webhook is renamed, given a new URL, deleted and restored; deleting the last one says that the default returns", async () => {
      const { id } = await make("Cared for");
      const { url } = await site().api<{ url: string }>("POST", `/data-layers/${id}/webhooks`, { name: "Ghost" });
      const page = await open(`/layers/${id}/webhooks`);
      await page.getByRole("button", { name: "Change Ghost" }).click();
      await page.getByRole("dialog").getByLabel("Name", { exact: true }).fill("Ghost blog");
      await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
      await seen(page.getByRole("heading", { name: "Ghost blog" }));

      await page.getByRole("button", { name: "Rotate URL of Ghost blog" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Rotate URL" }).click();
      await seen(page.getByText(/The old URL works until [A-Z][a-z]{2} \d/));
      expect(await page.getByText(url, { exact: true }).count()).toBe(0);

      await page.getByRole("button", { name: "Delete Ghost blog" }).click();
      const dialog = page.getByRole("dialog", { name: "Delete Ghost blog?" });
      await seen(dialog.getByText("Last delivery"));
      await seen(dialog.getByText(/so the default webhook, which needs no secret/));
      await dialog.getByRole("button", { name: "Keep it" }).click();
      await gone(dialog);
      await page.getByRole("button", { name: "Delete Ghost blog" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Delete webhook" }).click();
      await seen(page.getByText("Accepted", { exact: true }));
      await page.getByRole("button", { name: "Restore Ghost blog" }).click();
      await seen(page.getByText("The default webhook is off, because this layer has webhooks of its own."));
    });

    test("a webhook verifies requests when an admin says so, and accepts nothing else from then on", async () => {
      const { id } = await make("Proved");
      const { url } = await site().api<{ url: string }>("POST", `/data-layers/${id}/webhooks`, { name: "Kontent" });
      const page = await open(`/layers/${id}/webhooks`);
      await page.getByRole("button", { name: "Verification of Kontent" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Verification").selectOption("github");
      await dialog.getByLabel("Secret", { exact: true }).fill("short");
      await dialog.getByRole("button", { name: "Save" }).click();
      await seen(dialog.getByText("must have at least 8 characters").first());
      await dialog.getByLabel("Secret", { exact: true }).fill("long-enough-a-secret");
      await dialog.getByRole("button", { name: "Save" }).click();
      await seen(page.getByTitle("github").getByText("GitHub"));
      expect((await fetch(url, { method: "POST", body: "{}" })).status).toBe(401);
    });

    test("a webhook is connected to a CMS by steps that have its own URL in them", async () => {
      const { id } = await make("Connected");
      const { url } = await site().api<{ url: string }>("POST", `/data-layers/${id}/webhooks`, { name: "DatoCMS" });
      const page = await open(`/layers/${id}/connect`);
      // The webhook's name says which CMS it is for.
      const cms = page.getByLabel("Your CMS");
      await seen(page.getByRole("link", { name: "Activity" }));
      await expect.poll(() => cms.inputValue(), { timeout: 30_000 }).toBe("datocms");
      await page.getByLabel("Your CMS").selectOption({ label: "Contentful" });
      await page.reload();
      await expect.poll(() => cms.inputValue(), { timeout: 30_000 }).toBe("contentful");
      await page
        .getByRole("button", { name: /^Reveal / })
        .first()
        .click();
      await seen(page.getByText(url, { exact: false }));
      await page.getByLabel("Your CMS").selectOption({ label: "Another CMS" });
      await seen(page.getByText("Send a webhook on publish"));
    });

    test("a webhook hides its URL from members who only read", async () => {
      const { id } = await make("Hidden");
      const { url } = await site().api<{ url: string }>("POST", `/data-layers/${id}/webhooks`, { name: "Prismic" });
      const page = await open(`/layers/${id}/webhooks`, "Reviewer");
      await seen(page.getByText(/so only Owners and Developers see it/));
      expect(await page.content()).not.toContain(url);
    });
  });
});
