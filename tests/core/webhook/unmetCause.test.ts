import { describe, expect, test } from "vitest";
import type { EventCondition, Found } from "../../../src/core/webhook/eventFilter.ts";
import { isResendable } from "../../../src/core/webhook/isResendable.ts";
import { holdsCredential, unmetCause } from "../../../src/core/webhook/unmetCause.ts";

const found = (values: readonly string[], exists = values.length > 0): Found => ({ values, exists, isWhole: true });
const causeOf = (condition: EventCondition, at: Found, index = 0): string =>
  unmetCause({ index, condition, found: at }, undefined);
const of = (values: readonly string[], exists?: boolean) => causeOf({ bodyPath: "event" }, found(values, exists));

describe("why a delivery does not meet a condition", () => {
  test("a cause names the place, what is there instead, and the number of the condition", () => {
    const end = "Condition 3 of this webhook does not match.";
    const at = found(["draft"]);
    expect(causeOf({ header: "x-event" }, at, 2)).toBe(`The header x-event is "draft". ${end}`);
    expect(causeOf({ query: "event" }, at, 2)).toBe(`"event" in the URL's query is "draft". ${end}`);
    expect(causeOf({ bodyPath: "a.*.b" }, at, 2)).toBe(`"a.*.b" in the body is "draft". ${end}`);
  });

  test("a cause says whether nothing or no plain value is at the place", () => {
    expect(of([])).toContain(" in the body is missing.");
    expect(of([], true)).toContain(" in the body has no text, number or boolean.");
  });

  test("a cause shows three values at the most, and says how many more there are", () => {
    expect(of(["a", "b", "c"])).toContain(' is "a", "b", "c". ');
    expect(of(["a", "b", "c", "d", "e"])).toContain(' is "a", "b", "c" and 2 more. ');
  });

  test("a cause shows names, and says only the length of texts that may be content", () => {
    const longest = "n".repeat(80);
    for (const name of ["refs/heads/main", "entry.publish", "a_b-c:d+#*", "Überschrift1", longest]) {
      expect(of([name])).toContain(`is "${name}"`);
    }
    for (const text of ["two words", `${longest}n`, "a\n", "<b>", "a@b.example", ""]) {
      expect([text, of([text]).includes(`is a text of ${text.length} characters.`)]).toEqual([text, true]);
    }
  });

  test("a cause shows nothing of a place that may hold a credential", () => {
    const condition: EventCondition = { header: "x-token" };
    expect(causeOf(condition, found(["abc"]))).toContain("The header x-token has another value. ");
    expect(causeOf(condition, found([], true))).toContain("has another value");
    expect(causeOf(condition, found([]))).toContain("is missing");
    const proof = { bodyPath: "event" };
    expect(unmetCause({ index: 0, condition: proof, found: found(["abc"]) }, proof)).toContain("has another value");
  });
});

describe("a place that may hold a credential", () => {
  test("a place holds a credential if its name says so, in a header, a query or a body", () => {
    const names = [
      ...["Authorization", "x-authentic", "auth-key", "auth_x", "auth.x", "x-auth", "client_secret", "TOKEN"],
      ...["password", "passwd", "Cookie", "session-id", "X-Signature", "hmac", "jwt", "credentials", "api-key"],
      ...["apikey", "api_key", "private-key", "privatekey", "private_key"],
    ];
    for (const name of names) {
      for (const place of [{ header: name }, { query: name }, { bodyPath: name }]) {
        expect([place, holdsCredential(place, undefined)]).toEqual([place, true]);
      }
    }
    for (const name of ["author", "event", "x-topic", "authority", "monkey", "keyboard", "signal", "codec"]) {
      expect([name, holdsCredential({ header: name }, undefined)]).toEqual([name, false]);
    }
    expect(holdsCredential({}, undefined)).toBe(false);
  });

  test("a short name is that of a credential in a header or a query, and of content in a body", () => {
    for (const name of ["key", "sig", "code", "PWD"]) {
      expect(holdsCredential({ header: name }, undefined)).toBe(true);
      expect(holdsCredential({ query: name }, undefined)).toBe(true);
      expect(holdsCredential({ bodyPath: name }, undefined)).toBe(false);
      expect(holdsCredential({ header: `${name}x` }, undefined)).toBe(false);
      expect(holdsCredential({ header: `x${name}` }, undefined)).toBe(false);
    }
  });

  test("a place holds a credential if the webhook's proof is there", () => {
    const proof = { header: "X-Proof", bodyPath: "proof" };
    expect(holdsCredential({ header: "x-proof" }, proof)).toBe(true);
    expect(holdsCredential({ bodyPath: "proof" }, proof)).toBe(true);
    expect(holdsCredential({ query: "proof" }, proof)).toBe(false);
    expect(holdsCredential({ header: "proof" }, proof)).toBe(false);
    expect(holdsCredential({ bodyPath: "x-proof" }, proof)).toBe(false);
    for (const place of [{ header: "x-proof" }, { bodyPath: "proof" }]) {
      expect(holdsCredential(place, {})).toBe(false);
      expect(holdsCredential(place, undefined)).toBe(false);
    }
  });
});

describe("a delivery that may be sent again", () => {
  test("a delivery may be sent again if it was a publish of a sender that was verified", () => {
    const codes = [null, "UNKNOWN_DATA_SOURCE", "BODY_NOT_KEPT", "SIGNATURE_MISMATCH", "FILTERED", "TEST", "HANDSHAKE"];
    const resendable = (outcome: "queued" | "coalesced" | "refused" | "ignored") =>
      codes.filter((code) => isResendable({ outcome, code }));
    const publishes = codes.slice(0, 5);
    expect(resendable("queued")).toEqual(publishes);
    expect(resendable("coalesced")).toEqual(publishes);
    expect(resendable("ignored")).toEqual(publishes);
    expect(resendable("refused")).toEqual(["UNKNOWN_DATA_SOURCE", "BODY_NOT_KEPT"]);
  });
});
