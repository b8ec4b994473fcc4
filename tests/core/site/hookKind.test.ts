import { describe, expect, test } from "vitest";
import {
  buildPrice,
  HOOK_KINDS,
  hookKindAfter,
  hookKindOf,
  isNetlifyHook,
  isOtherService,
  isWithoutNetlifyHook,
  refusedHookKind,
} from "../../../src/core/site/hookKind.ts";

const HOOK = "https://api.netlify.com/build_hooks/5f3a-B_9";
const OTHER = "https://ci.example.com/build?token=secret";

describe("the shape of a build hook", () => {
  test("a build hook is Netlify's if it is an HTTPS URL of the API with one id, and perhaps a query", () => {
    for (const url of [HOOK, `${HOOK}?`, `${HOOK}?trigger_title=a&b=c`, "https://api.netlify.com/build_hooks/a"]) {
      expect([url, isNetlifyHook(url)]).toEqual([url, true]);
    }
    for (const url of [
      OTHER,
      `x${HOOK}`,
      HOOK.replace("https", "http"),
      HOOK.replace("api.", "api-"),
      HOOK.replace("netlify.com", "netlify-com"),
      HOOK.replace("netlify.com", "netlify.com.example.com"),
      HOOK.replace("build_hooks", "hooks"),
      "https://api.netlify.com/build_hooks/",
      "https://api.netlify.com/build_hooks/?a",
      `${HOOK}/`,
      `${HOOK}/more`,
      `${HOOK}#a`,
      `${HOOK}?a#b`,
      `${HOOK}é`,
    ]) {
      expect([url, isNetlifyHook(url)]).toEqual([url, false]);
    }
  });
});

describe("the kind of a site's build hook", () => {
  const NETLIFY_HINT = "api.netlify.com …k123";

  test("a site's kind is what was stored, or follows from the host in the hint", () => {
    for (const buildHookKind of HOOK_KINDS) {
      for (const buildHookHint of [NETLIFY_HINT, "ci.example.com …"]) {
        expect(hookKindOf({ buildHookKind, buildHookHint })).toBe(buildHookKind);
      }
    }
    for (const hint of [NETLIFY_HINT, "api.netlify.com/build_hooks/…k123"]) {
      expect(hookKindOf({ buildHookHint: hint })).toBe("netlify");
    }
    for (const hint of [
      "ci.example.com …",
      "api.netlify.com.example.com …",
      "xapi.netlify.com …",
      "api-netlify.com …",
    ]) {
      expect([hint, hookKindOf({ buildHookHint: hint })]).toEqual([hint, "other"]);
    }
  });

  test("a site is charged as it is shown, and a stand-in on this machine counts as Netlify's", () => {
    for (const [buildHookHint, kind] of [
      ["localhost:9331/…ok/6", "netlify"],
      ["ci.localhost/…ok/6", "netlify"],
      ["127.0.0.1:80/…ok/6", "netlify"],
      ["[::1]:80/…ok/6", "netlify"],
      ["…", "netlify"],
      ["ci.example.com/…ok/6", "other"],
      ["localhost.example.com/…ok/6", "other"],
      ["127.0.0.1.example.com/…ok/6", "other"],
    ] as const) {
      expect([buildHookHint, hookKindOf({ buildHookHint })]).toEqual([buildHookHint, kind]);
      for (const buildHookKind of [...HOOK_KINDS, undefined]) {
        const site = { buildHookHint, buildHookKind };
        expect(isOtherService(site)).toBe(hookKindOf(site) === "other");
        expect(buildPrice(site).credits).toBe(hookKindOf(site) === "other" ? 0 : 15);
      }
    }
  });

  test("a kind that is left out stays, unless the new build hook is Netlify's", () => {
    for (const kind of HOOK_KINDS) {
      for (const buildHookKind of [...HOOK_KINDS, undefined]) {
        expect(hookKindAfter({ buildHookKind }, { kind, buildHook: HOOK })).toBe(kind);
      }
    }
    expect(hookKindAfter({ buildHookKind: "other" }, {})).toBe("other");
    expect(hookKindAfter({ buildHookKind: "other" }, { buildHook: OTHER })).toBe("other");
    expect(hookKindAfter({ buildHookKind: "other" }, { buildHook: HOOK })).toBe("netlify");
    expect(hookKindAfter({ buildHookKind: "netlify" }, { buildHook: OTHER })).toBe("netlify");
    expect(hookKindAfter({}, { buildHook: HOOK })).toBeUndefined();
  });
});

describe("a kind that does not fit the build hook", () => {
  test("a build hook of Netlify may not be stored as another service's", () => {
    expect(refusedHookKind(HOOK, undefined)).toBeNull();
    expect(refusedHookKind(HOOK, "netlify")).toBeNull();
    expect(refusedHookKind(HOOK, "other")).toMatch(/^is a build hook of Netlify, .* send "netlify"$/);
  });

  test("another URL may be stored only as another service's, and its refusal names the host alone", () => {
    expect(refusedHookKind(OTHER, "other")).toBeNull();
    for (const kind of [undefined, "netlify"] as const) {
      const refused = refusedHookKind(OTHER, kind);
      expect(refused).toMatch(/^must be a build hook of Netlify, .* this URL is at ci\.example\.com\. If .* "other" /);
      expect(refused).not.toContain("secret");
      expect(refusedHookKind("https://api.netlify.com/hooks/secret", kind)).toContain("this URL has another path.");
    }
    for (const url of ["https://ci.example.com?secret", "https://ci.example.com#secret", "https://ci.example.com"]) {
      expect(refusedHookKind(url, undefined)).toContain("this URL is at ci.example.com.");
    }
    expect(refusedHookKind("no URL", undefined)).toContain("this URL is at .");
    expect(refusedHookKind("see https://ci.example.com", undefined)).toContain("this URL is at .");
  });

  test("a change to Netlify's kind needs a build hook of Netlify, stored or new", () => {
    const without = (buildHookHint: string, kind?: "netlify" | "other", buildHook?: string) =>
      isWithoutNetlifyHook({ buildHookHint }, { kind, buildHook });
    expect(without("ci.example.com …", "netlify")).toBe(true);
    expect(without("ci.example.com …", "netlify", HOOK)).toBe(false);
    expect(without("ci.example.com …", "other")).toBe(false);
    expect(without("ci.example.com …")).toBe(false);
    expect(without("api.netlify.com …k123", "netlify")).toBe(false);
  });
});
