import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { pageHeaders } from "../../src/dev/pages/pageHeaders.ts";
import { protect } from "../../src/edge/protect.ts";

const pages = new Headers({ ...pageHeaders(fileURLToPath(new URL("../..", import.meta.url))) });
const functions = protect(new Request("https://hooks.example.com/"), new Response()).headers;
/** Headers of functions that pages do not have, and why. */
const NOT_ON_PAGES: Readonly<Record<string, string>> = {
  "cache-control":
    "a page is kept and asked for anew by Netlify's own default; its assets are named after their content",
};
/** Headers that differ: pages load scripts and styles of their own site, answers of functions load nothing. */
const DIFFER = ["content-security-policy"];

test("pages have every header that protects the answers of functions, or it is said why not", () => {
  const missing = [...functions.keys()].filter((name) => !pages.has(name));
  expect(missing).toEqual(Object.keys(NOT_ON_PAGES));
  for (const [name, value] of functions) {
    if (pages.has(name) && !DIFFER.includes(name)) expect([name, pages.get(name)]).toEqual([name, value]);
  }
  expect(functions.get("strict-transport-security")).toBe("max-age=31536000");
});

test("pages may load and be framed as little as their policy says", () => {
  const policy = pages.get("content-security-policy") ?? "";
  for (const rule of ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"])
    expect(policy).toContain(rule);
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
});
