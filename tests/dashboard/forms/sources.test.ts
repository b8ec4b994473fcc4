import { createServer } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { dashboardTests } from "../dashboardTests.ts";
import { gone, seen } from "../world.ts";

const KEY = "Bearer a-key-of-the-cms";

/** Serves entries to whoever sends the key. It sends the key back, as some servers do. Ends with the test. */
const aCms = async (): Promise<string> => {
  const server = createServer((request, response) => {
    const { authorization = "none" } = request.headers;
    response.writeHead(authorization === KEY ? 200 : 403, { "content-type": "application/json" });
    response.end(JSON.stringify({ items: [{ updatedAt: "2026-01-31" }], sent: authorization }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the CMS has no port");
  return `http://localhost:${address.port}/entries`;
};

await dashboardTests(({ open, site }) => {
  const make = (name: string, fields: object = {}): Promise<{ id: string }> =>
    site().api("POST", "/data-layers?sync=false", { name, dataSources: [], ...fields });

  test("a probe with a key is tried before it is saved, and a value is chosen out of the answer", async () => {
    const url = await aCms();
    const { id } = await make("Probed");
    const page = await open(`/layers/${id}/settings`);
    await page.getByRole("button", { name: "Add a source" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Type").selectOption("probe");
    await dialog.getByLabel("Name", { exact: true }).fill("Événements à l’été");
    await dialog.getByLabel("URL", { exact: true }).fill(url);
    await dialog.getByRole("button", { name: "Try it" }).click();
    await seen(dialog.getByText("The URL answered 403."));
    await dialog.getByRole("button", { name: "Add a header" }).click();
    await dialog.getByLabel("Name of header 1").fill("Authorization");
    await dialog.getByLabel("Value of header 1").fill(KEY);
    await dialog.getByRole("button", { name: "Try it" }).click();
    await seen(dialog.getByText('{"items":[{"updatedAt":"2026-01-31"}],"sent":"…"}'));
    await dialog.getByText("Values in the answer").click();
    await dialog.getByRole("button", { name: "Compare /items/0/updatedAt" }).click();
    expect(await dialog.getByLabel("What to compare").inputValue()).toBe("/items/0/updatedAt");
    await dialog.getByRole("button", { name: "Try it" }).click();
    await seen(dialog.getByText('"2026-01-31"', { exact: true }));
    await dialog.getByRole("button", { name: "Add", exact: true }).click();
    await gone(dialog);
    await seen(page.getByText("evenements-a-l-ete", { exact: true }));
    expect(await page.content()).not.toContain("a-key-of-the-cms");
    // The stored key goes along, also while another value is tried.
    await page.getByRole("button", { name: "Change Événements à l’été" }).click();
    await seen(dialog.getByText("stay as they are"));
    await dialog.getByLabel("What to compare").fill("/nothing");
    await dialog.getByRole("button", { name: "Try it" }).click();
    await seen(dialog.getByText("The answer has nothing at /nothing."));
    await dialog.getByLabel("What to compare").fill("/sent");
    await dialog.getByRole("button", { name: "Try it" }).click();
    await seen(dialog.getByText('"…"', { exact: true }));
    await dialog.getByRole("button", { name: "Save" }).click();
    await gone(dialog);
    const layer = await site().api<{ dataSources: object[] }>("GET", `/data-layers/${id}`);
    expect(layer.dataSources[0]).toMatchObject({ pick: "/sent", headers: { authorization: "…" } });
  });

  test("a wrong field is named once, at the field and in words, and gets the focus", async () => {
    const { id } = await make("Wrong");
    const page = await open(`/layers/${id}/settings`);
    await page.getByRole("button", { name: "Add a source" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name", { exact: true }).fill("ブログ");
    expect(await dialog.getByLabel("Slug").getAttribute("placeholder")).toBe("source-1");
    await dialog.getByLabel("Slug").fill("Not A Slug");
    await dialog.getByLabel("URL", { exact: true }).fill("https://jobs.example.com/");
    await dialog.getByRole("button", { name: "Add", exact: true }).click();
    await seen(dialog.getByText("Correct the marked field."));
    expect(await dialog.getByText(/use a-z, 0-9, - and _, begin with a letter/i).count()).toBe(1);
    const text = await dialog.innerText();
    expect(text).not.toMatch(/dataSources|\[a-z0-9\]|input is not valid/i);
    await expect.poll(() => dialog.getByLabel("Slug").evaluate((node) => node === document.activeElement)).toBe(true);
    await dialog.getByLabel("Slug").fill("");
    await dialog.getByRole("button", { name: "Add", exact: true }).click();
    await gone(dialog);
    await seen(page.getByText("source-1", { exact: true }));
  });

  test("a live check is tried on the newest publish before it is saved", async () => {
    const cms = await aCms();
    const { id } = await make("Checked", { name: "Checked" });
    const { defaultWebhook } = await site().api<{ defaultWebhook: { url: string } }>("GET", `/data-layers/${id}`);
    await site().publish(defaultWebhook.url, { payload: { slug: "a", title: "none" } });
    const page = await open(`/layers/${id}/settings`);
    const panel = page.getByRole("region", { name: "Live check" });
    await panel.getByLabel("Page of a publish").fill(`${cms}/{payload.slug}`);
    await panel.getByLabel("What shows the publish").selectOption("pointer");
    await panel.getByLabel("JSON Pointer").fill("/sent");
    await panel.getByLabel("Value", { exact: true }).fill("{payload.missing}");
    await panel.getByRole("button", { name: "Try on the newest publish" }).click();
    await seen(panel.getByText("The delivery has no `payload.missing`."));
    await panel.getByLabel("Value", { exact: true }).fill("{payload.title}");
    await panel.getByRole("button", { name: "Try on the newest publish" }).click();
    await seen(panel.getByText(`GET ${cms}/a`));
    await panel.getByRole("button", { name: "Save" }).click();
    await seen(page.getByText("Saved."));
    const layer = (): Promise<{ live: object | null }> => site().api("GET", `/data-layers/${id}`);
    expect((await layer()).live).toEqual({
      url: `${cms}/{payload.slug}`,
      expect: { pointer: "/sent", value: "{payload.title}" },
      settleSeconds: 60,
    });
    await panel.getByLabel("Page of a publish").fill("");
    const saved = page.waitForResponse((response) => response.request().method() === "PATCH");
    await panel.getByRole("button", { name: "Save" }).click();
    expect((await saved).status()).toBe(200);
    expect((await layer()).live).toBeNull();
  });

  test("a notification shows its events in words, is changed without its URL, and is deleted only after a question", async () => {
    const chat = { name: "Chat", url: "http://localhost:1/chat", events: ["sync.failed"] };
    const { id } = await make("Told", { notifications: [chat] });
    const page = await open(`/layers/${id}/settings`);
    await page.getByRole("button", { name: "Change Chat" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("On call");
    await dialog.getByLabel("A build is live, but a page does not show the publish").check();
    await dialog.getByRole("button", { name: "Save" }).click();
    await gone(dialog);
    await seen(page.getByTitle("sync.failed").getByText("A sync failed"));
    expect(await page.getByText("sync.failed").count()).toBe(0);
    const told = (): Promise<{ notifications: { name: string; events: string[] }[] }> =>
      site().api("GET", `/data-layers/${id}`);
    expect((await told()).notifications).toMatchObject([{ name: "On call", events: ["sync.failed", "build.stale"] }]);
    await page.getByRole("button", { name: "Delete On call" }).click();
    await dialog.getByRole("button", { name: "Keep it" }).click();
    await gone(dialog);
    expect((await told()).notifications).toHaveLength(1);
    await page.getByRole("button", { name: "Delete On call" }).click();
    await dialog.getByRole("button", { name: "Delete notification" }).click();
    await seen(page.getByText("No notifications."));
  });

  test("a message that was sent meanwhile is nobody's change, and so is no conflict", async () => {
    const chat = { name: "Chat", url: "http://localhost:1/chat", events: ["sync.succeeded"] };
    const { id } = await make("Busy", { notifications: [chat] });
    const page = await open(`/layers/${id}/settings`);
    await seen(page.getByRole("button", { name: "Change Chat" }));
    const layer = (): Promise<{
      defaultWebhook: { url: string };
      notifications: { name: string; lastTry: object | null }[];
    }> => site().api("GET", `/data-layers/${id}`);
    await site().publish((await layer()).defaultWebhook.url);
    await expect.poll(async () => (await layer()).notifications[0]?.lastTry, { timeout: 30_000 }).not.toBeNull();
    // The page still has what it read before.
    await page.getByRole("button", { name: "Change Chat" }).click();
    await page.getByRole("dialog").getByLabel("Name").fill("On call");
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await gone(page.getByRole("dialog"));
    expect((await layer()).notifications[0]?.name).toBe("On call");
  });
});
