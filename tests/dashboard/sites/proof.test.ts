import { expect, test } from "vitest";
import { z } from "zod";
import { dashboardTests } from "../dashboardTests.ts";
import { seen } from "../world.ts";

const deliveredSchema = z.object({ deliveryId: z.string() });
const stageSchema = z.object({
  stage: z.string(),
  sites: z.array(z.object({ siteId: z.string(), build: z.object({ id: z.string() }).nullable() })),
});

await dashboardTests(({ open, site }) => {
  test("a build's page names what was published for it, and the delivery's page says what was seen on the site", async () => {
    const answer = await fetch(`${site().base}/hooks/data_layer/data_source/publish/demo-layer`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-contentful-topic": "ContentManagement.Entry.publish" },
      body: JSON.stringify({ sys: { id: "entry-43", contentType: { sys: { id: "blogPost" } } } }),
    });
    const { deliveryId } = deliveredSchema.parse(await answer.json());
    const delivery = async () =>
      stageSchema.parse(await site().api("GET", `/data-layers/demo-layer/deliveries/${deliveryId}`));
    await expect.poll(async () => (await delivery()).stage, { timeout: 60_000, interval: 500 }).toBe("live");
    const [built] = (await delivery()).sites;
    const page = await open(`/sites/${built?.siteId}/builds/${built?.build?.id}`);
    await seen(page.getByRole("heading", { name: "In this build: 1 publish" }));
    await seen(page.getByRole("region", { name: "On the site" }).getByText("This build", { exact: true }));
    await seen(page.getByRole("link", { name: /\/demo\/site\/\.well-known\/layerhook\.json$/ }));
    await page.getByRole("link", { name: /blogPost entry-43/ }).click();
    const pages = page.getByRole("region", { name: "Pages of Demo site" });
    await seen(pages.getByText("The deploy that was looked for"));
  });

  test("a publish that was refused today is found on one page among the publishes of all layers", async () => {
    const { id } = await site().api<{ id: string }>("POST", "/data-layers?sync=false", { name: "Signed" });
    const { url } = await site().api<{ url: string }>("POST", `/data-layers/${id}/webhooks`, {
      name: "GitHub",
      verification: { scheme: "github", secret: "a-secret-of-more-than-sixteen-characters" },
    });
    expect((await fetch(url, { method: "POST", body: "{}" })).status).toBe(401);
    const page = await open("/");
    await page.getByRole("link", { name: "What failed today?" }).click();
    await seen(page.getByRole("heading", { name: "Failed today" }));
    const row = page.getByRole("row").filter({ hasText: "Signed" });
    await seen(row.getByText("Refused", { exact: true }));
    await row.getByRole("link", { name: "GitHub" }).click();
    await seen(page.getByRole("heading", { name: "Delivery to GitHub" }));
  });
});
