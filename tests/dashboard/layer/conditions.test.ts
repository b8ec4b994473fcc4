import { describe, expect, test } from "vitest";
import { conditionOf, rowOf } from "../../../src/dashboard/components/webhook/conditionRows.ts";
import { dashboardTests } from "../dashboardTests.ts";
import { gone, seen } from "../world.ts";

describe("a condition as a row of a form", () => {
  test.each([
    [{ header: "x-topic", in: ["Entry.publish", "Entry.unpublish"] }],
    [{ query: "event", startsWith: ["publish"] }],
    [{ bodyPath: "sys.type", not: { in: ["Asset"] } }],
    [{ bodyPath: "items.*.type", not: { startsWith: ["draft", "test"] } }],
    [{ bodyPath: "published", exists: true }],
    [{ header: "x-test", absent: true }],
  ])("a condition of every kind goes into a form and comes out unchanged: %j", (condition) => {
    expect(conditionOf(rowOf(condition))).toEqual(condition);
  });
});

await dashboardTests(({ open, site }) => {
  test("a webhook's conditions are tried on the last deliveries before a person saves them", async () => {
    const { id } = await site().api<{ id: string }>("POST", "/data-layers?sync=false", {
      name: "Chosen",
      dataSources: [],
    });
    const { url } = await site().api<{ url: string }>("POST", `/data-layers/${id}/webhooks`, { name: "Directus" });
    await site().publish(url, { event: "create", collection: "articles", key: "1" });
    await site().publish(url, { event: "create", collection: "drafts", key: "2" });
    const page = await open(`/layers/${id}/webhooks`);
    await page.getByRole("button", { name: "Conditions of Directus" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Add a condition" }).click();
    await dialog.getByLabel("Place").selectOption("bodyPath");
    await dialog.getByLabel("Name").fill("$.collection");
    await dialog.getByLabel("Values").fill("articles");
    await dialog.getByRole("button", { name: "Try on the last deliveries" }).click();
    await seen(dialog.getByText(/without \$ or \/ at the beginning/));
    await dialog.getByLabel("Name").fill("collection");
    await dialog.getByRole("button", { name: "Try on the last deliveries" }).click();
    await seen(dialog.getByText("1 of the last 2 deliveries would count."));
    await seen(dialog.getByText(/does not count\. .*drafts/));
    if (process.env["LAYERHOOK_SCREENSHOTS"] === "all") await page.screenshot({ path: "screenshots/conditions.png" });
    await dialog.getByRole("button", { name: "Save" }).click();
    await gone(dialog);
    await seen(page.getByText("1 condition", { exact: true }));
    const { items } = await site().api<{ items: { only: object[] }[] }>("GET", `/data-layers/${id}/webhooks`);
    expect(items[0]?.only).toEqual([{ bodyPath: "collection", in: ["articles"] }]);
    await page.getByRole("button", { name: "Conditions of Directus" }).click();
    expect(await dialog.getByLabel("Values").inputValue()).toBe("articles");
    await dialog.getByRole("button", { name: "Remove condition 1" }).click();
    await dialog.getByRole("button", { name: "Save" }).click();
    await seen(page.getByText("Every delivery", { exact: true }));
  });
});
