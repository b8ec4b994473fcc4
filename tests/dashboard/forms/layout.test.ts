import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { BrowserContext } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { dashboardTests } from "../dashboardTests.ts";
import { seen } from "../world.ts";

const SHOTS = fileURLToPath(new URL("../../../screenshots", import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RUN_AXE = `axe.run({ resultTypes: ["violations"] }).then(({ violations }) =>
  violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)].join(" ")))`;
const linesSchema = z.array(z.string());

const LONG = "A-name-without-spaces-that-is-exactly-as-long-as-eighty-letters-may-ever-be-here";
const RTL = "مدونة الشركة للأخبار والمقالات والإعلانات الرسمية للعملاء في جميع أنحاء العالم";
const CJK = "株式会社の公式ブログに関するお知らせと最新の記事の一覧とその他の情報をまとめたページです";

/** What reaches out of the page or of the panel around it. What scrolls by itself may be wider. */
const OVERFLOWS = `[
  ...(document.documentElement.scrollWidth > innerWidth ? ["the page is " + document.documentElement.scrollWidth] : []),
  ...[...document.querySelectorAll("body, .panel, .page-head, .notice, .form, .filters")].flatMap((around) => {
    const { left, right } = around.getBoundingClientRect();
    return [...around.querySelectorAll("*")]
      .filter((node) => node.closest(".hidden-text, thead, svg, .nav, .tabs, .timeline") === null)
      .filter((node) => {
        const box = node.getBoundingClientRect();
        return box.width > 1 && (box.right > right + 1 || box.left < left - 1);
      })
      .map((node) => node.outerHTML.slice(0, 160));
  }),
].slice(0, 10)`;

interface Lived {
  id: string;
  siteId: string;
  buildId: string;
  syncId: string;
  deliveryId: string;
}

const ROUTES = readFileSync(new URL("../../../src/dashboard/Pages.tsx", import.meta.url), "utf8");
/** The path of every page, so that no page can be forgotten. */
const pages = ["/", ...[...ROUTES.matchAll(/^ {2}"(\/[^"]+)": later/gm)].map(([, path = ""]) => path)];

/** The path of a page that is about what the test has made. Throws for a parameter that it does not know. */
const pathOf = (path: string, { id, siteId, buildId, syncId, deliveryId }: Lived): string => {
  const filled = path
    .replace("deliveries/:id", `deliveries/${deliveryId}`)
    .replace("syncs/:id", `syncs/${syncId}`)
    .replace(":layerId", id)
    .replace(":siteId", siteId)
    .replace(":buildId", buildId);
  if (filled.includes(":")) throw new Error(`the test knows no value for ${path}`);
  return filled;
};

/** The short words in a table's cells that a narrow column breaks over two lines. */
const BROKEN_WORDS = `[...document.querySelectorAll("table.cards td")].flatMap((cell) => {
  const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
  const broken = [];
  for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
    for (const { 0: word, index } of node.data.matchAll(/(?<!\\S)[\\p{L}\\p{N}]{2,10}(?![^\\s,.:])/gu)) {
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1) broken.push(word);
    }
  }
  return broken;
})`;

await dashboardTests(({ openIn, signIn, site }) => {
  describe("a page survives what people really enter", () => {
    const lived: Lived = { id: "", siteId: "", buildId: "", syncId: "", deliveryId: "" };
    let context: BrowserContext;

    /** What senders really send: a long topic, ids that no line breaks, and titles in any script. */
    const publish = async (url: string, entry: string, title: string): Promise<string> => {
      const sent = await fetch(`${url}?source=${"s".repeat(64)}`, {
        method: "POST",
        headers: {
          "content-type": "application/vnd.contentful.management.v1+json",
          "x-contentful-topic": "ContentManagement.Entry.publish",
          "user-agent": "Contentful-Webhooks/1.0 (+https://www.contentful.com/developers/docs/webhooks/overview)",
        },
        body: JSON.stringify({
          sys: { id: entry, contentType: { sys: { id: "pageLandingHeroBannerCarousel" } }, revision: 4 },
          fields: { title: { "en-US": title } },
        }),
      });
      return z.object({ deliveryId: z.string() }).parse(await sent.json()).deliveryId;
    };

    beforeAll(async () => {
      const { api, base } = site();
      const hook = (name: string): string => `${base}/demo/build_hooks/${name}`;
      const made = await api<{ id: string; connectedSites: { siteId: string }[] }>("POST", "/data-layers", {
        name: LONG,
        description: `${LONG} ${RTL} ${LONG}`,
        keepTitles: true,
        dataSources: [
          { slug: "s".repeat(64), name: LONG, url: `http://localhost:1/${"path".repeat(40)}`, settleSeconds: 0 },
          { slug: "probe", name: RTL, type: "probe", url: `http://localhost:1/${"p".repeat(90)}`, pick: `/${LONG}` },
        ],
        connectedSites: [
          { name: LONG, buildHook: hook("long"), pacing: { preset: "instant" } },
          { name: RTL, buildHook: hook("rtl"), pacing: { preset: "instant" } },
        ],
        notifications: [{ name: LONG, url: `http://localhost:1/${LONG}`, events: ["sync.failed", "build.failed"] }],
      });
      await api("POST", "/data-layers?sync=false", { name: RTL, description: CJK, dataSources: [] });
      await api("POST", "/data-layers?sync=false", { name: CJK, dataSources: [] });
      lived.id = made.id;
      lived.siteId = made.connectedSites[0]?.siteId ?? "";
      const { url } = await api<{ url: string }>("POST", `/data-layers/${made.id}/webhooks`, { name: LONG });
      await api("POST", `/data-layers/${made.id}/webhooks`, { name: RTL, id: "w".repeat(128) });
      await api("POST", `/data-layers/${made.id}/status-links`, { name: RTL });
      await api("POST", "/tokens", { name: LONG, role: "Developer", dataLayers: [made.id] });
      await publish(url, "5KsDBWseXY6QegucYAoacS", RTL);
      await publish(url, "e".repeat(120), LONG);
      lived.deliveryId = await publish(url, "5KsDBWseXY6QegucYAoacS", `${LONG}${LONG}`);
      lived.syncId = (await api<{ syncId: string }>("POST", `/data-layers/${made.id}/syncs`)).syncId;
      lived.buildId = (await api<{ id: string }>("POST", `/sites/${lived.siteId}/builds`)).id;
      context = await signIn("Owner");
      await context.addInitScript(axe);
    }, 60_000);

    test("every page of the dashboard is looked at", () => {
      expect(pages.length).toBeGreaterThan(18);
    });

    test.each(pages)(
      "a page with long names, real topics and any script fits every screen, and its tables break no short word: %s",
      async (name) => {
        const page = await openIn(context, pathOf(name, lived));
        await seen(page.getByRole("heading", { level: 1 }));
        await page.waitForLoadState("networkidle");
        await page.locator(".loading").first().waitFor({ state: "detached" });
        for (const details of await page.locator("main details").all()) {
          await details.evaluate((node) => node.setAttribute("open", ""));
        }
        for (const width of [390, 768, 1440]) {
          await page.setViewportSize({ width, height: 900 });
          expect(linesSchema.parse(await page.evaluate(OVERFLOWS)), `${name} ${width}`).toEqual([]);
          expect(linesSchema.parse(await page.evaluate(BROKEN_WORDS)), `${name} ${width}`).toEqual([]);
          if (process.env["LAYERHOOK_SCREENSHOTS"] === "all") {
            for (const colorScheme of ["light", "dark"] as const) {
              await page.emulateMedia({ colorScheme });
              await page.screenshot({
                path: `${SHOTS}/long-${name.replaceAll(/\W/g, "-")}-${width}-${colorScheme}.png`,
                fullPage: true,
              });
            }
          }
        }
        expect(linesSchema.parse(await page.evaluate(RUN_AXE)), name).toEqual([]);
      },
    );
  });
});
