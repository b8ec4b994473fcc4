import { describe, expect, test } from "vitest";
import { heldByRefusal, whyNotBuilt } from "../../../src/core/site/notBuilt.ts";

/** Texts that were seen in public, and what they mean. */
const seen = [
  ["Skipped due to account credit usage exceeded", "credits"],
  ["Account credit usage exceeded - new deploys are blocked until credits are added", "credits"],
  ["Skipped: your team is out of credits", "credits"],
  ["Build minutes limit exceeded", "credits"],
  ["Builds are stopped for this site", "builds-stopped"],
  ["Builds have been disabled", "builds-stopped"],
  ["This account is suspended", "builds-stopped"],
  ["Failed during stage 'checking build content for changes': Canceled build due to no content change", "ignored"],
  ["Canceled build due to no content change", "ignored"],
  ["Skipped due to a newer build", "superseded"],
  ["Canceled deploy", "cancelled"],
  ["Canceled build", "cancelled"],
  ["Build cancelled by a team member", "cancelled"],
  ["Canceled build due to build duration", null],
  ["Build script returned non-zero exit code: 2", null],
  ["Failed during stage 'building site': Command did not finish within the time limit", null],
  ["Build exceeded maximum build runtime", null],
  ["", null],
] as const;

describe("why Netlify did not build", () => {
  test.each(seen)("a deploy that failed with '%s' means %s", (message, means) => {
    expect(whyNotBuilt({ skipped: false, message })).toBe(means);
  });

  test("a deploy that Netlify skipped without a text was skipped in its queue", () => {
    expect(whyNotBuilt({ skipped: true, message: "" })).toBe("superseded");
    expect(whyNotBuilt({ skipped: true, message: "Skipped" })).toBe("superseded");
    expect(whyNotBuilt({ skipped: true, message: "Skipped due to account credit usage exceeded" })).toBe("credits");
  });

  test("a refusal holds builds back only if its status and its text say so", () => {
    const text = '{"error":"Account credit usage exceeded - new deploys are blocked until credits are added"}';
    expect(heldByRefusal(403, text)).toBe("credits");
    expect(heldByRefusal(403, '{"error":"Builds are stopped for this site"}')).toBe("builds-stopped");
    expect(heldByRefusal(422, text)).toBe("credits");
    expect(heldByRefusal(402, "Payment Required")).toBe("credits");
    expect(heldByRefusal(402, "Builds are stopped for this site")).toBe("builds-stopped");
    expect(heldByRefusal(403, "Forbidden")).toBeNull();
    expect(heldByRefusal(403, "Canceled deploy")).toBeNull();
    expect(heldByRefusal(500, text)).toBeNull();
    expect(heldByRefusal(200, text)).toBeNull();
  });
});
