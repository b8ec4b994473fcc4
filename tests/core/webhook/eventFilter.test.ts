import { describe, expect, test } from "vitest";
import { type EventCondition, type FindValue, unmetCondition } from "../../../src/core/webhook/eventFilter.ts";

const event: EventCondition = { header: "x-event", in: ["publish", "unpublish"] };
const type: EventCondition = { bodyPath: "model.type", in: ["post"] };
const finds =
  (found: Record<string, string | null | undefined>): FindValue =>
  ({ header, bodyPath }) =>
    found[header ?? bodyPath ?? ""];

describe("what a delivery must have to count", () => {
  test("an event filter without conditions lets every delivery count", () => {
    expect(unmetCondition([], finds({}))).toBeNull();
  });

  test("an event filter wants one value of every condition, and names the first that is not met", () => {
    const only = [event, type];
    expect(unmetCondition(only, finds({ "x-event": "unpublish", "model.type": "post" }))).toBeNull();
    expect(unmetCondition(only, finds({ "x-event": "publish", "model.type": "page" }))).toBe(type);
    expect(unmetCondition(only, finds({ "x-event": "draft", "model.type": "page" }))).toBe(event);
  });

  test("an event filter's condition is not met where the value is missing", () => {
    expect(unmetCondition([event], finds({ "x-event": null }))).toBe(event);
    expect(unmetCondition([type], finds({ "model.type": null }))).toBe(type);
  });

  test("an event filter in doubt lets count: a body too long to read, or a condition that only a later release knows", () => {
    expect(unmetCondition([event, type], finds({}))).toBeNull();
    const later: EventCondition = { in: ["x"] };
    expect(unmetCondition([later], () => null)).toBeNull();
  });
});
