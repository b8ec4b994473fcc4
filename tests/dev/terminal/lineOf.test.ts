import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Fact } from "../../../src/app/deps.ts";
import { type Around, lineKinds, lineOf } from "../../../src/dev/terminal/lineOf.ts";
import { paintLine } from "../../../src/dev/terminal/paintLine.ts";

const names: Readonly<Record<string, string>> = {
  blog: "Marketing blog",
  www: "www.example.com",
  "a-layer-id": "Docs",
};
const around: Around = {
  base: "http://localhost:8888",
  nameOf: ({ id }) => names[id] ?? id,
  webhookOf: (requestId) => (requestId === "of-contentful" ? "Contentful" : null),
};
/** 21:43:53 in the zone of this machine. */
const AT = new Date(2026, 0, 31, 21, 43, 53);

const shown = (fact: Fact, requestId = "some-request", colours = false): string | null => {
  const line = lineOf({ at: AT.toISOString(), requestId, ...fact }, around);
  return line === null ? null : paintLine(AT, line, colours);
};

const layer = { kind: "layer", id: "blog" } as const;
const site = { kind: "site", id: "www" } as const;
const request = { kind: "request", referer: null, layer: null, code: null, ms: 3 } as const;
const tick = { kind: "drain.ticked", listed: 5, read: 5, woken: 0, failed: 0, left: 0 } as const;
const advised = (line: string, advice: string): string => `${line}\n         → ${advice}`;

const LINES: readonly (readonly [Fact, string | null])[] = [
  [
    { kind: "delivery.accepted", layer: "blog", sync: "s", queued: true, wrote: true },
    "21:43:53 publish  Marketing blog ← Contentful  queued",
  ],
  [
    { kind: "delivery.accepted", layer: "blog", sync: "s", queued: false, wrote: false },
    "21:43:53 publish  Marketing blog ← Contentful  merged",
  ],
  [
    { kind: "delivery.ignored", layer: "blog", code: "EVENT_NOT_WANTED" },
    "21:43:53 publish  Marketing blog ← Contentful  ignored: EVENT_NOT_WANTED",
  ],
  [
    { kind: "delivery.refused", layer: "blog", code: "DEFAULT_WEBHOOK_OFF" },
    advised(
      "21:43:53 publish  Marketing blog ← Contentful  refused: DEFAULT_WEBHOOK_OFF",
      "Use the URL of one of the layer's webhooks, or create a webhook.",
    ),
  ],
  [
    { kind: "delivery.refused", layer: "blog", code: "OF_TOMORROW" },
    advised(
      "21:43:53 publish  Marketing blog ← Contentful  refused: OF_TOMORROW",
      "http://localhost:8888/layers/blog/deliveries shows why.",
    ),
  ],
  [{ ...request, method: "GET", path: "/api/v1/overview", status: 200, outcome: "done" }, null],
  [{ ...request, method: "GET", path: "/api/v1/overview", status: 401, outcome: "refused", code: "UNKNOWN" }, null],
  [{ ...request, method: "POST", path: "/hooks/data_layer/data_source/publish/…", status: 200, outcome: "done" }, null],
  [{ ...request, method: "POST", path: "/hooks/deploys/…", status: 200, outcome: "done" }, null],
  [
    { ...request, method: "PATCH", path: "/api/v1/data-layers/…", layer: "blog", status: 200, outcome: "done" },
    "21:43:53 request  PATCH /api/v1/data-layers/… (Marketing blog)  200",
  ],
  [
    { ...request, method: "POST", path: "/hooks/data_layer/…", status: 404, outcome: "refused", code: "OF_TOMORROW" },
    advised(
      "21:43:53 request  POST /hooks/data_layer/…  refused: 404 OF_TOMORROW",
      "The answer to the request says why.",
    ),
  ],
  [
    { ...request, method: "GET", path: "/api/v1/overview", status: 502, outcome: "failed" },
    advised("21:43:53 request  GET /api/v1/overview  failed: 502", "The answer to the request says why."),
  ],
  [
    { kind: "notification.sent", layer: "blog", event: "build.live", ok: true },
    "21:43:53 notify   Marketing blog  build.live sent",
  ],
  [
    { kind: "notification.sent", layer: "blog", event: "build.live", ok: false, error: "it answered 500" },
    advised(
      "21:43:53 notify   Marketing blog  build.live not sent: it answered 500",
      "Check the notification's URL in http://localhost:8888/layers/blog/settings.",
    ),
  ],
  [{ kind: "run.again", target: site }, "21:43:53 build    www.example.com  starts again, because its worker stopped"],
  [
    { kind: "run.claimed", target: layer, fence: 1, parts: ["cms", "shop"] },
    "21:43:53 sync     Marketing blog  started: cms, shop",
  ],
  [{ kind: "run.claimed", target: site, fence: 1, parts: ["build"] }, "21:43:53 build    www.example.com  started"],
  [{ kind: "run.ended", target: layer, fence: 1 }, "21:43:53 sync     Marketing blog  ended"],
  [{ kind: "run.parked", target: layer, fence: 1 }, "21:43:53 sync     Marketing blog  waits for the job's report"],
  [{ kind: "run.parked", target: site, fence: 1 }, "21:43:53 build    www.example.com  waits for the deploy"],
  [
    { kind: "run.fenced", target: layer, fence: 1 },
    "21:43:53 sync     Marketing blog  stopped, because another worker took over",
  ],
  [
    { kind: "run.handed-over", target: layer, fence: 1 },
    "21:43:53 sync     Marketing blog  handed over to a new worker",
  ],
  [{ kind: "part.decided", target: layer, part: "cms", ok: true }, "21:43:53 sync     Marketing blog  cms succeeded"],
  [
    { kind: "part.decided", target: site, part: "build", ok: false, code: "NO_ANSWER", error: "it timed out" },
    advised(
      "21:43:53 build    www.example.com  failed: it timed out",
      "Layerhook retries if a retry can help. http://localhost:8888/sites/www shows when.",
    ),
  ],
  [
    { kind: "part.decided", target: site, part: "build", ok: false, code: "HELD", error: "held: no credits" },
    advised(
      "21:43:53 build    www.example.com  held: no credits",
      "Layerhook retries if a retry can help. http://localhost:8888/sites/www shows when.",
    ),
  ],
  [{ kind: "build.ended", target: site, build: "b1", stage: "live" }, "21:43:53 build    www.example.com  live"],
  [
    { kind: "build.ended", target: site, build: "b1", stage: "failed", reason: "A person cancelled it." },
    advised(
      "21:43:53 build    www.example.com  failed: A person cancelled it.",
      "http://localhost:8888/sites/www shows what to do, and when it is tried again.",
    ),
  ],
  [{ kind: "cache.purged", layer: "blog", outcome: "purged" }, "21:43:53 purge    Marketing blog  purged"],
  [
    { kind: "cache.purged", layer: "blog", outcome: "failed", error: "no token" },
    advised(
      "21:43:53 purge    Marketing blog  failed: no token",
      "Check the cache purge in http://localhost:8888/layers/blog/settings.",
    ),
  ],
  [tick, null],
  [{ ...tick, woken: 1 }, "21:43:53 tick     repair  started 1 worker"],
  [
    { ...tick, failed: 2, left: 1 },
    advised(
      "21:43:53 tick     repair  2 documents failed, 1 left for the next tick",
      "The next tick, in a minute, retries.",
    ),
  ],
  [
    { kind: "trouble", where: "configuration", error: "LAYERHOOK_SECRET is too short" },
    advised(
      "21:43:53 trouble  configuration  LAYERHOOK_SECRET is too short",
      "Correct the variable and start the dev server again.",
    ),
  ],
  [
    { kind: "trouble", where: "work on layer a-layer-id", error: "no answer" },
    advised(
      "21:43:53 trouble  work on layer Docs  no answer",
      "The next tick, within a minute, retries unfinished work.",
    ),
  ],
];

test.each(LINES)("the terminal shows %j as one line, or as nothing", (fact, line) => {
  expect(shown(fact, "of-contentful")).toBe(line);
});

test("every kind of fact in the log has its line, and the table above shows it", () => {
  const source = readFileSync(new URL("../../../src/app/deps.ts", import.meta.url), "utf8");
  const facts = source.slice(source.indexOf("export type Fact"), source.indexOf("export interface Deps"));
  const kinds = [...facts.matchAll(/readonly kind: "([^"]+)"/g)].map(([, kind]) => kind).sort();
  expect(kinds.length).toBeGreaterThan(10);
  expect([...lineKinds].sort()).toEqual(kinds);
  expect([...new Set(LINES.map(([{ kind }]) => kind))].sort()).toEqual(kinds);
});

test("a publish whose webhook is not known names its layer alone", () => {
  const fact = { kind: "delivery.accepted", layer: "blog", sync: "s", queued: true, wrote: true } as const;
  expect(shown(fact)).toBe("21:43:53 publish  Marketing blog  queued");
});

test("a failure is red where colors are wanted, and says below what to do", () => {
  const failure = { kind: "part.decided", target: layer, part: "cms", ok: false, error: "it answered 500" } as const;
  const [first = "", second = ""] = (shown(failure, "", true) ?? "").split("\u001b[31m");
  expect(first).toBe("\u001b[2m21:43:53\u001b[0m ");
  expect(second).toMatch(/^sync .* cms failed: it answered 500\n {9}→ /);
  expect(second.endsWith("\u001b[0m")).toBe(true);
  expect(shown({ ...failure, ok: true }, "", true)).not.toContain("\u001b[31m");
  expect(shown(failure)).not.toContain("\u001b");
});

test("control characters in a name or an error never reach the terminal", () => {
  const line = paintLine(AT, { label: "sync", subject: "a\u001b[2Jb", outcome: "c\r\nd", advice: "e\u0007f" }, false);
  expect(line).toBe("21:43:53 sync     a [2Jb  c d\n         → e f");
});
