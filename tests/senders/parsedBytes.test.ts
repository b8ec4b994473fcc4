import { afterEach, describe, expect, test, vi } from "vitest";
import { PARSED_BYTES } from "../../src/edge/senders/body/decodeBody.ts";
import { SenderWorld } from "./senderWorld.ts";

const MARK = "a body that somebody sent";

/** How often a sent body is parsed, and how many characters of it. */
const countParsed = () => {
  const parse = vi.spyOn(JSON, "parse");
  return () => {
    const texts = parse.mock.calls.map(([text]) => String(text)).filter((text) => text.includes(MARK));
    return { times: texts.length, chars: texts.reduce((sum, text) => sum + text.length, 0) };
  };
};

afterEach(() => vi.restoreAllMocks());

/** A JSON body of exactly so many bytes. */
const bodyOf = (bytes: number, secret = "not the secret of it"): string => {
  const start = `{"mark":"${MARK}","secret":"${secret}","type":"a","fill":"`;
  return `${start}${"x".repeat(bytes - start.length - 2)}"}`;
};

const settings = [
  ["with a secret in the body", { verification: { scheme: "body-secret", secret: "the secret of it" } }, 401],
  ["with conditions on the body", { only: ["type", "mark", "a.b"].map((bodyPath) => ({ bodyPath, in: ["a"] })) }, 200],
] as const;

describe.each(settings)("a webhook %s", (_what, given, status) => {
  test("a webhook parses a body of up to 1 MB, once, and a longer one not at all", async () => {
    const world = new SenderWorld();
    await world.open(given);
    const parsed = countParsed();
    expect((await world.send({ body: bodyOf(PARSED_BYTES) })).status).toBe(status);
    expect(parsed()).toEqual({ times: 1, chars: PARSED_BYTES });
    expect((await world.send({ body: bodyOf(PARSED_BYTES + 1) })).status).toBe(status);
    expect((await world.send({ body: bodyOf(6_000_000) })).status).toBe(status);
    expect(parsed()).toEqual({ times: 1, chars: PARSED_BYTES });
  });
});

test("a secret in a body longer than 1 MB is not looked for, and the refusal says so", async () => {
  const world = new SenderWorld();
  await world.open({ verification: { scheme: "body-secret", secret: "the secret of it" } });
  expect((await world.send({ body: bodyOf(PARSED_BYTES, "the secret of it") })).status).toBe(200);
  const answer = await world.send({ body: bodyOf(PARSED_BYTES + 1, "the secret of it") });
  const { code, detail } = await answer.json();
  expect([answer.status, code]).toEqual([401, "BODY_NOT_VERIFIABLE"]);
  expect(detail).toContain("1048576 bytes");
});
