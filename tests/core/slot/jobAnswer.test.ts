import { describe, expect, test } from "vitest";
import { okOutcome, readJobAnswer } from "../../../src/core/slot/jobAnswer.ts";

describe("a job's answer", () => {
  test.each([
    ["", {}],
    ["done", {}],
    ["[1, 2]", {}],
    ["null", {}],
    ['"done"', {}],
    ["{}", {}],
  ])("a job's answer %j says nothing, and is a success all the same", (text, answer) => {
    expect(readJobAnswer(text)).toEqual(answer);
    expect(okOutcome(text, 7)).toStrictEqual({ kind: "ok", durationMs: 7 });
  });

  test.each([
    ["changed", true],
    ["changed", false],
    ["version", "v1"],
    ["version", ""],
    ["message", "12 products"],
    ["message", ""],
    ["records", 12],
    ["records", 0],
  ])("a job's success carries the answer's `%s` %j, and no field that the answer has not", (field, value) => {
    const text = JSON.stringify({ [field]: value });
    expect(okOutcome(text, 7)).toStrictEqual({ kind: "ok", durationMs: 7, [field]: value });
  });

  test("a job's version may be a number, which counts as its text", () => {
    expect(okOutcome('{"version": 1700000000}', 0)).toMatchObject({ version: "1700000000" });
    expect(readJobAnswer('{"version": 0}').version).toBe("0");
  });

  test.each([
    ["changed", "yes"],
    ["changed", 1],
    ["changed", null],
    ["version", true],
    ["version", { major: 1 }],
    ["message", 5],
    ["message", ["one", "two"]],
    ["records", "12"],
    ["records", null],
  ])("a job's field `%s` of the wrong type (%j) counts as absent, and the other fields count", (field, value) => {
    const others = { changed: true, version: "v1", message: "done", records: 3 };
    const counted = Object.fromEntries(Object.entries(others).filter(([name]) => name !== field));
    expect(okOutcome(JSON.stringify({ ...others, [field]: value }), 0)).toStrictEqual({
      kind: "ok",
      durationMs: 0,
      ...counted,
    });
  });
});

describe("the error of a job's answer", () => {
  test.each([null, false, ""])("an error %j is no error", (error) => {
    expect(readJobAnswer(JSON.stringify({ error })).error).toBeUndefined();
  });

  test.each([
    ["a text", "no space left", "no space left"],
    ["true", true, "true"],
    ["a number, zero included", 0, "0"],
    ["an object, the empty one included", {}, "{}"],
    ["an object with a code", { code: 502 }, '{"code":502}'],
    ["a list", ["one", "two"], '["one","two"]'],
  ])("an error is stored as one text where it is %s", (_what, error, text) => {
    expect(readJobAnswer(JSON.stringify({ error })).error).toBe(text);
  });

  test("an error that is nested too deeply to be written is an error all the same", () => {
    const depth = 100_000;
    const text = `{"error": ${"[".repeat(depth)}${"]".repeat(depth)}}`;
    expect(readJobAnswer(text).error).toBe("an error that is nested too deeply to show");
  });
});
