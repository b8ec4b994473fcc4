import { describe, expect, test } from "vitest";
import { dashboardTests } from "./dashboardTests.ts";
import { tokens } from "./startSite.ts";
import { gone, seen } from "./world.ts";

/** Signing in, sessions, and what members without a role or a connection see. */
await dashboardTests(({ open, site }) => {
  describe("whoever comes", () => {
    test("a visitor signs in with a token, which is stored nowhere in the browser, stays after a reload, and signs out", async () => {
      const page = await open("/sites", null);
      await seen(page.getByRole("heading", { name: "Sign in" }));
      expect(await page.getByText("A Netlify token opens your whole team").count()).toBe(1);
      // The field has the focus, so that a person can paste at once.
      await page.keyboard.type("wrong-token");
      await page.keyboard.press("Enter");
      await seen(page.getByRole("alert").getByText("This token is not valid."));
      expect(await page.getByRole("alert").textContent()).not.toContain("Authorization");
      await page.getByLabel("Show the token").check();
      expect(await page.getByLabel("Token", { exact: true }).getAttribute("type")).toBe("text");
      await page.getByLabel("Token", { exact: true }).fill(tokens.Owner);
      await page.getByRole("button", { name: "Sign in" }).click();
      await seen(page.getByRole("heading", { name: "Sites", exact: true }));
      const kept = await page.evaluate(() =>
        JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
      );
      expect(kept).not.toContain(tokens.Owner);
      expect(JSON.stringify(await page.context().cookies())).not.toContain(tokens.Owner);
      await page.reload();
      await seen(page.getByRole("heading", { name: "Sites", exact: true }));
      const signOut = async (): Promise<void> => {
        await page.getByRole("button", { name: /^Account/ }).click();
        await page.getByRole("menuitem", { name: "Sign out" }).click();
      };
      await page.route("**/api/v1/session", (route) => route.abort());
      await signOut();
      await seen(page.getByText("The site did not answer, so nothing may have happened."));
      await page.unroute("**/api/v1/session");
      await signOut();
      await seen(page.getByText("You are signed out."));
    });

    test("a first view asks for the session and its data at once, before its script is loaded", async () => {
      const page = await open("/", null);
      await page.context().request.post(`${site().base}/api/v1/session`, {
        headers: { authorization: `Bearer ${tokens.Owner}` },
      });
      const asked: string[] = [];
      page.on("request", (request) => asked.push(new URL(request.url()).pathname));
      let release = (): void => {};
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      await page.route("**/assets/*.js", async (route) => {
        await released;
        await route.continue();
      });
      const first = ["/session", "/health", "/overview*"].map((path) => page.waitForRequest(`**/api/v1${path}`));
      const loaded = page.reload();
      await Promise.all(first);
      release();
      await loaded;
      await seen(page.getByRole("link", { name: "Demo layer" }));
      expect(asked.filter((path) => path === "/api/v1/session")).toHaveLength(1);
      expect(asked.filter((path) => path === "/api/v1/overview")).toHaveLength(1);
    });

    test("a page whose code is gone after a deploy says so, and works again after a reload", async () => {
      const page = await open("/");
      await seen(page.getByRole("link", { name: "Demo layer" }));
      await page.route("**/assets/TokensPage-*.js", (route) => route.fulfill({ status: 404 }));
      await page.getByRole("link", { name: "Tokens" }).click();
      await seen(page.getByRole("heading", { name: "Reload this page" }));
      await page.unroute("**/assets/TokensPage-*.js");
      await page.getByRole("button", { name: "Reload" }).click();
      await seen(page.getByRole("heading", { name: "No tokens yet" }));
    });

    test("a visitor whose session ended learns so, and returns to the same page", async () => {
      const page = await open("/layers/demo-layer/deliveries");
      await seen(page.getByRole("heading", { name: "Demo layer" }));
      await page.context().clearCookies();
      // The next request finds out. A click could come after it, on a page that no longer exists.
      await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
      await seen(page.getByText("Your session has ended."));
      await page.getByRole("textbox", { name: "Token" }).fill(tokens.Developer);
      await page.getByRole("button", { name: "Sign in" }).click();
      await seen(page.getByRole("heading", { name: "Demo layer" }));
      expect(new URL(page.url()).pathname).toBe("/layers/demo-layer/deliveries");
    });

    test("what a person typed survives the end of their session, and is gone for anybody else", async () => {
      const { id } = await site().api<{ id: string }>("POST", "/data-layers?sync=false", {
        name: "Long typing",
        dataSources: [],
      });
      const page = await open(`/layers/${id}/settings`);
      const endSession = async (): Promise<void> => {
        await page.context().clearCookies();
        await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
        await seen(page.getByText("Your session has ended."));
      };
      const signIn = async (token: string): Promise<void> => {
        await page.getByRole("textbox", { name: "Token" }).fill(token);
        await page.getByRole("button", { name: "Sign in" }).click();
        await gone(page.getByText("Your session has ended."));
      };
      await page.getByLabel("Description").fill("A long text");
      await page.getByRole("button", { name: "Add a notification" }).click();
      const dialog = page.getByRole("dialog", { name: "Add a notification" });
      await dialog.getByLabel("Name").fill("On call");
      await endSession();
      await gone(dialog);
      expect(await page.getByRole("heading", { name: "Long typing" }).isVisible()).toBe(false);
      await signIn(tokens.Owner);
      await seen(dialog);
      expect(await dialog.getByLabel("Name").inputValue()).toBe("On call");
      await dialog.getByRole("button", { name: "Cancel" }).click();
      expect(await page.title()).toContain("Long typing");
      await page.getByRole("region", { name: "General" }).getByRole("button", { name: "Save" }).click();
      await seen(page.getByText("Saved."));
      await page.getByLabel("Description").fill("Another text");
      await endSession();
      await signIn(tokens.Developer);
      await seen(page.getByLabel("Description"));
      expect(await page.getByLabel("Description").inputValue()).toBe("A long text");
    });

    test("a visitor sees the last data while the connection is lost, and that it is; the page goes on by itself", async () => {
      const page = await open("/");
      await seen(page.getByRole("link", { name: "Demo layer" }));
      await page.context().setOffline(true);
      await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
      await seen(page.getByText("No connection."));
      await seen(page.getByRole("link", { name: "Demo layer" }));
      await page.context().setOffline(false);
      await gone(page.getByText("No connection."));
    });

    test("a page asks again only for what has changed, and for nothing while nobody looks", async () => {
      const page = await open("/tokens");
      await seen(page.getByRole("heading", { name: "No tokens yet" }));
      const asked: { status: number; etag: string | undefined }[] = [];
      page.on("response", (response) => {
        if (!response.url().includes("/api/v1/tokens")) return;
        asked.push({ status: response.status(), etag: response.request().headers()["if-none-match"] });
      });
      const again = page.waitForResponse(/\/api\/v1\/tokens/);
      await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
      await again;
      expect(asked.map(({ status }) => status)).toEqual([304]);
      expect(asked[0]?.etag).toMatch(/^"/);
    });

    test("a visitor with a role that only reads sees what they may not do, and why", async () => {
      const page = await open("/", "Reviewer");
      const button = page.getByRole("button", { name: /^New layer/ });
      await seen(button);
      expect(await button.getAttribute("aria-disabled")).toBe("true");
      expect(await button.textContent()).toContain("Only an Owner or a Developer can do this. Your role is Reviewer.");
      await page.goto(`${site().base}/layers/demo-layer/settings`);
      await seen(page.getByText("You may look at the settings."));
      await page.goto(`${site().base}/tokens`);
      await seen(page.getByText("Only an Owner can do this. Your role is Reviewer."));
      await page.goto(`${site().base}/configuration`);
      await seen(page.getByRole("heading", { name: "Configuration", exact: true }));
      expect(await page.getByRole("link", { name: "With secrets" }).count()).toBe(0);
    });

    test("a visitor works with the keyboard alone: skips to the content, opens a dialog, leaves it, and is where they were", async () => {
      const page = await open("/layers/demo-layer/webhooks");
      await seen(page.getByRole("heading", { name: "Default webhook" }));
      await page.evaluate(() => document.body.focus());
      await page.keyboard.press("Tab");
      while ((await page.evaluate(() => document.activeElement?.textContent?.trim())) !== "Add a webhook") {
        await page.keyboard.press("Tab");
      }
      await page.keyboard.press("Enter");
      await seen(page.getByRole("dialog", { name: "Add a webhook" }));
      expect(await page.evaluate(() => document.activeElement?.closest("dialog") !== null)).toBe(true);
      await page.keyboard.press("Escape");
      await gone(page.getByRole("dialog"));
      expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe("Add a webhook");
    });

    test("a visitor opens a menu, walks through it and leaves it with the keyboard alone", async () => {
      const page = await open("/");
      const button = page.getByRole("button", { name: "Theme" });
      await button.focus();
      await page.keyboard.press("Enter");
      const focused = (): Promise<string | undefined> =>
        page.evaluate(() => document.activeElement?.textContent?.trim());
      await expect.poll(focused).toMatch(/^System/);
      expect(await button.getAttribute("aria-expanded")).toBe("true");
      for (const [key, item] of [
        ["ArrowDown", "Light"],
        ["End", "Dark"],
        ["ArrowDown", "System"],
        ["ArrowUp", "Dark"],
      ] as const) {
        await page.keyboard.press(key);
        expect(await focused(), key).toContain(item);
      }
      await page.keyboard.press("Enter");
      await gone(page.getByRole("menu"));
      expect(await page.evaluate(() => document.documentElement.dataset["theme"])).toBe("dark");
      expect(await button.evaluate((node) => node === document.activeElement)).toBe(true);
      await page.keyboard.press("Enter");
      await seen(page.getByRole("menu"));
      await page.keyboard.press("Escape");
      await gone(page.getByRole("menu"));
      expect(await button.evaluate((node) => node === document.activeElement)).toBe(true);
    });

    test("a visitor reads on every page when the system is unwell, and what to do", async () => {
      const page = await open("/sites");
      await page.route("**/api/v1/health", (route) =>
        route.fulfill({
          status: 503,
          json: {
            status: "failing",
            version: "0.0.0",
            checks: {
              store: { status: "failing" },
              configuration: { status: "ok" },
              secret: { status: "unreadable", unreadable: 2 },
              documents: { status: "unreadable", newer: 1, corrupt: 2 },
              drain: { status: "late", ageSeconds: 4000 },
              selfCall: { status: "ok" },
              publicAccess: { status: "private" },
            },
          },
        }),
      );
      await page.reload();
      await seen(page.getByText("The repair function has not run for 1 h 6 min."));
      await seen(page.getByText("This site is private, so no CMS can reach it."));
      await seen(page.getByText("The store does not work correctly"));
      await seen(page.getByText("2 data layers and sites keep credentials that can no longer be decrypted."));
      await seen(page.getByText("A later release wrote 1 data layer or site that this release cannot read."));
      await seen(page.getByText("The stored document of 2 data layers and sites is damaged."));
      await page.goto(`${site().base}/setup`);
      await seen(page.getByText("Netlify asks visitors to log in"));
    });

    test("a page shows what it can read: the health without the layers, and a site's settings without its builds", async () => {
      const { items } = await site().api<{ items: { id: string }[] }>("GET", "/sites");
      const path = `/sites/${items[0]?.id}`;
      const page = await open("/sites");
      for (const broken of ["/overview", `${path}/builds?*`])
        await page.route(`**/api/v1${broken}`, (route) => route.fulfill({ status: 500 }));
      await page.goto(`${site().base}/setup`);
      await seen(page.getByRole("region", { name: "Health" }).getByText("Answers"));
      await page.goto(`${site().base}${path}`);
      await seen(page.getByRole("region", { name: "Builds" }).getByText("Something went wrong"));
      await seen(page.getByRole("region", { name: "Deploy status" }));
    });

    test("a visitor reads which layers and sites this release cannot read, on the pages that would list them", async () => {
      const page = await open("/");
      await page.route("**/api/v1/overview*", async (route) => {
        const { "if-none-match": _etag, ...headers } = route.request().headers();
        const response = await route.fetch({ headers });
        const unreadable = {
          dataLayers: [{ id: "layer-of-the-future", reason: "newer" }],
          sites: [{ id: "damaged-site", reason: "corrupt" }],
        };
        await route.fulfill({ response, json: { ...(await response.json()), unreadable } });
      });
      await page.reload();
      await seen(page.getByText("layer-of-the-future (written by a later release). Deploy the later release again."));
      await page.goto(`${site().base}/sites`);
      await seen(page.getByText("This release cannot read one site and leaves it unchanged: damaged-site (damaged)."));
    });
  });
});
