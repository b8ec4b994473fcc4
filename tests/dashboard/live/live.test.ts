import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { dashboardTests } from "../dashboardTests.ts";
import { seen } from "../world.ts";

/** How long one step of the page's clock is (ms). */
const STEP = 100;

/** Counts a page's requests, and moves its clock so that each answer comes at the time at which it was asked for. */
const watch = async (page: Page) => {
  let open = 0;
  let asked: string[] = [];
  page.on("request", (request) => {
    open += 1;
    asked.push(new URL(request.url()).pathname);
  });
  page.on("requestfinished", () => (open -= 1));
  page.on("requestfailed", () => (open -= 1));
  const settle = async (): Promise<void> => {
    // The page's timers stand still, so that only a message tells that it has done what an answer makes it do.
    const turn = () =>
      page.evaluate(
        () =>
          new Promise((resolve) => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = resolve;
            port2.postMessage(null);
          }),
      );
    do {
      await turn();
      await turn();
    } while (open > 0);
  };
  await page.clock.pauseAt(Date.now() + 5000);
  return {
    settle,
    /** The requests of the API in so much time of the page (ms). */
    async asks(ms: number): Promise<string[]> {
      await settle();
      asked = [];
      for (let time = 0; time < ms; time += STEP) {
        await page.clock.runFor(STEP);
        if (open > 0) await settle();
      }
      await settle();
      return asked.filter((path) => path.startsWith("/api/"));
    },
  };
};

await dashboardTests(({ site, signIn, openIn }) => {
  describe("a page that is live", () => {
    const make = (name: string) =>
      site().api<{ id: string; defaultWebhook: { url: string } }>("POST", "/data-layers?sync=false", { name });

    test.each(["activity", "layers", "deliveries"])(
      "a watched page shows a publish at its next look: %s",
      async (name) => {
        const { id, defaultWebhook } = await make(`Watched ${name}`);
        const context = await signIn("Owner");
        await context.clock.install();
        const page = await openIn(
          context,
          name === "layers" ? "/" : `/layers/${id}${name === "activity" ? "" : `/${name}`}`,
        );
        const row = page.getByRole("row", { name: `Watched ${name}` });
        const delivery = page.getByRole("row").filter({ hasText: /just now|ago/ });
        await seen(name === "layers" ? row : page.getByRole("heading", { name: `Watched ${name}` }));
        const { asks } = await watch(page);
        await asks(2000);
        await site().publish(defaultWebhook.url);
        await asks(700);
        await seen(name === "layers" ? row.locator('[data-label="Last delivery"] time') : delivery);
        await context.close();
      },
    );

    test("a page asks so often in a minute: watched, after minutes without a person, hidden, and when a person returns", async () => {
      const context = await signIn("Owner");
      await context.clock.install();
      const page = await openIn(context, "/");
      await seen(page.getByRole("link", { name: "Demo layer" }));
      const { asks, settle } = await watch(page);
      await asks(2000);
      // On this machine a request costs nothing. The law of the schedule has the numbers of a deploy.
      expect((await asks(7000)).filter((path) => path.endsWith("/overview")).length).toBe(10);
      await page.clock.fastForward(6 * 60_000);
      await settle();
      expect(await asks(30_000)).toEqual(["/api/v1/overview"]);
      await page.evaluate(() => {
        Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "hidden" });
        document.dispatchEvent(new Event("visibilitychange"));
      });
      expect(await asks(60_000)).toEqual([]);
      await page.evaluate(() => {
        Reflect.deleteProperty(document, "visibilityState");
        document.dispatchEvent(new Event("visibilitychange"));
      });
      expect((await asks(700)).filter((path) => path.endsWith("/overview")).length).toBeGreaterThanOrEqual(1);
      await page.clock.fastForward(6 * 60_000);
      await settle();
      await page.keyboard.press("Shift");
      expect((await asks(2100)).filter((path) => path.endsWith("/overview")).length).toBeGreaterThanOrEqual(3);
      await context.close();
    });
  });
});
