import { expect, test } from "vitest";
import { dashboardTests } from "../dashboardTests.ts";
import { gone, seen } from "../world.ts";

await dashboardTests(({ open, site }) => {
  test("what a person typed is not lost by a link, by leaving the site, or by Escape or a press beside a dialog", async () => {
    const { id } = await site().api<{ id: string }>("POST", "/data-layers?sync=false", {
      name: "Kept",
      dataSources: [],
    });
    const page = await open(`/layers/${id}/settings`);
    const asked: string[] = [];
    let stays = true;
    page.on("dialog", async (dialog) => {
      asked.push(dialog.type());
      await (stays ? dialog.dismiss() : dialog.accept());
    });
    const description = page.getByLabel("Description");
    const layers = page.getByRole("navigation").getByRole("link", { name: "Layers" }).first();
    await description.fill("Typed");
    await layers.click();
    expect(asked).toEqual(["confirm"]);
    expect(await description.inputValue()).toBe("Typed");
    await page.getByRole("region", { name: "General" }).getByRole("button", { name: "Save" }).click();
    await seen(page.getByText("Saved."));
    await layers.click();
    await seen(page.getByRole("heading", { name: "Layers", level: 1 }));
    expect(asked).toEqual(["confirm"]);

    await page.goto(`${site().base}/layers/${id}/settings`);
    const saved = "**/api/v1/data-layers/*";
    await page.route(saved, (route) => (route.request().method() === "PATCH" ? route.abort() : route.continue()));
    await description.fill("Refused");
    await page.getByRole("region", { name: "General" }).getByRole("button", { name: "Save" }).click();
    await seen(page.getByRole("region", { name: "General" }).getByRole("alert"));
    await page.unroute(saved);
    await layers.click();
    expect(asked).toEqual(["confirm", "confirm"]);
    asked.pop();

    stays = false;
    await page.goto(`${site().base}/layers/${id}/settings`);
    stays = true;
    asked.splice(1);
    const connected = page.getByRole("combobox", { name: "Sites to build" });
    await connected.fill("Demo");
    await layers.click();
    await seen(page.getByRole("heading", { name: "Layers", level: 1 }));
    await page.goto(`${site().base}/layers/${id}/settings`);
    await connected.click();
    await page.getByRole("option").first().click();
    await layers.click();
    expect(asked).toEqual(["confirm", "confirm"]);
    stays = false;
    await page.goto(`${site().base}/layers/${id}/settings`);
    stays = true;
    asked.splice(1);
    const dialog = page.getByRole("dialog");
    await page.getByRole("button", { name: "Add a source" }).click();
    await seen(dialog);
    await page.mouse.click(5, 5);
    await gone(dialog);
    await page.getByRole("button", { name: "Add a source" }).click();
    await dialog.getByLabel("Name", { exact: true }).fill("Half");
    await page.mouse.click(5, 5);
    expect(await dialog.getByLabel("Name", { exact: true }).inputValue()).toBe("Half");
    for (const key of ["Escape", "Escape"]) await page.keyboard.press(key);
    await dialog.getByRole("button", { name: "Close" }).click();
    expect(asked).toEqual(["confirm", "confirm", "confirm", "confirm"]);
    expect(await dialog.getByLabel("Name", { exact: true }).inputValue()).toBe("Half");
    stays = false;
    await page.keyboard.press("Escape");
    await gone(dialog);
    stays = true;
    await page.getByRole("button", { name: "Add a source" }).click();
    await page.keyboard.press("Escape");
    await gone(dialog);
    await page.getByRole("button", { name: "Add a source" }).click();
    await dialog.getByLabel("Name", { exact: true }).fill("Half");
    asked.length = 0;
    stays = false;
    await page.goto(`${site().base}/`);
    expect(asked).toEqual(["beforeunload"]);
  });
});
