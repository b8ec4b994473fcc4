import { describe, expect, test } from "vitest";
import { dashboardTests } from "../dashboardTests.ts";
import { heldJob } from "../heldJob.ts";
import { gone, seen } from "../world.ts";

/** A layer's life: created by a form, watched while it runs, deleted by typing its name. */
await dashboardTests(({ open, site }) => {
  const hook = (name: string): string => `${site().base}/demo/build_hooks/${name}`;
  const publishUrl = (id: string): string => `${site().base}/hooks/data_layer/data_source/publish/${id}`;
  const make = (fields: object): Promise<{ id: string }> => site().api("POST", "/data-layers?sync=false", fields);

  describe("a layer", () => {
    test("a layer is created by saying what should follow a publish; one that only builds says build", async () => {
      const page = await open("/");
      await page.getByRole("button", { name: "New layer" }).click();
      await page.getByRole("radio", { name: /^Build a site/ }).check();
      await page.getByLabel("Name", { exact: true }).fill("Blog");
      await page.getByLabel("Site to build").selectOption("new");
      await page.getByLabel("Name of the site").fill("Blog site");
      await page.getByLabel("Build hook", { exact: true }).fill("not a url");
      await page.getByRole("radio", { name: "Saver", exact: true }).check();
      // The browser refuses a text that is no URL. It accepts this URL, so the API must refuse it.
      await page.getByLabel("Build hook", { exact: true }).fill("ftp://example.com/x");
      await page.getByRole("button", { name: "Create layer" }).click();
      await seen(page.getByRole("alert").first());
      await page.getByLabel("Build hook", { exact: true }).fill(hook("demo-site"));
      await page.getByRole("button", { name: "Create layer" }).click();
      await seen(page.getByRole("heading", { name: "Set up: 0 of 4 done" }));
      await page
        .getByRole("navigation", { name: /^Pages of/ })
        .getByRole("link", { name: "Activity" })
        .click();
      expect(await page.getByRole("link", { name: "Syncs" }).count()).toBe(1);
      await page.getByRole("button", { name: "Build now" }).click();
      await seen(page.getByText("A build is queued."));
    });

    test("a new layer builds the site that the form first showed, although the sites are read later", async () => {
      const page = await open("/sites");
      await page.route("**/api/v1/overview", (route) => route.fulfill({ status: 500 }));
      await page.goto(`${site().base}/layers/new`);
      await page.getByLabel("Name of the site").fill("My site");
      await page.unroute("**/api/v1/overview");
      await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
      await seen(page.getByLabel("Site to build"));
      expect(await page.getByLabel("Site to build").inputValue()).toBe("new");
      expect(await page.getByLabel("Name of the site").inputValue()).toBe("My site");
    });

    test("a layer shows what waits and why, what runs, and its deliveries, while it happens", async () => {
      const job = await heldJob();
      const { id } = await make({
        name: "Watched",
        dataSources: [{ slug: "held", name: "Held", type: "http", url: job.url, settleSeconds: 0 }],
      });
      const page = await open(`/layers/${id}`);
      await seen(page.getByText("No deliveries yet"));
      const running = page.getByRole("region", { name: "Running" });
      const pending = page.getByRole("region", { name: "Pending" });
      for (let count = 0; count < 4; count += 1) await site().publish(publishUrl(id));
      // The page reads at once when its tab becomes visible, and then polls by itself.
      await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
      await seen(running.getByText("Running", { exact: true }).nth(1));
      await site().publish(publishUrl(id));
      await seen(pending.getByText("Starts when the running sync has ended."));
      job.release();
      await gone(page.getByText("Starts when the running sync"));
      await seen(pending.getByText("Idle."));
      await seen(running.getByText("Idle."));
      await seen(page.getByText("5 deliveries", { exact: true }));
      await page.getByRole("button", { name: "Table" }).click();
      await seen(page.getByRole("table", { name: "What ran, newest first" }));
      const ran = page.getByRole("table", { name: "What ran, newest first" });
      await expect.poll(() => ran.getByText("Unconfirmed").count()).toBe(2);
      await page
        .getByRole("link", { name: /^Sync of / })
        .first()
        .click();
      await seen(page.getByRole("heading", { name: "Summary" }));
      await seen(page.getByText("Default webhook"));
    });

    test("a build layer shows its way from publish to live in one strip, and builds at once at a click", async () => {
      const { id } = await make({
        name: "One strip",
        dataSources: [],
        connectedSites: [{ name: "Strip site", buildHook: hook("strip-site") }],
      });
      await site().publish(publishUrl(id));
      const page = await open(`/layers/${id}`);
      const chain = page.getByRole("list", { name: "From publish to live" });
      await seen(chain.getByText("1 delivery in the last hour"));
      await seen(chain.getByText("No sources"));
      await seen(chain.getByText("The build starts when no one has published for a while."));
      await seen(chain.getByText(/^Starts in/));
      await seen(page.getByRole("heading", { name: "One strip" }).locator("..").getByText("Waiting"));
      await chain.getByRole("button", { name: "Build now · 15 credits for Strip site" }).click();
      await seen(page.getByText("Build requested."));
      await seen(chain.getByRole("link", { name: "Connect deploy notifications" }));
      await page.getByRole("button", { name: "Week" }).click();
      await seen(chain.getByText("1 delivery in the last week"));
      await page.reload();
      await seen(chain.getByText("1 delivery in the last week"));
    });

    test("a layer that needs attention is first in the list and says why; Back keeps the list's filters", async () => {
      const source = { slug: "gone", name: "Gone", type: "http", url: "http://localhost:1/job", settleSeconds: 0 };
      const troubled = await make({ name: "Order troubled", dataSources: [source] });
      await site().publish(publishUrl(troubled.id));
      const stage = async (): Promise<string> =>
        (await site().api<{ stage: string }>("GET", `/data-layers/${troubled.id}`)).stage;
      await expect.poll(stage, { timeout: 30_000 }).toBe("retrying");
      const well = await make({ name: "Order well", dataSources: [] });
      await site().publish(publishUrl(well.id));
      const page = await open("/?q=order");
      const rows = page.getByRole("table", { name: "Layers" }).getByRole("row");
      await seen(page.getByText(/^2 of /));
      const [, first = "", second = ""] = await rows.allTextContents();
      expect(first).toMatch(/Order troubled.*Retrying.*(refused|reach|connect|answer)/i);
      expect(second).toContain("Order well");
      await page.getByLabel("Status").selectOption({ label: "Needs attention" });
      await seen(page.getByText(/^1 of /));
      await page.getByRole("link", { name: "Order troubled" }).click();
      await seen(page.getByRole("heading", { name: "Order troubled", level: 1 }));
      await page.goBack();
      await seen(page.getByText(/^1 of /));
      expect(await page.getByLabel("Search").inputValue()).toBe("order");
    });

    test("a layer with a failed source shows when it is retried, and retries it at a click", async () => {
      const { id } = await make({
        name: "Failing",
        dataSources: [{ slug: "gone", name: "Gone", type: "http", url: "http://localhost:1/job", settleSeconds: 0 }],
      });
      await site().publish(publishUrl(id));
      const page = await open(`/layers/${id}`);
      const retries = page.getByRole("region", { name: "Waiting for a retry" });
      await seen(retries.getByText(/failed 1 time/));
      await retries.getByRole("button", { name: "Retry now" }).click();
      await seen(page.getByText("Retry started."));
      await page.getByRole("link", { name: "Syncs" }).click();
      await seen(page.getByRole("table"));
      await page.getByRole("table").getByRole("link").first().click();
      await seen(page.getByText(/Problem|Sync failed/));
      await page.getByRole("button", { name: "Cancel" }).click();
      await seen(page.getByText("Cancelled", { exact: true }));
    });

    test("a paused layer keeps what arrives and starts nothing, and goes on when resumed", async () => {
      const job = await heldJob();
      const { id } = await make({
        name: "Resting",
        dataSources: [{ slug: "held", name: "Held", type: "http", url: job.url, settleSeconds: 0 }],
      });
      const page = await open(`/layers/${id}`);
      await page.getByRole("button", { name: "Pause" }).click();
      await seen(page.getByRole("button", { name: "Resume" }));
      await page.getByRole("button", { name: "Run now" }).click();
      await seen(page.getByText("The layer is paused. Publishes are kept and wait."));
      await page.getByRole("button", { name: "Resume" }).click();
      await seen(page.getByRole("region", { name: "Running" }).getByRole("link"));
    });

    test("a layer is found by its name and its status", async () => {
      const page = await open("/");
      await page.getByLabel("Search").fill("demo");
      await seen(page.getByText(/^1 of /));
      await page.getByLabel("Status").selectOption("paused");
      await seen(page.getByText("No matching layers"));
    });

    test("a layer is changed in its settings: its name, its sources, its sites", async () => {
      const { id } = await make({ name: "Changing", dataSources: [] });
      const page = await open(`/layers/${id}/settings`);
      await page.getByLabel("Name", { exact: true }).fill("Changed");
      await page.getByRole("region", { name: "General" }).getByRole("button", { name: "Save" }).click();
      await seen(page.getByRole("heading", { name: "Changed", level: 1 }));
      await page.getByRole("button", { name: "Add a source" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Name").fill("Search index");
      await dialog.getByLabel("URL").fill("http://example.com/job");
      await dialog.getByRole("button", { name: "Add" }).click();
      await seen(dialog.getByText(/https/));
      await dialog.getByLabel("URL").fill("https://jobs.example.com/job");
      await dialog.getByRole("button", { name: "Add" }).click();
      await gone(dialog);
      await seen(page.getByText("search-index", { exact: true }));
      await page.getByText("Signing secret").click();
      expect(await page.content()).not.toContain("whsec_");
      await page.getByRole("button", { name: "Reveal the secret of Search index" }).click();
      await seen(page.getByText(/^whsec_/));
      await page.getByRole("button", { name: "Delete Search index" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Delete source" }).click();
      await seen(page.getByText("No sources."));
      await page.getByRole("combobox", { name: "Sites to build" }).fill("demo");
      await page.getByRole("option", { name: "Demo site" }).click();
      const saved = page.waitForResponse((response) => response.request().method() === "PATCH");
      await page.getByRole("region", { name: "Sites to build" }).getByRole("button", { name: "Save" }).click();
      expect((await saved).status()).toBe(200);
      const layer = await site().api<{ connectedSites: unknown[] }>("GET", `/data-layers/${id}`);
      expect(layer.connectedSites.length).toBe(1);
    });

    test("a layer says in its settings how its notifications fared, also while the settings stay the same", async () => {
      const chat = { name: "Chat", url: "http://localhost:1/chat", events: ["sync.succeeded"] };
      const { id } = await make({ name: "Telling", dataSources: [], notifications: [chat] });
      const page = await open(`/layers/${id}/settings`);
      await seen(page.getByText("A sync succeeded"));
      expect(await page.getByText(/Not sent/).count()).toBe(0);
      await site().publish(publishUrl(id));
      const tried = (): Promise<{ notifications: { lastTry: object | null }[] }> =>
        site().api("GET", `/data-layers/${id}`);
      await expect.poll(async () => (await tried()).notifications[0]?.lastTry, { timeout: 30_000 }).not.toBeNull();
      await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
      await seen(page.getByText(/^Not sent .*1 pending\.$/));
    });

    test("a layer is not changed over what somebody else changed meanwhile", async () => {
      const { id } = await make({ name: "Shared", dataSources: [] });
      const page = await open(`/layers/${id}/settings`);
      await seen(page.getByLabel("Name", { exact: true }));
      await site().api("PATCH", `/data-layers/${id}`, { name: "Theirs" });
      await page.getByLabel("Name", { exact: true }).fill("Mine");
      await page.getByRole("region", { name: "General" }).getByRole("button", { name: "Save" }).click();
      await seen(page.getByText("Someone else changed these settings"));
      expect((await site().api<{ name: string }>("GET", `/data-layers/${id}`)).name).toBe("Theirs");
      await page.reload();
      await page.getByLabel("Name", { exact: true }).fill("Ours");
      await page.getByRole("region", { name: "General" }).getByRole("button", { name: "Save" }).click();
      await seen(page.getByRole("heading", { name: "Ours", level: 1 }));
    });

    test("a layer is deleted by an Owner who types its name, and by no other", async () => {
      const { id } = await make({ name: "Ending", dataSources: [] });
      const developer = await open(`/layers/${id}/settings`, "Developer");
      const refused = developer.getByRole("button", { name: /^Delete the layer/ });
      await seen(refused);
      expect(await refused.getAttribute("aria-disabled")).toBe("true");
      const page = await open(`/layers/${id}/settings`);
      await page.getByRole("button", { name: "Delete the layer" }).click();
      const dialog = page.getByRole("dialog", { name: "Delete Ending?" });
      const confirm = dialog.getByRole("button", { name: "Delete the layer" });
      expect(await confirm.getAttribute("aria-disabled")).toBe("true");
      await dialog.getByLabel("Type the name to confirm: Ending").fill("Ending");
      await confirm.click();
      await seen(page.getByRole("heading", { name: "Layers", level: 1 }));
      await gone(page.getByRole("link", { name: "Ending" }));
    });
  });
});
