import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { dashboardTests } from "../dashboardTests.ts";
import { gone, seen } from "../world.ts";

interface Made {
  readonly ref: string;
  readonly url: string;
}

/** What the form of a webhook's verification sends, and what the webhook then takes. */
await dashboardTests(({ open, site }) => {
  const make = async (name: string): Promise<{ id: string; webhook: Made }> => {
    const { id } = await site().api<{ id: string }>("POST", "/data-layers?sync=false", { name, dataSources: [] });
    return { id, webhook: await site().api<Made>("POST", `/data-layers/${id}/webhooks`, { name: "Own" }) };
  };
  const post = async (url: string, headers: Record<string, string>, body = "{}"): Promise<number> =>
    (await fetch(url, { method: "POST", headers: { "content-type": "application/json", ...headers }, body })).status;

  test("a signature of any kind is set up in the form, and the webhook then takes just such requests", async () => {
    const { id, webhook } = await make("Signed");
    const page = await open(`/layers/${id}/webhooks`);
    await page.getByRole("button", { name: "Verification of Own" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Verification").selectOption("hmac");
    expect(await dialog.getByLabel("Unit of the timestamp").count()).toBe(0);
    await dialog.getByLabel("Secret", { exact: true }).fill("a-secret-of-both-sides");
    await dialog.getByLabel("Hash", { exact: true }).selectOption("sha512");
    await dialog.getByLabel("Encoding of the signature").selectOption("base64");
    await dialog.getByLabel("Header", { exact: true }).fill("not a header");
    await dialog.getByLabel("Text before the signature").fill("v1=");
    await dialog.getByLabel("Header of the timestamp").fill("x-time");
    await dialog.getByLabel("Text between timestamp and body").fill("\\n");
    await dialog.getByLabel("Tolerance (seconds)").fill("60");
    await dialog.getByRole("button", { name: "Save" }).click();
    await seen(dialog.getByText("Is not the name of a header"));
    expect(await dialog.getByText(/not the name of a header/i).count()).toBe(1);
    expect(await dialog.getByText("verification.header").count()).toBe(0);
    await expect
      .poll(() => dialog.getByLabel("Header", { exact: true }).evaluate((node) => node === document.activeElement))
      .toBe(true);
    await dialog.getByLabel("Header", { exact: true }).fill("x-own-signature");
    await dialog.getByRole("button", { name: "Save" }).click();
    await gone(dialog);
    await seen(page.getByTitle("hmac").getByText("A signature with a secret (HMAC)"));
    const time = String(Math.floor(Date.now() / 1000));
    const proof = createHmac("sha512", "a-secret-of-both-sides").update(`${time}\n{}`).digest("base64");
    expect(await post(webhook.url, { "x-time": time, "x-own-signature": `v1=${proof}` })).toBe(200);
    expect(await post(webhook.url, { "x-time": time, "x-own-signature": proof })).toBe(401);
    expect(await post(webhook.url, {})).toBe(401);
  });

  test("a secret in the body has a path of its own, and the previous secret is refused at a click", async () => {
    const { id, webhook } = await make("In the body");
    const verification = { scheme: "body-secret", secret: "the-first-secret", bodyPath: "meta.key" };
    await site().api("PATCH", `/data-layers/${id}/webhooks/${webhook.ref}`, { verification });
    const page = await open(`/layers/${id}/webhooks`);
    const dialog = page.getByRole("dialog");
    const change = async (step: () => Promise<void>): Promise<void> => {
      await page.getByRole("button", { name: "Verification of Own" }).click();
      await seen(dialog);
      await step();
      await dialog.getByRole("button", { name: "Save" }).click();
      await gone(dialog);
    };
    const send = (secret: string): Promise<number> => post(webhook.url, {}, JSON.stringify({ meta: { key: secret } }));
    await change(async () => {
      expect(await dialog.getByLabel("Path of the secret in the body").inputValue()).toBe("meta.key");
      await dialog.getByLabel("Secret", { exact: true }).fill("the-second-secret");
    });
    await seen(page.getByText(/The previous secret works until/));
    expect([await send("the-first-secret"), await send("the-second-secret")]).toEqual([200, 200]);
    await change(() => dialog.getByLabel(/Refuse the previous secret/).check());
    expect([await send("the-first-secret"), await send("the-second-secret")]).toEqual([401, 200]);
    await change(async () => {
      await dialog.getByText("Another secret that also works").click();
      await dialog.getByLabel("Previous secret", { exact: true }).fill("the-third-secret");
    });
    expect([await send("the-third-secret"), await send("the-second-secret")]).toEqual([200, 200]);
  });

  test("a token's claims are given one by one, and a key set stands in place of a key", async () => {
    const { id, webhook } = await make("Token");
    const page = await open(`/layers/${id}/webhooks`);
    await page.getByRole("button", { name: "Verification of Own" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Verification").selectOption("jwt");
    await dialog.getByLabel("Algorithm").selectOption("ES256");
    await seen(dialog.getByLabel("Public key"));
    await dialog.getByLabel("URL of the sender's key set").fill("https://keys.example.com/jwks.json");
    await gone(dialog.getByLabel("Public key"));
    await dialog.getByRole("button", { name: "Save" }).click();
    await seen(dialog.getByText(/Must name a claim of your own/));
    await dialog.getByRole("button", { name: "Add a claim" }).click();
    await dialog.getByLabel("Name of claim 1").fill("aud");
    await dialog.getByLabel("Value of claim 1").fill("our-layer");
    await dialog.getByRole("button", { name: "Save" }).click();
    await gone(dialog);
    const { verification } = await site().api<{ verification: object }>(
      "GET",
      `/data-layers/${id}/webhooks/${webhook.ref}`,
    );
    expect(verification).toMatchObject({
      ...{ scheme: "jwt", algorithm: "ES256", claims: { aud: "our-layer" } },
      jwksUrl: "https://keys.example.com/jwks.json",
    });
  });

  test("a webhook refuses what names an unknown source once a person makes it strict", async () => {
    const { id, webhook } = await make("Strict");
    expect(await post(`${webhook.url}?source=nothing`, {})).toBe(200);
    await site().api("PATCH", `/data-layers/${id}`, {
      dataSources: [{ slug: "blog", url: "http://localhost:1/job", type: "http" }],
    });
    const page = await open(`/layers/${id}/webhooks`);
    await page.getByRole("button", { name: "Change Own" }).click();
    await page.getByLabel(/Refuse a delivery that names an unknown source/).check();
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await seen(page.getByText("Refused", { exact: true }));
    expect(await post(`${webhook.url}?source=nothing`, {})).toBe(422);
  });

  test("a test publish is sent as any sender, and about any source, that a person chooses", async () => {
    const { id } = await make("Tested as");
    await site().api("PATCH", `/data-layers/${id}?sync=false`, {
      dataSources: [{ slug: "blog", name: "Blog", url: "http://localhost:1/job", type: "http" }],
    });
    const page = await open(`/layers/${id}/webhooks`);
    await page.getByText("Try it", { exact: true }).click();
    await page.getByText("Choose what is sent").click();
    await page.getByLabel("Send it as").selectOption({ label: "Contentful" });
    await page.getByLabel("About").selectOption({ label: "Blog" });
    const sent = page.waitForRequest((request) => request.url().endsWith("/test"));
    await page.getByRole("button", { name: "Send a test publish" }).click();
    expect((await sent).postDataJSON()).toEqual({ cms: "contentful", source: "blog" });
    await seen(page.getByText(/^Answered 200 in/));
  });
});
