import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { STAGES } from "../../src/core/stage/stage.ts";
import { type PublicStatus, UNKNOWN_STATUS } from "../../src/core/status/publicStatus.ts";
import { pageOn } from "../../src/edge/status/pageOn.ts";
import { statusBadge } from "../../src/edge/status/statusBadge.ts";
import { messagePage, statusPage } from "../../src/edge/status/statusPage.ts";
import { repetitions } from "../support/repetitions.ts";
import { StatusWorld } from "./statusWorld.ts";

/** Names that a layer, its people and its jobs put into the store, and that no visitor may read. */
const PRIVATE = ["Secret plans", "Web", "CMS", "Blog job", "A private title", "Owner", "jobs.example.com", "TOKEN=abc"];

let world: StatusWorld;
/** Everything that a visitor must not learn. */
let secrets: string[];
beforeEach(async () => {
  const chat = { name: "Blog chat", url: "https://chat.example.com/in/private", events: ["sync.failed"] };
  world = await new StatusWorld().begin({ preset: "saver" }, { description: "Blog job", notifications: [chat] });
  await world.publish();
  await world.runLayer();
  await world.runSite();
  await world.deployEnds(await world.deployBegins("a title (of Ana)"), "TOKEN=abc is wrong");
  await world.publish("entry-2");
  const layer = (await world.get(`/data-layers/${world.layerId}`)).text;
  const ids = [
    ...new Set([...(await world.dump()).matchAll(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{22}/g)].map(([id]) => id)),
  ];
  const hints = [...layer.matchAll(/whsec_[\w+/=]+|https?:\/\/[^"]+/g)].map(([text]) => text);
  secrets = [...PRIVATE, world.layerId, world.siteId, world.webhook, ...ids, ...hints];
});

/** The answer without the viewer's own words, which nobody else wrote. */
const leaks = (text: string): string[] => secrets.filter((secret) => text.includes(secret));

const stageOrNull = fc.constantFrom(null, ...STAGES);
const time = fc.option(fc.integer({ min: 0, max: Date.UTC(2100, 0) }));
const anyStatus: fc.Arbitrary<PublicStatus> = fc.record({
  stage: stageOrNull,
  since: time,
  until: time,
  waiting: fc.nat({ max: 100_000 }),
  liveAfter: fc.option(fc.nat()),
  trouble: fc.constantFrom(null, "sync", "build"),
  paused: fc.boolean(),
  onPage: fc.constantFrom(null, { state: "seen", at: 1 }, { state: "missing" }, { state: "awaited" }),
});
const anyName = fc.oneof(
  fc.string({ maxLength: 80 }),
  fc.string({ unit: "binary", maxLength: 80 }),
  fc.constantFrom(
    "</title><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onload='alert(1)",
    "]]>&amp;<![CDATA[",
  ),
);

const TAGS = /<(\/?)([a-zA-Z!][\w-]*)/g;
const PAGE_TAGS = new Set("!doctype html head meta title style body main footer h1 p span time script".split(" "));
const BADGE_TAGS = new Set("svg title clipPath rect g text".split(" "));

describe("a status that is fuzzed", () => {
  test("a status shows states alone, whatever its URL asks for", async () => {
    const seen: string[] = [];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("", ".json", "/badge.svg", "/", ".json/", ".xml", "/../..", "//", "%2e"),
        fc.oneof(fc.webQueryParameters(), fc.constantFrom("entry=entry-1", "entry=entry-2", "entry=&entry=entry-1")),
        fc.constantFrom("GET", "HEAD", "POST"),
        async (end, query, method) => {
          const before = await world.stored();
          const { text, headers, status } = await world.visit(`${world.path}${end}?${query}`, {}, method);
          seen.push(String(status));
          expect(leaks(text)).toEqual([]);
          expect(leaks(JSON.stringify([...headers]))).toEqual([]);
          expect(await world.stored()).toEqual(before);
        },
      ),
      { numRuns: repetitions(150) },
    );
    expect(new Set(seen)).toEqual(new Set(["200", "404", "405"]));
    expect(leaks(JSON.stringify(world.facts.filter(({ kind }) => kind === "trouble")))).toEqual([]);
  });

  test("a guessed token finds nothing, reads at most once and leaves nothing behind", async () => {
    const token = world.path.split("/").at(-1) ?? "";
    const near = fc.nat({ max: token.length - 1 }).map((at) => `${token.slice(0, at)}${token.slice(at + 1)}`);
    const other = fc.constantFrom(token.toUpperCase(), `${token}x`, `${token} `, `x${token}`, token.slice(0, 16));
    const before = await world.stored();
    await fc.assert(
      fc.asyncProperty(fc.oneof(near, other, fc.webPath()), async (guess) => {
        const requests = world.store.counts.requests;
        const { status, text } = await world.visit(`/status/${encodeURI(guess)}`);
        expect(status).toBe(404);
        expect(leaks(text)).toEqual([]);
        expect(world.store.counts.requests - requests).toBeLessThanOrEqual(1);
      }),
      { numRuns: repetitions(150) },
    );
    expect(await world.stored()).toEqual(before);
  });

  test("a thousand guesses at the same time push out nothing that a viewer sees", async () => {
    const kept = await world.visit(world.path);
    const guesses = Array.from({ length: 1000 }, (_, at) => `/status/a-guessed-token-${at}`);
    const answers = Promise.all(guesses.map((path) => world.visit(path)));
    const during = world.store.counts.requests;
    expect((await world.visit(world.path)).text).toBe(kept.text);
    expect(world.store.counts.requests).toBe(during);
    expect(new Set((await answers).map(({ status }) => status))).toEqual(new Set([404]));
    const after = world.store.counts.requests;
    expect((await world.visit(world.path)).text).toBe(kept.text);
    expect(world.store.counts.requests).toBe(after);
  });

  test("a page and a badge hold no markup but their own, whatever the link's name is", () => {
    fc.assert(
      fc.property(anyName, anyStatus, fc.constantFrom("layer" as const, "entry" as const), (name, status, subject) => {
        const page = statusPage(name, status, subject);
        const badge = statusBadge(name, status);
        const shown = page
          .replace(/<style>.*?<\/style>/s, "<style></style>")
          .replace(/<script>.*?<\/script>/s, "<script></script>");
        for (const [, , tag = ""] of shown.matchAll(TAGS)) expect(PAGE_TAGS).toContain(tag);
        for (const [, , tag = ""] of badge.matchAll(TAGS)) expect(BADGE_TAGS).toContain(tag);
        expect(page.match(/<script/g)).toHaveLength(1);
        expect(`${shown}${badge}`).not.toMatch(/\son\w+\s*=\s*["'][^"']*["'][^>]*>/);
      }),
      { numRuns: repetitions(300) },
    );
  });

  test("a waiting room leads to one of the sites' own addresses or nowhere, whatever it is asked for", () => {
    const bases = ["https://www.example.com", "http://localhost:8888/blog"];
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webUrl(), fc.webPath(), fc.string({ unit: "binary" })), (go) => {
        const page = pageOn(bases, go);
        if (page !== null) expect(bases.map((base) => new URL(base).origin)).toContain(new URL(page).origin);
        if (page !== null) expect(new URL(page).username).toBe("");
      }),
      { numRuns: repetitions(2000) },
    );
    expect(pageOn([], "/")).toBeNull();
  });

  test("a page's script and style are those that its policy names, so that no other runs", async () => {
    const { createHash } = await import("node:crypto");
    const { text, headers } = await world.visit(world.path);
    const policy = headers.get("content-security-policy") ?? "";
    for (const name of ["script", "style"]) {
      const content = new RegExp(`<${name}>(.*?)</${name}>`, "s").exec(text)?.[1] ?? "";
      const hash = createHash("sha256").update(content).digest("base64");
      expect(policy).toContain(`${name}-src 'sha256-${hash}'`);
    }
    expect(policy).toMatch(/^default-src 'none'; /);
    expect(policy).not.toContain("unsafe");
  });

  test("a status page is small and loads nothing else", () => {
    for (const page of [statusPage("Editors", UNKNOWN_STATUS, "layer"), messagePage("There is no status here.")]) {
      expect(Buffer.byteLength(page)).toBeLessThan(6 * 1024);
      expect(page).not.toMatch(/\s(?:src|href)=/);
    }
  });
});
