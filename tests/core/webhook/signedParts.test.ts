import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  headerIn,
  neverCertain,
  type Part,
  signedParts,
  uncertainPart,
} from "../../../src/core/webhook/signedParts.ts";

describe("what a signature covers", () => {
  test("a signature covers the body, or the time and the body, unless the settings say more", () => {
    expect(signedParts({})).toEqual({ before: "", names: ["body"], separators: [""] });
    expect(signedParts({ timestamp: { separator: "." } })).toEqual({
      ...{ before: "", names: ["timestamp", "body"], separators: [".", ""] },
    });
    expect(signedParts({ signs: "v1:{timestamp}.{header:x-id}/{body}!", timestamp: { separator: "-" } })).toEqual({
      ...{ before: "v1:", names: ["timestamp", "header:x-id", "body"], separators: [".", "/", "!"] },
    });
    expect(signedParts({ signs: "" })).toEqual({ before: "", names: [], separators: [] });
  });

  test("the parts of a signature, put together, are what the settings wrote", () => {
    const text = fc.string({ unit: fc.constantFrom("a", ".", ":", " ") });
    fc.assert(
      fc.property(text, fc.array(fc.tuple(text, text), { maxLength: 4 }), (before, parts) => {
        const signs = before + parts.map(([name, separator]) => `{${name}}${separator}`).join("");
        expect(signedParts({ signs })).toEqual({
          ...{ before, names: parts.map(([name]) => name), separators: parts.map(([, separator]) => separator) },
        });
      }),
    );
  });

  test("a part names a header behind the word header and a colon", () => {
    expect(headerIn("header:x-id")).toBe("x-id");
    for (const name of ["header:", "header", "x-header:x-id", "body"]) expect(headerIn(name)).toBeNull();
  });
});

describe("a signed text that can be cut in one way only", () => {
  const part = (name: string, value: string): Part => ({ name, value });
  const body = part("body", "{}");
  const uncertain = (parts: readonly Part[], ...separators: string[]) => uncertainPart(parts, separators)?.name ?? null;

  test("a part before the body ends surely at a separator that it does not hold", () => {
    expect(uncertain([part("header:a", "x"), body], ".")).toBeNull();
    expect(uncertain([part("header:a", "x.y"), body], ".")).toBe("header:a");
    expect(uncertain([part("header:a", "x."), body], "..")).toBe("header:a");
    expect(uncertain([part("header:a", "x"), body], "")).toBe("header:a");
    expect(uncertain([part("header:a", "x"), part("header:b", "y"), body], ".", "")).toBe("header:b");
  });

  test("a part behind the body begins surely at a separator that it does not hold", () => {
    expect(uncertain([body, part("header:a", "x")], ".")).toBeNull();
    expect(uncertain([body, part("header:a", "x.y")], ".")).toBe("header:a");
    expect(uncertain([body, part("header:a", ".x")], "..")).toBe("header:a");
    expect(uncertain([body, part("header:a", "x")], "")).toBe("header:a");
  });

  test("a method needs no separator on either side", () => {
    expect(uncertain([part("method", "POST"), body], "")).toBeNull();
    expect(uncertain([body, part("method", "POST")], "")).toBeNull();
  });

  test("a time needs no separator where no digit is beside it", () => {
    const time = part("timestamp", "12");
    expect(uncertain([time, body], "")).toBeNull();
    expect(uncertain([time, part("body", "3")], "")).toBe("timestamp");
    expect(uncertain([time, part("body", "")], "")).toBe("timestamp");
    expect(uncertain([body, time], "")).toBeNull();
    expect(uncertain([part("body", "a3"), time], "")).toBe("timestamp");
    expect(uncertain([part("body", "3a"), time], "")).toBeNull();
    expect(uncertain([part("body", ""), time], "")).toBe("timestamp");
    expect(uncertain([body, part("header:a", "1")], "")).toBe("header:a");
    expect(uncertain([body, part("header:a", "xy1"), time], ".", "")).toBe("timestamp");
    expect(uncertain([body, part("header:a", "1xy"), time], ".", "")).toBeNull();
  });

  test("a URL or a path needs no separator before a body that begins as JSON does, if it has no such character", () => {
    for (const name of ["url", "path"]) {
      expect(uncertain([part(name, "/a"), body], "")).toBeNull();
      expect(uncertain([part(name, "/a"), part("body", "[1]")], "")).toBeNull();
      expect(uncertain([part(name, "/a{b"), body], "")).toBe(name);
      expect(uncertain([part(name, "/a[b"), body], "")).toBe(name);
      expect(uncertain([part(name, "/a"), part("body", "a=b{")], "")).toBe(name);
      expect(uncertain([body, part(name, "/a")], "")).toBe(name);
    }
  });

  test("a part without a separator on record ends nowhere surely", () => {
    expect(uncertain([part("header:a", "x"), body])).toBe("header:a");
  });

  test("a text of one part, or of none, is certain", () => {
    expect([uncertain([body], ""), uncertain([])]).toEqual([null, null]);
  });
});

describe("settings by which no request is certain", () => {
  const never = (signs: string) => neverCertain(signedParts({ signs }));

  test("a part that no request can make certain is named, and settings that some request can are accepted", () => {
    for (const signs of [
      "{body}",
      "{timestamp}.{body}",
      "{method}{body}",
      "{url}{body}",
      "{path}{body}",
      "{header:a}~{body}",
      "{url}{header:a}~{body}",
    ]) {
      expect([signs, never(signs)]).toEqual([signs, null]);
    }
    expect(never("{method}{path}{timestamp}{body}")).toBe("path");
    expect(never("{header:a}{body}")).toBe("header:a");
    expect(never("{body}{header:a}")).toBe("header:a");
    expect(never("{url}/{body}")).toBe("url");
    expect(never("{path}publish{body}")).toBe("path");
    expect(never("{path}data_layer{body}")).toBe("path");
    expect(never("{timestamp}0{body}")).toBe("timestamp");
    expect(never("{method}POST{body}")).toBeNull();
    expect(never("{header:a}~^|+{body}")).toBeNull();
  });
});
