import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { dashboardTests } from "../dashboard/dashboardTests.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/**
 * How CMSs frame a page, as docs/status.md says: Contentful's extensions in a sandbox without an origin; Sanity, Directus and
 * Storyblok's own development page without one; DatoCMS in a plugin's page, which is framed itself. Besides, a sandbox of
 * plugins with an origin of their own, and the strictest that runs scripts.
 */
const SANDBOXES = {
  contentful: "allow-scripts allow-popups allow-downloads allow-popups-to-escape-sandbox",
  plugin: "allow-scripts allow-same-origin allow-forms allow-popups",
  strict: "allow-scripts",
  sanityDirectusStoryblok: null,
} as const;
/** The frames with a status page: one for each sandbox, and that within DatoCMS' plugin. */
const FRAMES = Object.keys(SANDBOXES).length + 1;

const frame = (url: string, sandbox: string | null): string =>
  `<iframe src="${url}" title="Status"${sandbox === null ? "" : ` sandbox="${sandbox}"`} width="320" height="140"></iframe>`;

const htmlOf = (frames: string): string =>
  `<!doctype html><html lang="en"><title>CMS</title><link rel="icon" href="data:,"><body>${frames}</body></html>`;

/** Stands in for DatoCMS' plugin: a page of an origin of its own that frames what its query names. */
const plugin = createServer((request, response) => {
  const url = new URL(request.url ?? "", "http://plugin").searchParams.get("url") ?? "";
  response.setHeader("content-type", "text/html");
  response.end(htmlOf(frame(url, null)));
});
let pluginOrigin = "";

/** Stands in for a CMS: a page of another origin that frames what its query names, in each way. */
const cms = createServer((request, response) => {
  const url = new URL(request.url ?? "", "http://cms").searchParams.get("url") ?? "";
  const frames = Object.values(SANDBOXES).map((sandbox) => frame(url, sandbox));
  const nested = frame(`${pluginOrigin}/?url=${encodeURIComponent(url)}`, null);
  response.setHeader("content-type", "text/html");
  response.end(htmlOf([...frames, nested].join("")));
});
let origin = "";

const originOf = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the server has no port");
  return `http://127.0.0.1:${address.port}`;
};

await dashboardTests(({ site, signIn, openIn }) => {
  beforeAll(async () => {
    origin = await originOf(cms);
    pluginOrigin = await originOf(plugin);
  });
  afterAll(() => {
    cms.close();
    plugin.close();
  });

  /** A layer that builds the demo's site, with a status link. */
  const aLink = async (frameAncestors: readonly string[]) => {
    const layer = {
      name: "Private layer",
      connectedSites: [{ name: "Site", buildHook: `${site().base}/demo/build_hooks/x` }],
    };
    const { id, defaultWebhook } = await site().api<{ id: string; defaultWebhook: { url: string } }>(
      "POST",
      "/data-layers",
      layer,
    );
    const link = await site().api<{ url: string; badgeUrl: string }>("POST", `/data-layers/${id}/status-links`, {
      name: "Marketing blog",
      frameAncestors,
    });
    return { ...link, publishUrl: defaultWebhook.url };
  };

  test("a status page works in the sandboxed frames of CMSs, without cookies, and shows a change by itself", async () => {
    const { url, publishUrl } = await aLink([origin, pluginOrigin]);
    const context = await signIn(null);
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const troubles: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error") troubles.push(message.text());
    });
    await page.goto(`${origin}/?url=${encodeURIComponent(url)}`);
    const shown = () => page.frames().filter((one) => one.url().startsWith(url));
    const sentences = async () =>
      Promise.all(shown().map(async (one) => (await one.locator("main .now").textContent({ timeout: 5000 })) ?? ""));
    await expect.poll(sentences, { timeout: 20_000 }).toEqual(Array(FRAMES).fill("No publish has arrived yet."));
    await site().publish(publishUrl);
    await Promise.all(shown().map((one) => one.evaluate(() => document.dispatchEvent(new Event("visibilitychange")))));
    await expect
      .poll(async () => (await sentences()).every((text) => !text.startsWith("No publish")), { timeout: 40_000 })
      .toBe(true);
    expect(await context.cookies()).toEqual([]);
    expect(troubles).toEqual([]);
  });

  test.each([
    ["a frame of an origin that its link does not name", () => ["https://app.contentful.com"], FRAMES],
    ["a frame within a frame if its link names the outer origin alone", () => [origin], 1],
    ["a frame within a frame if its link names the inner origin alone", () => [pluginOrigin], FRAMES],
  ])("a status page is not shown in %s", async (_where, named, count) => {
    const { url } = await aLink(named());
    const context = await signIn(null);
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const refused: string[] = [];
    page.on("console", (message) => {
      if (/frame-ancestors/.test(message.text())) refused.push(message.text());
    });
    await page.goto(`${origin}/?url=${encodeURIComponent(url)}`);
    await expect.poll(() => refused.length, { timeout: 20_000 }).toBe(count);
  });

  test("a badge is shown on a page of another origin", async () => {
    const { badgeUrl } = await aLink([]);
    const context = await signIn(null);
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await page.goto(origin);
    const size = () =>
      page.evaluate(
        (source) =>
          new Promise<number[]>((resolve) => {
            const image = new Image();
            image.onload = () => resolve([image.naturalWidth, image.naturalHeight]);
            image.onerror = () => resolve([]);
            image.src = source;
          }),
        badgeUrl,
      );
    // A machine that does other things may answer 503 first.
    await expect.poll(size, { timeout: 20_000 }).toEqual([expect.any(Number), 20]);
  });

  test("a status page is accessible in both themes and fits a narrow frame", async () => {
    const { url } = await aLink([]);
    const context = await signIn(null);
    onTestFinished(() => context.close());
    await context.addInitScript(axe);
    const page = await openIn(context, new URL(url).pathname);
    for (const [width, colorScheme] of [
      [320, "dark"],
      [390, "light"],
    ] as const) {
      await page.setViewportSize({ width, height: 600 });
      await page.emulateMedia({ colorScheme });
      const violations = await page.evaluate(async () => {
        const found: { violations: { id: string }[] } = await Reflect.get(window, "axe").run();
        return found.violations.map(({ id }) => id);
      });
      expect({ width, violations }).toEqual({ width, violations: [] });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(wide).toBeLessThanOrEqual(0);
    }
  });
});
