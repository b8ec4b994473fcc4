import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { dashboardTests } from "../dashboardTests.ts";
import { seen } from "../world.ts";

/** How long one step of the page's clock is (ms). */
const STEP = 100;

/** What the page's requests are counted by. It runs in the page, before any script of the page. */
const countRequests = (): void => {
  const ask = fetch;
  const asked: string[] = [];
  let open = 0;
  globalThis.fetch = async (input, init) => {
    asked.push(new URL(String(input), location.href).pathname);
    open += 1;
    try {
      const answer = await ask(input, init);
      const { status, headers } = answer;
      const body = await answer.arrayBuffer();
      return new Response(status === 304 || status === 204 ? null : body, { status, headers });
    } finally {
      open -= 1;
    }
  };
  // The page's timers stand still, so that only a message tells that it has done what an answer makes it do.
  const turn = (): Promise<unknown> =>
    new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = resolve;
      port2.postMessage(null);
    });
  Object.assign(globalThis, {
    settleRequests: async (): Promise<string[]> => {
      do {
        await turn();
        await turn();
      } while (open > 0);
      return asked.splice(0);
    },
  });
};

/** Moves the page's clock so that each answer comes at the time at which it was asked for, and counts the requests. */
const watch = async (page: Page) => {
  const settle = async (): Promise<string[]> => z.array(z.string()).parse(await page.evaluate("settleRequests()"));
  await page.clock.pauseAt(Date.now() + 5000);
  await settle();
  return {
    settle,
    /** The requests of the API in so much time of the page (ms), which moves in steps. An answer comes at the end of its step. */
    async asks(ms: number, step = STEP): Promise<string[]> {
      const asked: string[] = [];
      for (let time = 0; time < ms; time += step) {
        await page.clock.runFor(step);
        asked.push(...(await settle()));
      }
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
        await context.addInitScript(countRequests);
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
      await context.addInitScript(countRequests);
      const page = await openIn(context, "/");
      await seen(page.getByRole("link", { name: "Demo layer" }));
      const { asks, settle } = await watch(page);
      await asks(2000);
      // On this machine a request costs nothing. The law of the schedule has the numbers of a deploy.
      expect((await asks(7000)).filter((path) => path.endsWith("/overview")).length).toBe(10);
      await page.clock.fastForward(6 * 60_000);
      await settle();
      expect(await asks(30_000, 1000)).toEqual(["/api/v1/overview"]);
      await page.evaluate(() => {
        Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "hidden" });
        document.dispatchEvent(new Event("visibilitychange"));
      });
      expect(await asks(60_000, 1000)).toEqual([]);
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
