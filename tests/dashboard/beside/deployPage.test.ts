import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { REPOSITORY } from "../../../src/contract/repository.ts";
import { readConfig } from "../../../src/edge/config.ts";

const pageUrl = (name: string): string => new URL(`../../../src/dashboard/public/${name}`, import.meta.url).href;

const scriptSchema = z.object({
  randomText: z.function({ input: [], output: z.string() }),
  deployLink: z.function({ input: [z.string(), z.string(), z.string()], output: z.string() }),
});

describe("the page that deploys", () => {
  it("the deploy page gives a secret and a token, each new and long enough, in the part of the link that is not sent", async () => {
    const { randomText, deployLink } = scriptSchema.parse(await import(/* @vite-ignore */ pageUrl("deploy.js")));
    const [secret, token] = [randomText(), randomText()];
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect(token).not.toBe(secret);
    const page = await readFile(fileURLToPath(pageUrl("deploy.html")), "utf8");
    const written = /id="deploy"[^>]* href="([^"]+)"/.exec(page)?.[1] ?? "";
    const link = new URL(deployLink(written, secret, token));
    expect(link.origin + link.pathname).toBe("https://app.netlify.com/start/deploy");
    expect(link.search).toBe(`?repository=${REPOSITORY}`);
    const config = readConfig(Object.fromEntries(new URLSearchParams(link.hash.slice(1))), false);
    expect([config.secrets, config.ownerToken, config.problems]).toEqual([[secret], token, []]);
  });

  it("the deploy page loads nothing from elsewhere and does not reveal where its visitor came from", async () => {
    const page = await readFile(fileURLToPath(pageUrl("deploy.html")), "utf8");
    expect([...page.matchAll(/<(?:link|script)[^>]+(?:src|href)="([^"]+)"/g)].map(([, target]) => target)).toEqual([
      "/deploy.css",
      "/deploy.js",
    ]);
    expect(page).toContain('content="no-referrer"');
  });
});
