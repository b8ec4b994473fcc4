import { createHash, randomBytes, randomUUID } from "node:crypto";
import { nanoid } from "nanoid";
import { describe, expect, test } from "vitest";
import { guessableBecause, isGuessable } from "../../../src/core/webhook/guessable.ts";

describe("a secret", () => {
  test.each([
    "",
    "password",
    "aaaaaaaa",
    "a8Fk2pQ9xZ1",
    "aaaaaaaaaaaaaaaaaaaaaaaa",
    "abababababababababab",
    "changemechangeme",
    "password12345678",
    "my-webhook-secret",
    "layerhook-secret-2026",
    "contentful-webhook-2026",
    "summer2026summer",
    "0123456789abcdef",
    "abcdefghijklmnopqrstuvwxyz",
    "correct-correct-correct",
    "                ",
    "Password_Password_2026",
  ])("a secret that a person could guess is called guessable: %j", (text) => {
    expect(isGuessable(text)).toBe(true);
  });

  test("a secret made by chance is not guessable, in every form that is generated, whatever its least length is", () => {
    const forms: readonly ((index: number) => string)[] = [
      () => nanoid(32),
      () => nanoid(21),
      () => randomUUID(),
      () => randomBytes(32).toString("hex"),
      () => randomBytes(16).toString("hex"),
      () => randomBytes(24).toString("base64"),
      () => randomBytes(24).toString("base64url"),
      // One in 40,000 of so short ones looks common: these are the same in every run.
      (index) => createHash("sha256").update(`${index}`).digest().subarray(0, 12).toString("base64url"),
    ];
    for (const form of forms) {
      for (let i = 0; i < 2000; i += 1) {
        const text = form(i);
        const least = text.length < 32 ? 16 : 32;
        expect([guessableBecause(text, least), isGuessable(text)], text).toEqual([null, false]);
      }
    }
  });
});
