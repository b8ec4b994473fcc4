import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import type { z } from "zod";
import {
  layerCreateSchema,
  layerPatchSchema,
  notificationInput,
} from "../../../src/contract/resources/layerSchemas.ts";
import { siteCreateSchema, sitePatchSchema } from "../../../src/contract/resources/siteSchemas.ts";
import { probeInput, sourceInput } from "../../../src/contract/resources/sourceSchemas.ts";
import { statusLinkCreateSchema } from "../../../src/contract/resources/statusLinkSchemas.ts";
import { tokenCreateSchema } from "../../../src/contract/resources/tokenSchemas.ts";
import { webhookCreateSchema, webhookPatchSchema } from "../../../src/contract/resources/webhookSchemas.ts";
import { dashboardTests } from "../dashboardTests.ts";
import { gone, seen } from "../world.ts";

/** Where a person sets a field of the API: its label, or `button:` and the name of the button that opens its form. */
type Places<S extends z.ZodObject> = { readonly [F in keyof S["shape"]]: string };

/** The places of a resource's fields. The compiler names a field of the API that has none. */
const placesOf = <S extends z.ZodObject>(_schema: S, places: Places<S>): readonly string[] => Object.values(places);

const layerSettings = {
  name: "Name",
  description: "Description",
  dataSources: "button:Add a source",
  connectedSites: "Sites to build",
  notifications: "button:Add a notification",
  cachePurge: "Cache tags",
  defaultWebhook: "button:Switch off",
  overdueMinutes: "Overdue after (minutes)",
  silentHours: "Silent after (hours)",
  quietHours: "Quiet hours",
  buildAfterConfiguration: "Also build the sites after a sync that a settings change started",
  keepTitles: "Store the titles of published entries (encrypted) and pass them to builds",
  live: "Page of a publish",
} as const;

const siteSettings = {
  name: "Name",
  pacing: "button:Save pacing",
  netlifySiteId: "Id at Netlify",
  branch: "Branch",
  clearCache: "Clear the build cache before every build (slower)",
  publicUrl: "Public URL",
  rebuildStale: "Build once more if a page does not show the published content",
} as const;

await dashboardTests(({ open, site }) => {
  const layer = (name: string, fields: object = {}): Promise<{ id: string }> =>
    site().api("POST", "/data-layers?sync=false", { name, dataSources: [], ...fields });
  const expectPlaces = async (page: Page, places: readonly string[], inDialog = false): Promise<void> => {
    const root = inDialog ? page.getByRole("dialog") : page;
    for (const place of places) {
      const isButton = place.startsWith("button:");
      const name = isButton ? place.slice("button:".length) : place;
      // The name of a panel may be that of its field.
      const field = root.getByLabel(name, { exact: true }).and(root.locator("input, select, textarea"));
      await seen(isButton ? root.getByRole("button", { name, exact: true }) : field);
    }
  };
  /** Opens a dialog, and every part of it that is folded. */
  const openDialog = async (page: Page, button: string): Promise<void> => {
    await page.getByRole("button", { name: button, exact: true }).click();
    const dialog = page.getByRole("dialog");
    await seen(dialog);
    for (const summary of await dialog.locator("summary").all()) await summary.click();
  };

  describe("every field that the API takes has a place in the dashboard", () => {
    test("every field of a layer is set in its settings, or by a button on its page", async () => {
      const { id } = await layer("Every field", {
        connectedSites: [{ name: "Every site", buildHook: `${site().base}/demo/build_hooks/every` }],
      });
      const page = await open(`/layers/${id}/settings`);
      const { paused, ...places } = { ...layerSettings, paused: "button:Pause" };
      expect(placesOf(layerPatchSchema, { ...places, paused })).toHaveLength(Object.keys(places).length + 1);
      await page.getByLabel("Page of a publish").fill("https://example.com/{a}");
      await expectPlaces(page, Object.values(places));
      await page.goto(`${site().base}/layers/${id}`);
      await expectPlaces(page, [paused]);
    });

    test("the fields of a new layer are in its form, or in the settings of the layer once it exists", async () => {
      const page = await open("/layers/new");
      await page.getByRole("radio", { name: /^Both/ }).check();
      await page.locator("summary").click();
      const { name, description, id, dataSources, connectedSites, ...later } = {
        ...layerSettings,
        id: "Id",
        dataSources: "Type",
        connectedSites: "Site to build",
        paused: "button:Pause",
      };
      const here = { name, description, id, dataSources, connectedSites };
      expect(placesOf(layerCreateSchema, { ...later, ...here }).length).toBeGreaterThan(10);
      await seen(page.getByLabel("Name", { exact: true }));
      await expectPlaces(page, [description, id, dataSources, connectedSites]);
    });

    test("every field of a job, of a probe and of a notification is in its dialog", async () => {
      const { id } = await layer("Every source");
      const page = await open(`/layers/${id}/settings`);
      await openDialog(page, "Add a source");
      const named = { slug: "Slug", name: "Name", url: "URL", type: "Type" };
      const [httpInput] = sourceInput.in.options;
      const job = placesOf(httpInput, {
        ...named,
        timeoutSeconds: "Timeout (seconds)",
        settleSeconds: "Delay before calling (seconds)",
      });
      await expectPlaces(page, job, true);
      await page.getByRole("dialog").getByLabel("Type").selectOption("probe");
      const probe = placesOf(probeInput, {
        ...named,
        headers: "button:Add a header",
        pick: "What to compare",
        checkEvery: "Check on a schedule",
      });
      await expectPlaces(page, probe, true);
      page.once("dialog", (question) => void question.accept());
      await page.keyboard.press("Escape");
      await gone(page.getByRole("dialog"));
      await openDialog(page, "Add a notification");
      const { id: _id, ...shown } = { id: "", name: "Name", url: "URL", events: "A build failed", format: "Format" };
      placesOf(notificationInput, { ...shown, id: "" });
      await expectPlaces(page, Object.values(shown), true);
    });

    test("every field of a webhook and of a status link is in one of its dialogs", async () => {
      const { id } = await layer("Every webhook");
      const { defaultWebhook } = await site().api<{ defaultWebhook: { url: string } }>("GET", `/data-layers/${id}`);
      await site().publish(defaultWebhook.url);
      const page = await open(`/layers/${id}/webhooks`);
      const dialog = page.getByRole("dialog");
      await openDialog(page, "Add a webhook");
      const { verification, only, strict, keepRequests, ...created } = {
        name: "Name",
        id: "Id",
        keepDefaultUntil: "Keep accepting the default webhook for 7 days",
        verification: "button:Verification of Own",
        only: "button:Conditions of Own",
        keepRequests: "Keep the requests of deliveries, encrypted",
        strict: "Refuse a delivery that names an unknown source, or whose body is too long to store",
      };
      placesOf(webhookCreateSchema, { ...created, verification, only, strict, keepRequests });
      await expectPlaces(page, Object.values(created), true);
      await dialog.getByLabel("Name").fill("Own");
      await dialog.getByRole("button", { name: "Create webhook" }).click();
      await gone(dialog);
      placesOf(webhookPatchSchema, { name: created.name, verification, only, strict, keepRequests });
      await expectPlaces(page, [verification, only]);
      await openDialog(page, "Change Own");
      await expectPlaces(page, [created.name, strict, keepRequests], true);
      await page.goto(`${site().base}/layers/${id}/settings`);
      await openDialog(page, "Add a status link");
      const link = placesOf(statusLinkCreateSchema, { name: "Name", frameAncestors: "Pages that may embed it" });
      await expectPlaces(page, link, true);
    });

    test("every field of a site and of a token is in its form", async () => {
      const buildHook = `${site().base}/demo/build_hooks/every-field`;
      const { id } = await site().api<{ id: string }>("POST", "/sites", { name: "Every field", buildHook });
      const page = await open(`/sites/${id}`);
      const hook = {
        buildHook: "Replace build hook",
        kind: "Another service builds this site, so the URL is not a Netlify build hook",
      };
      const places = placesOf(sitePatchSchema, { ...siteSettings, ...hook });
      placesOf(siteCreateSchema, { ...siteSettings, ...hook });
      await page.getByLabel(hook.buildHook).fill("https://example.com/hook");
      await expectPlaces(page, places);
      await page.goto(`${site().base}/tokens`);
      await openDialog(page, "Create token");
      const token = placesOf(tokenCreateSchema, {
        name: "Name",
        role: "Role",
        dataLayers: "Layers",
        expiresAt: "Expires after",
      });
      await expectPlaces(page, token, true);
    });
  });
});
