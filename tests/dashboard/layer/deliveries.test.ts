import { describe, expect, test } from "vitest";
import { z } from "zod";
import { dashboardTests } from "../dashboardTests.ts";
import { gone, seen } from "../world.ts";

/** What arrived: its list, its own page, and sending it again. */
await dashboardTests(({ open, site }) => {
  const make = (name: string, fields: object = {}): Promise<{ id: string; defaultWebhook: { url: string } }> =>
    site().api("POST", "/data-layers?sync=false", { name, dataSources: [], ...fields });
  const hook = (name: string): string => `${site().base}/demo/build_hooks/${name}`;

  describe("a delivery", () => {
    test("a delivery is shown with its outcome and what covers it, and is found by filters", async () => {
      const { id, defaultWebhook } = await make("Logged");
      await site().publish(defaultWebhook.url, { event: "entry.publish", model: "article" });
      const page = await open(`/layers/${id}/deliveries`);
      await seen(page.getByRole("table").getByText("Queued"));
      await page.getByLabel("Outcome").selectOption("refused");
      await seen(page.getByText("No matching deliveries"));
      await page.getByRole("button", { name: "Show all" }).click();
      await page
        .getByRole("table")
        .getByRole("link", { name: /^Sync of / })
        .click();
      await seen(page.getByRole("heading", { name: "Summary" }));
      const publishes = page.getByRole("region", { name: "Publishes in this sync" });
      await seen(publishes.getByText("Queued"));
    });

    test("a delivery is found by the server among more than fifty, and Back keeps the filters, which the URL has", async () => {
      const { id, defaultWebhook } = await make("Crowded log");
      const send = (key: number): Promise<void> =>
        site().publish(defaultWebhook.url, { event: "create", collection: "articles", key: `entry-${key}` });
      await send(1);
      for (let key = 2; key <= 56; key += 1) await send(key);
      const page = await open(`/layers/${id}/deliveries`);
      const rows = page.getByRole("table").getByRole("row");
      await seen(page.getByText("The newest 50 deliveries"));
      await page.getByLabel("Search").fill("ENTRY-1");
      await expect.poll(() => page.url()).toContain("q=ENTRY-1");
      await seen(page.getByText("11 deliveries"));
      await page.getByLabel("Outcome").selectOption("queued");
      await expect.poll(() => rows.count()).toBeLessThan(12);
      await page.getByLabel("Outcome").selectOption("");
      await page.getByRole("link", { name: "create: articles entry-1", exact: true }).click();
      await seen(page.getByRole("heading", { name: "articles entry-1", level: 1 }));
      await page.goBack();
      expect(await page.getByLabel("Search").inputValue()).toBe("ENTRY-1");
      await seen(page.getByText("11 deliveries"));
      await page.reload();
      await seen(page.getByText("11 deliveries"));
      await page.getByLabel("From").fill("2020-01-01");
      await page.getByLabel("Until").fill("2020-01-02");
      await seen(page.getByText("No matching deliveries"));
      await page.getByRole("button", { name: "Show all" }).click();
      await seen(page.getByText("The newest 50 deliveries"));
      expect(new URL(page.url()).search).toBe("");
    });

    test("a delivery that is live but not on its page is not shown as live, neither in the list nor alone", async () => {
      const { id, defaultWebhook } = await make("Old page");
      await site().publish(defaultWebhook.url, { event: "create", collection: "articles", key: "old" });
      const stale = { stage: "live", reason: "The deploy is live, but the page does not show this publish yet." };
      const listSchema = z.looseObject({ items: z.array(z.looseObject({ id: z.string() })) });
      const path = `/data-layers/${id}/deliveries`;
      await expect
        .poll(async () => listSchema.parse(await site().api("GET", path)).items.length, { timeout: 20_000 })
        .toBe(1);
      const list = listSchema.parse(await site().api("GET", path));
      const [{ id: deliveryId } = { id: "" }] = list.items;
      const alone = await site().api<object>("GET", `${path}/${deliveryId}`);
      const page = await open("/");
      await page.route(`**/api/v1${path}**`, (route) =>
        route.fulfill({
          json: route.request().url().includes(deliveryId)
            ? { ...alone, ...stale }
            : { ...list, items: list.items.map((one) => ({ ...one, ...stale })) },
        }),
      );
      await page.goto(`${site().base}/layers/${id}/deliveries`);
      await seen(page.getByRole("table").getByText("Not on the page"));
      expect(await page.getByRole("table").getByText("Live", { exact: true }).count()).toBe(0);
      await page.getByRole("link", { name: "create: articles old", exact: true }).click();
      await seen(page.getByText("Not on the page", { exact: true }).first());
    });

    test("a layer without sources shows the label that a sender gave, and finds deliveries by it", async () => {
      const { id, defaultWebhook } = await make("Labelled");
      await site().publish(`${defaultWebhook.url}?source=bl%20og`, {
        event: "create",
        collection: "articles",
        key: "1",
      });
      await site().publish(`${defaultWebhook.url}?source=shop`, { event: "create", collection: "goods", key: "2" });
      const page = await open(`/layers/${id}/deliveries?source=bl%20og`);
      await seen(page.getByRole("table").getByText("Source: bl og"));
      await gone(page.getByRole("table").getByText("goods 2"));
      expect(await page.getByLabel("Source").inputValue()).toBe("bl og");
      await page.getByLabel("Source").fill("shop");
      await seen(page.getByRole("table").getByText("goods 2"));
      await gone(page.getByRole("table").getByText("articles 1"));
    });

    test("a refused delivery says why and what to do", async () => {
      const { id } = await make("Refusing");
      const { url } = await site().api<{ url: string }>("POST", `/data-layers/${id}/webhooks`, {
        name: "Signed",
        verification: { scheme: "github", secret: "a-secret-of-the-sender" },
      });
      expect((await fetch(url, { method: "POST", body: "{}" })).status).toBe(401);
      const page = await open(`/layers/${id}/deliveries`);
      await seen(page.getByText("SIGNATURE_MISSING"));
      await seen(page.getByText(/Turn on signing in the CMS/));
    });

    test("a missing delivery is searched: the page shows who still calls what does not work any more", async () => {
      const { id, defaultWebhook } = await make("Silent");
      await site().api("POST", `/data-layers/${id}/webhooks`, { name: "New" });
      expect((await fetch(defaultWebhook.url, { method: "POST" })).status).toBe(401);
      // The site records the call after it has answered.
      const noted = (): Promise<{ calledInVain: unknown[] }> => site().api("GET", `/data-layers/${id}/webhooks`);
      await expect.poll(async () => (await noted()).calledInVain.length, { timeout: 30_000 }).toBe(1);
      const page = await open(`/layers/${id}/deliveries`);
      await seen(page.getByText("A sender still calls the default webhook, which is off"));
      await seen(page.getByText("No deliveries yet"));
    });

    test("a delivery has its own page: its exact time, its answer, and its way to the site", async () => {
      const { id, defaultWebhook } = await make("Followed", {
        connectedSites: [{ name: "Followed site", buildHook: hook("followed") }],
      });
      await site().publish(defaultWebhook.url, { event: "create", collection: "articles", key: "57" });
      const list = await open(`/layers/${id}/deliveries`);
      await list.getByRole("table").getByRole("link", { name: "create: articles 57" }).click();
      await seen(list.getByRole("heading", { name: "articles 57", level: 1 }));
      const chain = list.getByRole("list", { name: "From publish to live" });
      await seen(chain.getByText("Arrived"));
      await seen(chain.getByText("No sources"));
      await seen(list.getByRole("region", { name: "Request" }).getByText(/\d{4}.*\d:\d\d:\d\d/));
      await seen(list.getByRole("region", { name: "Answer" }).getByText("200", { exact: true }));
      await seen(chain.getByText("Waiting"));
      await seen(chain.getByText("The build starts when no one has published for a while."));
      const layer = await site().api<{ connectedSites: { siteId: string }[] }>("GET", `/data-layers/${id}`);
      const siteId = layer.connectedSites[0]?.siteId;
      await site().api("POST", `/sites/${siteId}/builds`);
      await list.reload();
      await seen(chain.getByRole("link", { name: "Connect deploy notifications" }));
      await chain.getByRole("link", { name: "Builds" }).click();
      await seen(list.getByRole("heading", { name: /^Build of / }));
    });

    test("a delivery is sent again after a person confirms it, and the sync that follows opens", async () => {
      const { id, defaultWebhook } = await make("Repeated");
      await site().publish(defaultWebhook.url, { event: "entry.publish", model: "article" });
      const { items } = await site().api<{ items: { id: string }[] }>("GET", `/data-layers/${id}/deliveries`);
      const page = await open(`/layers/${id}/deliveries/${items[0]?.id}`);
      await page.getByRole("button", { name: "Send again" }).click();
      const dialog = page.getByRole("dialog", { name: "Send this publish again?" });
      await seen(dialog.getByText(/Each build at Netlify costs 15 credits/));
      await dialog.getByRole("button", { name: "Cancel" }).click();
      await gone(dialog);
      await page.getByRole("button", { name: "Send again" }).click();
      await dialog.getByRole("button", { name: "Send again" }).click();
      await seen(page.getByRole("heading", { name: "Summary" }));
      await seen(page.getByText("Started by Owner token"));
    });

    test("a delivery that was refused shows the refusal in its chain, and cannot be sent again", async () => {
      const { id } = await make("Turned away");
      const verification = { scheme: "github", secret: "a-secret-of-the-sender" };
      const signed = { name: "Signed", verification };
      const { url } = await site().api<{ url: string }>("POST", `/data-layers/${id}/webhooks`, signed);
      expect((await fetch(url, { method: "POST", body: "{}" })).status).toBe(401);
      const logged = (): Promise<{ items: { id: string }[] }> => site().api("GET", `/data-layers/${id}/deliveries`);
      await expect.poll(async () => (await logged()).items.length).toBe(1);
      const page = await open(`/layers/${id}/deliveries/${(await logged()).items[0]?.id}`);
      await seen(page.getByRole("heading", { name: "Delivery to Signed", level: 1 }));
      await seen(page.getByRole("list", { name: "From publish to live" }).getByText("Refused"));
      await seen(page.getByRole("region", { name: "Answer" }).getByText("SIGNATURE_MISSING"));
      expect(await page.getByRole("button", { name: "Send again" }).count()).toBe(0);
    });
  });
});
