import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { BrowserContext, Page, Route } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { dashboardTests } from "./dashboardTests.ts";
import { LAYOUT_SHIFT_AT_MOST, shiftsOf, watchShifts } from "./layoutShift.ts";
import type { Site } from "./startSite.ts";
import { gone, seen } from "./world.ts";

const SHOTS = fileURLToPath(new URL("../../screenshots", import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const violationsSchema = z.array(z.object({ id: z.string(), nodes: z.array(z.object({ html: z.string() })) }));

const RUN_AXE = `axe.run({ resultTypes: ["violations"] }).then(({ violations }) => violations)`;

/**
 * Which screenshots to take. Empty: none. `all`: every width in both themes. Any other text: only the views tested by
 * default.
 */
const shots = process.env["LAYERHOOK_SCREENSHOTS"] ?? "";

/** Widths and themes to test: two of them, or all six with `all`. */
const views = [
  { width: 390, theme: "dark", always: true },
  { width: 390, theme: "light", always: false },
  { width: 768, theme: "dark", always: false },
  { width: 768, theme: "light", always: false },
  { width: 1440, theme: "dark", always: false },
  { width: 1440, theme: "light", always: true },
].filter(({ always }) => always || shots === "all");

/** Adds to the demo's data: layers in other states, a second site, a token, and the audit entries of these. */
const populate = async ({ api, base, publish }: Site): Promise<void> => {
  const make = (name: string, fields: object = {}) =>
    api<{ id: string; defaultWebhook: { url: string } }>("POST", "/data-layers?sync=false", {
      name,
      dataSources: [],
      ...fields,
    });
  const paused = await make("Resting", {
    connectedSites: [{ name: "Shop window", buildHook: `${base}/demo/build_hooks/shop` }],
  });
  await api("PATCH", `/data-layers/${paused.id}`, { paused: true });
  await publish(paused.defaultWebhook.url);
  const job = { slug: "gone", name: "Gone", type: "http", url: "http://localhost:1/job", settleSeconds: 0 };
  const chat = { name: "Chat", url: "http://localhost:1/chat", events: ["sync.failed"] };
  const failing = await make("Failing", { dataSources: [job], notifications: [chat] });
  await api("POST", `/data-layers/${failing.id}/webhooks`, { name: "Contentful" });
  await api("POST", `/data-layers/${failing.id}/syncs`);
  await api("DELETE", `/data-layers/${(await make("Ended")).id}`);
  await api("POST", "/data-layers/demo-layer/status-links", { name: "Blog" });
  await api("POST", "/tokens", { name: "Blog team", role: "Developer", dataLayers: [paused.id] });
};

interface Lived {
  twoSitesId: string;
  deliveryId: string;
  syncId: string;
  siteId: string;
  buildId: string;
}

const paths: Readonly<Record<string, (lived: Lived) => string>> = {
  layers: () => "/",
  "new-layer": () => "/layers/new",
  activity: () => "/layers/demo-layer",
  "two-sites": ({ twoSitesId }) => `/layers/${twoSitesId}`,
  deliveries: () => "/layers/demo-layer/deliveries",
  delivery: ({ deliveryId }) => `/layers/demo-layer/deliveries/${deliveryId}`,
  syncs: () => "/layers/demo-layer/syncs",
  sync: ({ syncId }) => `/layers/demo-layer/syncs/${syncId}`,
  webhooks: () => "/layers/demo-layer/webhooks",
  connect: () => "/layers/demo-layer/connect",
  "layer-settings": () => "/layers/demo-layer/settings",
  sites: () => "/sites",
  site: ({ siteId }) => `/sites/${siteId}`,
  build: ({ siteId, buildId }) => `/sites/${siteId}/builds/${buildId}`,
  usage: () => "/usage",
  "usage-of-a-site": ({ siteId }) => `/usage?of=${siteId}`,
  failed: () => "/failed",
  "set-up": () => "/layers/demo-layer/set-up",
  "timeline-of-a-day": () => "/layers/demo-layer?range=day",
  tokens: () => "/tokens",
  "audit-log": () => "/audit-log",
  configuration: () => "/configuration",
  setup: () => "/setup",
  "no-such-layer": () => "/layers/no-such-layer",
};

/** Dialogs: the page, the button that opens the dialog, and the label of the field or button that gets the focus. */
const DIALOGS = [
  ["webhooks", "Add a webhook", "Name"],
  ["webhooks", "Change Contentful", "Name"],
  ["webhooks", "Rotate URL of Contentful", "Accept the old URL"],
  ["webhooks", "Verification of Contentful", "Verification"],
  ["webhooks", "Conditions of Contentful", "Add a condition"],
  ["webhooks", "Delete Contentful", "Keep it"],
  ["settings", "Add a source", "Type"],
  ["settings", "Add a notification", "Name"],
  ["settings", "Add a status link", "Name"],
  ["settings", "Delete the layer", "Type the name to confirm: Opened"],
  ["/sites", "Add a site", "Name"],
  ["/tokens", "Create token", "Name"],
] as const;

/** Holds a page's requests of a kind. `sent` resolves to the first. */
const holdRequest = async (page: Page, method: string, path: string): Promise<{ readonly sent: Promise<Route> }> => {
  let take: (route: Route) => void = () => {};
  const sent = new Promise<Route>((resolve) => {
    take = resolve;
  });
  await page.route(path, (route) => (route.request().method() === method ? take(route) : route.fallback()));
  return { sent };
};

await dashboardTests(({ open, openIn, signIn, site }) => {
  const lived: Lived = { twoSitesId: "", deliveryId: "", syncId: "", siteId: "", buildId: "" };

  beforeAll(async () => {
    await populate(site());
    // What Contentful sends: a long topic without spaces, and an id that no line breaks.
    const sent = await fetch(`${site().base}/hooks/data_layer/data_source/publish/demo-layer`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-contentful-topic": "ContentManagement.Entry.publish" },
      body: JSON.stringify({
        sys: { id: "5KsDBWseXY6QegucYAoacS", contentType: { sys: { id: "landingPageSection" } } },
      }),
    });
    const answerSchema = z.object({ deliveryId: z.string() });
    lived.deliveryId = answerSchema.parse(await sent.json()).deliveryId;
    const hook = (name: string): string => `${site().base}/demo/build_hooks/${name}`;
    const twoSites = await site().api<{ id: string; defaultWebhook: { url: string } }>("POST", "/data-layers", {
      name: "A layer of two sites with a name that is much longer than most",
      connectedSites: [
        { name: "Shop", buildHook: hook("one"), pacing: { preset: "instant" } },
        {
          name: "A-site-whose-name-has-no-spaces-and-is-as-long-as-eighty-letters-may-be-and-more",
          buildHook: hook("two"),
        },
      ],
    });
    await site().publish(twoSites.defaultWebhook.url);
    lived.twoSitesId = twoSites.id;
    const { syncId } = await site().api<{ syncId: string }>("POST", "/data-layers/demo-layer/syncs");
    const { connectedSites } = await site().api<{ connectedSites: { siteId: string }[] }>(
      "GET",
      "/data-layers/demo-layer",
    );
    lived.syncId = syncId;
    lived.siteId = connectedSites[0]?.siteId ?? "";
    lived.buildId = (await site().api<{ id: string }>("POST", `/sites/${lived.siteId}/builds`)).id;
  });

  describe("every page is accessible in both themes, fits every screen and does not jump while it loads", () => {
    let context: BrowserContext;
    beforeAll(async () => {
      context = await signIn("Owner");
      await watchShifts(context);
    });

    test.each(Object.keys(paths))("an accessible page that fits every screen and does not jump: %s", async (name) => {
      const page = await openIn(context, "/icon.svg");
      for (const { width, theme } of views) {
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme: theme === "dark" ? "dark" : "light" });
        await page.goto(`${site().base}${paths[name]?.(lived) ?? "/"}`);
        await seen(page.getByRole("heading", { level: 1 }));
        await page.waitForLoadState("networkidle");
        await page.locator(".loading").first().waitFor({ state: "detached" });
        const { sum, moved } = await shiftsOf(page);
        expect(sum, `${width} ${moved.join("; ")}`).toBeLessThan(LAYOUT_SHIFT_AT_MOST);
        await page.evaluate(axe);
        expect(violationsSchema.parse(await page.evaluate(RUN_AXE)), `${width} ${theme}`).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
        if (shots !== "") await page.screenshot({ path: `${SHOTS}/${name}-${width}-${theme}.png`, fullPage: true });
      }
    });
  });

  describe("a dialog", () => {
    test("an accessible dialog opens with the focus in its first field, or on what changes nothing, and gives it back", async () => {
      const { id } = await site().api<{ id: string }>("POST", "/data-layers?sync=false", { name: "Opened" });
      await site().api("POST", `/data-layers/${id}/webhooks`, { name: "Contentful" });
      const page = await open("/");
      let opened = "";
      for (const [path, name, focused] of DIALOGS) {
        if (path !== opened) {
          await page.goto(`${site().base}${path.startsWith("/") ? path : `/layers/${id}/${path}`}`);
          await page.evaluate(axe);
          opened = path;
        }
        const button = page.getByRole("button", { name, exact: true });
        await button.click();
        const dialog = page.getByRole("dialog");
        await seen(dialog);
        const active = (): Promise<string | null> =>
          page.evaluate(() => {
            const { activeElement: at } = document;
            const label =
              at instanceof HTMLElement && at.id !== "" ? document.querySelector(`label[for="${at.id}"]`) : null;
            return (label ?? at)?.textContent?.trim() ?? null;
          });
        await expect.poll(active, { message: name }).toBe(focused);
        expect(violationsSchema.parse(await page.evaluate(RUN_AXE)), name).toEqual([]);
        await page.keyboard.press("Escape");
        await gone(dialog);
        await expect
          .poll(() => button.evaluate((node) => node === document.activeElement), { message: name })
          .toBe(true);
      }
    });

    test("a toast that comes while a dialog is open is announced and can be closed inside the dialog", async () => {
      const page = await open(`/sites/${lived.siteId}`);
      const dialog = page.getByRole("dialog");
      /** Requests a build, and lets the answer come while a dialog is open. */
      const answeredBeside = async (answer: (route: Route) => Promise<void>): Promise<void> => {
        const held = await holdRequest(page, "POST", "**/builds");
        await page.getByRole("button", { name: "Build now", exact: true }).click();
        const route = await held.sent;
        await page.getByRole("button", { name: "Build with options" }).click();
        await seen(dialog);
        await answer(route);
      };
      await answeredBeside((route) => route.fulfill({ status: 202, json: {} }));
      await seen(dialog.getByRole("status").getByText("Build requested."));
      await page.keyboard.press("Escape");
      await gone(dialog);
      await answeredBeside((route) => route.abort());
      await seen(dialog.getByRole("status").getByRole("alert"));
      await dialog.getByRole("status").getByRole("button", { name: "Close" }).click();
      await gone(dialog.getByRole("status").getByRole("alert"));
      await seen(dialog);
    });

    test("the button of a dialog that deletes says so while the request runs, and the page then says what was deleted", async () => {
      const { id } = await site().api<{ id: string }>("POST", "/data-layers?sync=false", { name: "Emptied" });
      await site().api("POST", `/data-layers/${id}/webhooks`, { name: "Contentful" });
      const page = await open(`/layers/${id}/webhooks`);
      const held = await holdRequest(page, "DELETE", "**/webhooks/*");
      await page.getByRole("button", { name: "Delete Contentful" }).click();
      await page.getByRole("button", { name: "Delete webhook" }).click();
      const route = await held.sent;
      await seen(page.getByRole("dialog").getByRole("button", { name: "Deleting…" }));
      await route.continue();
      await gone(page.getByRole("dialog"));
      await seen(page.getByRole("status").getByText("Contentful deleted. You can restore it for a day."));
    });
  });
});
