import { describe, expect, test } from "vitest";
import { refusedBuild, retryTime } from "../../../src/app/netlify/refusedBuild.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../../src/core/durations.ts";
import { START } from "../../support/builders.ts";

const about = { from: "the build hook", kind: "netlify", secret: "5f3c0ffee", now: START, durationMs: 7 } as const;
const refused = (status: number, text = "", retryAfter: string | null = null) =>
  refusedBuild({ kind: "answer", status, location: null, retryAfter, text }, about);

describe("what a build hook's refusal means", () => {
  test("a refusal goes on record with the start of its text on one line, and without the hook's id", () => {
    expect(refused(500, `no\n  hook 5f3c0ffee ${"words ".repeat(90)}`)).toEqual({
      kind: "failed",
      unanswered: false,
      durationMs: 7,
      error: `the build hook answered 500: "no hook … ${"words ".repeat(30).trim()}…"`,
    });
    expect(refused(500)).toMatchObject({ error: "the build hook answered 500" });
  });

  test("a refusal for want of credits, or because builds are stopped, holds the build and uses up no try", () => {
    const text = '{"error":"Account credit usage exceeded - new deploys are blocked until credits are added"}';
    expect(refused(403, text)).toMatchObject({ held: "credits", uncounted: true });
    expect(refused(403, '{"error":"Builds are stopped"}')).toMatchObject({ held: "builds-stopped", uncounted: true });
    expect(refused(403, "Forbidden")).not.toHaveProperty("held");
  });

  test("a refusal of another service holds nothing back and does not speak of Netlify", () => {
    const answer = { kind: "answer", location: null, retryAfter: null } as const;
    const other = (status: number, text: string) =>
      refusedBuild({ ...answer, status, text }, { ...about, kind: "other" });
    expect(other(403, '{"error":"Builds are stopped"}')).not.toHaveProperty("held");
    expect(JSON.stringify([other(404, "Not Found"), other(403, "credits exceeded")])).not.toContain("Netlify");
  });

  test.each([404, 410])("a hook that answers %s is gone: the build fails at once and says what to do", (status) => {
    expect(refused(status, "Not Found")).toMatchObject({
      atMost: 1,
      error: `the build hook answered ${status}: the build hook no longer exists. Create a new build hook at Netlify and enter it in the site's settings`,
    });
  });

  test("a 429 uses up no try, and its Retry-After moves the next one", () => {
    expect(refused(429, "slow down", "3600")).toMatchObject({ uncounted: true, notBefore: START + HOUR });
    expect(refused(429)).not.toHaveProperty("notBefore");
    expect(refused(503, "", "120")).toMatchObject({ notBefore: START + 2 * MINUTE });
    expect(refused(503, "", "120")).not.toHaveProperty("uncounted");
  });

  test("a Retry-After is a number of seconds or a date, and reaches a day at most", () => {
    expect(retryTime("30", START)).toBe(START + 30 * SECOND);
    expect(retryTime(new Date(START + 5 * MINUTE).toUTCString(), START)).toBe(START + 5 * MINUTE);
    expect(retryTime(new Date(START - HOUR).toUTCString(), START)).toBe(START);
    expect(retryTime("99999999", START)).toBe(START + DAY);
    expect([retryTime(null, START), retryTime("soon", START)]).toEqual([null, null]);
  });
});
