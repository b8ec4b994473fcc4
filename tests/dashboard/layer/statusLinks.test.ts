import { expect, test } from "vitest";
import { dashboardTests } from "../dashboardTests.ts";
import { gone, seen } from "../world.ts";

await dashboardTests(({ open, site }) => {
  const make = (name: string): Promise<{ id: string }> =>
    site().api("POST", "/data-layers?sync=false", { name, dataSources: [] });

  test("a status link is created, opened, copied as embed code and deleted in the layer's settings", async () => {
    const { id } = await make("Linked");
    const page = await open(`/layers/${id}/settings`);
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    const panel = page.getByRole("region", { name: "Status links" });
    await seen(panel.getByText("No status links."));
    await panel.getByRole("button", { name: "Add a status link" }).click();
    const dialog = page.getByRole("dialog", { name: "Add a status link" });
    await dialog.getByLabel("Name").fill("For editors");
    await dialog.getByLabel("Pages that may embed it").fill("https://app.contentful.com\nstudio.example.com");
    await dialog.getByRole("button", { name: "Create status link" }).click();
    await seen(dialog.getByText(/^studio\.example\.com: must be a scheme and a host/i));
    await dialog.getByLabel("Pages that may embed it").fill("https://app.contentful.com");
    await dialog.getByRole("button", { name: "Create status link" }).click();
    await gone(dialog);
    await seen(panel.getByText(/https:\/\/app\.contentful\.com may embed it\./));
    await panel.getByText("URLs and embed code").click();
    const url = await panel.getByRole("link", { name: "Open the status page" }).getAttribute("href");
    expect(await (await fetch(String(url))).text()).toContain("For editors");
    await panel.getByRole("button", { name: "Copy the embed code of For editors" }).click();
    await seen(page.getByText("the embed code of For editors copied"));
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(`<iframe src="${url}"`);
    await panel.getByRole("button", { name: "Delete For editors" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete status link" }).click();
    await seen(panel.getByText("No status links."));
    expect((await site().api<{ items: unknown[] }>("GET", `/data-layers/${id}/status-links`)).items).toEqual([]);
  });

  test("a status link hides its URLs from members who only read", async () => {
    const { id } = await make("Read only");
    const { url } = await site().api<{ url: string }>("POST", `/data-layers/${id}/status-links`, { name: "Hidden" });
    const page = await open(`/layers/${id}/settings`, "Reviewer");
    await seen(page.getByText("Only Owners and Developers see its URLs."));
    expect(await page.content()).not.toContain(url);
  });
});
