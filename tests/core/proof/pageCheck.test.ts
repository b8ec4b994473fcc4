import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  asPath,
  type Expected,
  fill,
  judgePage,
  type PageAnswer,
  sampleUrl,
} from "../../../src/core/proof/pageCheck.ts";

const values: Readonly<Record<string, unknown>> = {
  slug: "hello",
  "entry.id": 7,
  zero: 0,
  empty: "",
  blank: " \n",
  list: ["a"],
  yes: true,
  none: null,
};
const valueAt = (path: string): unknown => values[path];

describe("a template", () => {
  test("a template is filled with the texts and numbers of a delivery", () => {
    expect(fill("/blog/{slug}/{entry.id}?{zero}", valueAt)).toEqual({ text: "/blog/hello/7?0" });
    expect(fill("{slug}{slug}", valueAt, (value) => value.toUpperCase())).toEqual({ text: "HELLOHELLO" });
    expect(fill("without values {} {", valueAt)).toEqual({ text: "without values {} {" });
  });

  test("a template names the first value that a delivery does not have, or that is neither text nor number", () => {
    for (const path of ["missing", "empty", "blank", "list", "yes", "none"]) {
      expect(fill(`/{slug}/{${path}}/{other}`, valueAt)).toEqual({ missing: path });
    }
  });

  test("a placeholder is a name of 120 characters at the most, without braces", () => {
    const longest = "p".repeat(120);
    expect(fill(`{${longest}}`, valueAt)).toEqual({ missing: longest });
    expect(fill(`{p${longest}}`, valueAt)).toEqual({ text: `{p${longest}}` });
    expect(fill("{{slug}}", valueAt)).toEqual({ text: "{hello}" });
    expect(sampleUrl("https://example.com/{entry.id}/{a{slug}}")).toBe("https://example.com/x/{ax}");
  });
});

describe("a value in a URL's path", () => {
  test("a value in a path leads neither up nor to another host, and keeps its other steps", () => {
    expect(asPath("/blog//2026/./../first post/")).toBe("blog/2026/first%20post");
    expect(asPath("..a/.b?c#d")).toBe("..a/.b%3Fc%23d");
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a", "é", "/", ".", "..", "?", "#", ":", "@", "\\")), (parts) => {
        const base = "https://example.com/blog/";
        const url = new URL(`${base}${asPath(parts.join(""))}`);
        expect([url.origin, url.pathname.startsWith("/blog/"), url.search, url.hash]).toEqual([
          "https://example.com",
          true,
          "",
          "",
        ]);
      }),
    );
  });
});

const page = (text: string, more: Partial<PageAnswer> = {}): PageAnswer => ({
  status: 200,
  text,
  headers: {},
  ...more,
});
/** Reads a member of a JSON document. */
const memberOf = (document: unknown, pointer: string): unknown =>
  document !== null && typeof document === "object" ? Reflect.get(document, pointer) : undefined;
const judge = (expected: Expected, answer: PageAnswer) => judgePage(expected, answer, memberOf);
const isSeen = (expected: Expected, answer: PageAnswer): boolean => judge(expected, answer).state === "seen";

describe("a page's answer", () => {
  test("a page that does not exist lacks the publish, and a page that fails says nothing about it", () => {
    for (const status of [404, 410]) {
      expect(judge({ text: "hello" }, page("hello", { status }))).toEqual({
        state: "missing",
        reason: `The page answers ${status}.`,
      });
    }
    for (const status of [201, 301, 403, 500, 503]) {
      expect(judge({ text: "hello" }, page("hello", { status }))).toEqual({
        state: "unknown",
        reason: `The page answers ${status}.`,
      });
    }
  });
});

describe("a text on a page", () => {
  const has = (html: string, text: string): boolean => isSeen({ text }, page(html));

  test("a text is seen where a reader sees it: across tags, line breaks and entities", () => {
    for (const html of [
      "<h1>Fish & chips</h1>",
      "Fish &amp; chips",
      "FISH <b>Fish</b> <i class='a'>&AMP;</i>\n  chips",
      "Fish&nbsp;&#38;&#x20;chips",
      "Fish &#x26; chips",
    ]) {
      expect([html, has(html, "Fish & chips")]).toEqual([html, true]);
    }
    expect(has("Fish & chips", "  Fish &\n chips ")).toBe(true);
    expect(has('<a title="Fish & chips">', "Fish & chips")).toBe(true);
    expect(judge({ text: "Fish" }, page("Fish"))).toEqual({ state: "seen", reason: null });
  });

  test("a text that is not on the page is missing", () => {
    const missing = { state: "missing", reason: "The page does not have the text." };
    expect(judge({ text: "Fish & chips" }, page("<h1>Fish and chips</h1>"))).toEqual(missing);
    expect(has("Fish<br>chips", "Fishchips")).toBe(false);
    expect(has("fish", "Fish")).toBe(false);
    // What is inside a tag is no text of it once the entities are read.
    expect(has('<a title="Fish &amp; chips">x</a>', "Fish & chips")).toBe(false);
  });

  test("an entity stands for its character, and anything like an entity stands for itself", () => {
    const of = (entity: string, character: string) => expect([entity, has(entity, character)]).toEqual([entity, true]);
    of("-&lt;-&gt;-&quot;-&apos;-", "-<->-\"-'-");
    of("a&nbsp;b", "a b");
    of("&#233;&#xe9;&#XE9;", "ééé");
    of("&#128512;&#x1F600;&#1114111;", `😀😀${String.fromCodePoint(0x10ffff)}`);
    for (const text of ["&#1114112;", "&#9999999;", "&#x110000;", "&#;", "&#x;", "&bogus;", "&a;"]) {
      of(`<b>${text}</b> x`, `${text} x`);
    }
    expect(has("&amp;<b>x</b>", "&amp; x")).toBe(false);
    expect(has("<b></b>&#00000038; x &toolong7;", "& x")).toBe(false);
    expect(has("<b></b>&#x0000026; x", "& x")).toBe(false);
  });
});

describe("a value on a page", () => {
  const has = (expected: Expected, html: string, value: string): boolean => isSeen({ ...expected, value }, page(html));

  test("a value is seen in the content of a meta tag, by any of the names that meta tags have", () => {
    for (const name of ["name", "property", "itemprop", "http-equiv", "NAME"]) {
      expect([name, has({ meta: "rev" }, `<meta ${name}="rev" content="v1">`, "v1")]).toEqual([name, true]);
    }
    for (const html of [
      "<meta name='rev' content='v1'>",
      "<meta content=v1 name=rev>",
      "<META\n  Name = \"rev\"\tCONTENT = 'v1' />",
      '<meta name="rev" content="v0"><meta name="rev" content="v1">',
      '<meta name="rev" content="&#118;1">',
      '<meta name="rev" content=" v1\n">',
    ]) {
      expect([html, has({ meta: "rev" }, html, "v1")]).toEqual([html, true]);
    }
    for (const html of [
      '<meta id="rev" content="v1">',
      '<meta name="other" content="v1">',
      '<meta name="rev" value="v1">',
      '<metal name="rev" content="v1">',
      '<meta name="rev" content="v10">',
      'name="rev" content="v1"',
    ]) {
      expect([html, has({ meta: "rev" }, html, "v1")]).toEqual([html, false]);
    }
    expect(has({ meta: "rev" }, '<meta name="rev" content="">', "")).toBe(true);
    expect(has({ meta: "rev" }, "<meta name=\"rev\" content=''>", "")).toBe(true);
    expect(has({ meta: "og:title" }, "<meta property=og:title content=it's>", "it")).toBe(true);
  });

  test("a value is seen in a header, whose name may be written in capitals", () => {
    const answer = page("", { headers: { "x-rev": "v1" } });
    expect(isSeen({ header: "X-Rev", value: "v1" }, answer)).toBe(true);
    expect(isSeen({ header: "x-rev", value: "v2" }, answer)).toBe(false);
    expect(isSeen({ header: "x-other", value: "v1" }, answer)).toBe(false);
  });

  test("a value is seen in the page's JSON, whatever kind of value it is there", () => {
    expect(has({ pointer: "rev" }, '{"rev":7}', "7")).toBe(true);
    expect(has({ pointer: "rev" }, '{"rev":false}', "false")).toBe(true);
    expect(has({}, '{"":"v1"}', "v1")).toBe(true);
    expect(isSeen({ pointer: "rev" }, page('{"rev":""}'))).toBe(true);
    expect(isSeen({ pointer: "rev" }, page('{"rev":"x"}'))).toBe(false);
  });

  test("a page without the value differs from a page with another value", () => {
    const reasonOf = (html: string) => judge({ pointer: "rev", value: "v1" }, page(html));
    const missing = { state: "missing", reason: "The page does not have the value." };
    for (const html of ["{}", '{"rev":null}', "<html>", ""]) expect(reasonOf(html)).toEqual(missing);
    const meta = '<meta name="other" content="v1"><meta name="rev">';
    expect(judge({ meta: "rev", value: "v1" }, page(meta))).toEqual(missing);
    expect(judge({ meta: "rev", value: "v1" }, page('<meta name="other" content="v1">'))).toEqual(missing);
    expect(reasonOf('{"rev":"v0"}')).toEqual({ state: "missing", reason: "The page has another value." });
    expect(reasonOf('{"rev":"v1"}')).toEqual({ state: "seen", reason: null });
  });

  test("a meta tag goes before a header, and a header before the page's JSON", () => {
    const answer = page('{"a":"json","html":"<meta name=a content=tag>"}', { headers: { a: "header" } });
    expect(isSeen({ meta: "a", header: "a", pointer: "a", value: "tag" }, answer)).toBe(true);
    expect(isSeen({ header: "a", pointer: "a", value: "header" }, answer)).toBe(true);
    expect(isSeen({ pointer: "a", value: "json" }, answer)).toBe(true);
  });
});
