import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import type { Layer } from "../../src/dashboard/api/types.ts";
import { dashboardTests } from "./dashboardTests.ts";
import { gone, seen } from "./world.ts";

/** Sites, tokens, the audit log, the configuration. */
await dashboardTests(({ open, site }) => {
  describe("a site", () => {
    test("a site is added, paced, built at once, and deleted by its name", async () => {
      const page = await open("/sites");
      await page.getByRole("button", { name: "Add a site" }).click();
      await page.getByRole("dialog").getByLabel("Name").fill("Docs");
      await page
        .getByRole("dialog")
        .getByRole("textbox", { name: "Build hook" })
        .fill(`${site().base}/demo/build_hooks/demo-site`);
      await page.getByRole("dialog").getByRole("button", { name: "Add site" }).click();
      await seen(page.getByRole("heading", { name: "Docs", level: 1 }));
      await page.getByRole("radio", { name: /^Custom/ }).check();
      await page.getByLabel("Maximum builds a month").fill("10");
      await seen(page.getByText("150 credits a month at most."));
      await page.getByLabel("Quiet time (seconds)").fill("900");
      await page.getByLabel("Maximum wait (seconds)").fill("60");
      await page.getByRole("button", { name: "Save pacing" }).click();
      await seen(page.getByText("must not be shorter than quietSeconds").first());
      await page.getByLabel("Maximum wait (seconds)").fill("3600");
      await page.getByRole("button", { name: "Save pacing" }).click();
      await seen(page.getByText("Saved. The new pacing"));
      await page.getByRole("button", { name: "Build now" }).click();
      await seen(page.getByRole("table", { name: "Builds, newest first" }));
      await page.getByRole("table", { name: "Builds, newest first" }).getByRole("link").first().click();
      await seen(page.getByText("Started by Owner token").first());
      await page.getByRole("link", { name: "Docs", exact: true }).first().click();
      await page.getByRole("button", { name: "Connect deploy notifications" }).click();
      await seen(page.getByText("Copy both now, because they are shown only once."));
      await seen(page.getByText("URL to notify", { exact: true }));
      await seen(page.getByText("JWS secret token", { exact: true }));
      await seen(page.getByText("Netlify has sent no deploy notification yet."));
      await page.getByRole("button", { name: "Delete the site" }).click();
      await page.getByRole("dialog").getByLabel("Type the name to confirm: Docs").fill("Docs");
      await page.getByRole("dialog").getByRole("button", { name: "Delete the site" }).click();
      await seen(page.getByRole("heading", { name: "Sites", level: 1 }));
    });

    test("a site is built once from another branch and with a cleared cache, and the build says so", async () => {
      const buildHook = `${site().base}/demo/build_hooks/branches`;
      const { id } = await site().api<{ id: string }>("POST", "/sites", { name: "Branches", buildHook });
      const page = await open(`/sites/${id}`);
      await page.getByRole("button", { name: "Build with options" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Branch").fill("not a branch");
      await dialog.getByLabel("Clear the build cache").check();
      await dialog.getByRole("button", { name: "Build", exact: true }).click();
      await seen(dialog.getByText("must be the name of a Git branch, such as main or feature/search"));
      await dialog.getByLabel("Branch").fill("feature/search");
      await dialog.getByRole("button", { name: "Build", exact: true }).click();
      await gone(dialog);
      await page.getByRole("table", { name: "Builds, newest first" }).getByRole("link").first().click();
      await seen(page.getByText("feature/search", { exact: true }));
      await seen(page.getByText("Cleared", { exact: true }));
    });

    test("the test of a build hook says what it costs before it starts a build, and shows the answer", async () => {
      const buildHook = `${site().base}/demo/build_hooks/demo-site`;
      const { id } = await site().api<{ id: string }>("POST", "/sites", { name: "Tested", buildHook });
      const page = await open(`/sites/${id}`);
      await page.getByRole("button", { name: "Test the build hook" }).click();
      const dialog = page.getByRole("dialog");
      await seen(dialog.getByText("This starts a build. A build at Netlify costs 15 credits."));
      await dialog.getByRole("button", { name: "Start a build" }).click();
      await seen(page.getByText("The build hook accepted the request, and a build starts."));
    });

    test("a connected site is disconnected and deleted, once the dialog has named the layer", async () => {
      const buildHook = `${site().base}/demo/build_hooks/demo-site`;
      const connectedSites = [{ name: "Shop window", buildHook }];
      const layer = await site().api<Layer>("POST", "/data-layers", { name: "Shop", connectedSites });
      const siteId = layer.connectedSites[0]?.siteId ?? "";
      const page = await open(`/sites/${siteId}`);
      await page.getByRole("button", { name: "Delete the site" }).click();
      const dialog = page.getByRole("dialog");
      await seen(dialog.getByText("1 layer connects this site."));
      await seen(dialog.getByRole("link", { name: "Shop" }));
      await dialog.getByLabel("Type the name to confirm: Shop window").fill("Shop window");
      await dialog.getByRole("button", { name: "Disconnect and delete" }).click();
      await seen(page.getByRole("heading", { name: "Sites", level: 1 }));
      expect((await site().api<Layer>("GET", `/data-layers/${layer.id}`)).connectedSites).toEqual([]);
    });

    test("a deleted site is shown in the settings of the layer that lost it, and can be removed", async () => {
      const layer = await site().api<Layer>("POST", "/data-layers", { name: "Archive", connectedSites: [] });
      const page = await open(`/layers/${layer.id}/settings`);
      // The API's answer after a lost race: the layer names a site that no longer exists.
      await page.route(`**/api/v1/data-layers/${layer.id}`, async (call) => {
        const answer = await call.fetch();
        const connectedSites = [{ siteId: "site-gone", missing: true }];
        await call.fulfill({ response: answer, json: { ...(await answer.json()), connectedSites } });
      });
      await page.reload();
      await seen(page.getByText(/^site-gone \(deleted/));
      await page.getByRole("button", { name: /^Remove site-gone/ }).click();
      await gone(page.getByText(/^site-gone \(deleted/));
      expect(
        await page
          .getByRole("combobox", { name: "Sites to build" })
          .evaluate((node) => node === document.activeElement),
      ).toBe(true);
    });

    test("a site and all others are shown with the month's usage in credits", async () => {
      const page = await open("/sites");
      await seen(page.getByRole("heading", { name: "Credits of this month" }));
      await seen(page.getByText(/of 300 credits are used/).first());
    });
  });

  describe("a token", () => {
    test("a token is created, shown once, and refused from the moment it is deleted", async () => {
      const page = await open("/tokens");
      await page.getByRole("button", { name: "Create token" }).click();
      await page.getByRole("dialog").getByLabel("Name").fill("Blog team");
      await page.getByRole("combobox", { name: "Layers" }).fill("demo");
      await page.getByRole("option", { name: "Demo layer" }).click();
      await seen(page.getByRole("dialog").getByRole("button", { name: "Remove Demo layer" }));
      await page.getByRole("dialog").getByRole("button", { name: "Create token" }).click();
      await seen(page.getByText("because it is shown only once"));
      const token = await page.locator(".code pre").first().innerText();
      const session = (): Promise<Response> =>
        fetch(`${site().base}/api/v1/session`, { headers: { authorization: `Bearer ${token}` } });
      expect((await session()).status).toBe(200);
      await page.getByRole("button", { name: "Done" }).click();
      expect(await page.content()).not.toContain(token);
      await page.getByRole("button", { name: "Delete Blog team" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Delete token" }).click();
      await gone(page.getByRole("button", { name: "Delete Blog team" }));
      expect((await session()).status).toBe(401);
    });
  });

  test("one layer among many is found by its name, and the button of a long dialog stays in reach", async () => {
    for (let number = 1; number <= 60; number += 1) {
      await site().api("POST", "/data-layers?sync=false", { name: `Chosen ${number}`, dataSources: [] });
    }
    const page = await open("/tokens");
    await page.getByRole("button", { name: "Create token" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("Two layers");
    const layers = dialog.getByRole("combobox", { name: "Layers" });
    await layers.click();
    await seen(page.getByText(/^Type to find \d+ more\.$/));
    await layers.fill("chosen 47");
    await page.keyboard.press("Enter");
    await seen(dialog.getByRole("button", { name: "Remove Chosen 47" }));
    expect(await layers.inputValue()).toBe("");
    await layers.fill("chosen 12");
    await page.keyboard.press("Enter");
    await layers.fill("nothing has this name");
    await seen(page.getByText("Nothing has this name."));
    await page.keyboard.press("Escape");
    await dialog.getByRole("button", { name: "Remove Chosen 47" }).click();
    await seen(dialog.getByRole("button", { name: "Create token" }));
    expect(
      await dialog.getByRole("button", { name: "Create token" }).evaluate((node) => {
        const { top, bottom } = node.getBoundingClientRect();
        return top >= 0 && bottom <= innerHeight;
      }),
    ).toBe(true);
    await dialog.getByRole("button", { name: "Create token" }).click();
    await seen(page.getByText("because it is shown only once"));
    await seen(page.getByRole("row", { name: /Two layers/ }).getByText("Chosen 12", { exact: true }));
  });

  describe("the audit log", () => {
    test("the audit log says who did what, is narrowed by filters, and is exported as it is narrowed", async () => {
      await site().api("POST", "/data-layers?sync=false", { name: "Audited", dataSources: [] });
      const page = await open("/audit-log");
      await seen(page.getByRole("table").getByText("Audited"));
      await page.getByLabel("What").selectOption("data_layer.created");
      await gone(page.getByRole("table").getByText("Webhook created"));
      await page.getByLabel("Who").fill("nobody@example.com");
      await seen(page.getByText("No matching entries"));
      await page.getByLabel("Who").fill("own");
      await seen(page.getByRole("table").getByText("Audited"));
      await page.reload();
      await seen(page.getByRole("table").getByText("Audited"));
      expect(await page.getByLabel("Who").inputValue()).toBe("own");
      await page.getByLabel("What").selectOption("site.updated");
      await seen(page.getByText("Changed: Deploy notifications"));
      await page.getByLabel("What").selectOption("data_layer.created");
      await seen(page.getByRole("table").getByText("Audited"));
      const downloading = page.waitForEvent("download");
      await page.getByRole("link", { name: "Export" }).click();
      const lines = (await readFile(await (await downloading).path(), "utf8")).trim().split("\n");
      expect(new Set(lines.map((line) => JSON.parse(line).action))).toEqual(new Set(["data_layer.created"]));
    });
  });

  describe("the configuration", () => {
    test("the configuration is exported, and imported only after its changes were shown", async () => {
      await site().api("POST", "/data-layers?sync=false", { name: "Before", dataSources: [] });
      const page = await open("/configuration");
      const downloading = page.waitForEvent("download");
      await page.getByRole("link", { name: "Without secrets" }).click();
      const path = await (await downloading).path();
      const text = await readFile(path, "utf8");
      expect(text).not.toContain("whsec_");
      await page.getByLabel("Configuration", { exact: true }).fill("{ not json");
      await page.getByRole("button", { name: "Preview changes" }).click();
      await seen(page.getByRole("alert").first());
      await page.getByLabel("Configuration", { exact: true }).fill(" ".repeat(1_048_577));
      await seen(page.getByText("This document is larger than 1 MB"));
      expect(await page.getByRole("button", { name: "Preview changes" }).isDisabled()).toBe(true);
      await page.getByLabel("Configuration", { exact: true }).fill(text.replace('"Before"', '"After"'));
      await page.getByRole("button", { name: "Preview changes" }).click();
      await seen(page.getByText("Update layer “After”: name"));
      await page.getByRole("button", { name: "Apply" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Apply" }).click();
      await seen(page.getByText(/^Applied: 0 created, 1 updated, 0 deleted/));
      await page.getByRole("link", { name: "Layers" }).click();
      await seen(page.getByRole("link", { name: "After" }));
    });
  });
});
