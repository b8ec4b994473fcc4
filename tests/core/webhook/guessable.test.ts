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

test("a secret that is too short is called short first, then one of few characters, then one of common words", () => {
  const secret = "k9Qz2Vx7Lw4Rt8Bn1Mp5Hc3Jd6Fg0Ys";
  expect(secret).toHaveLength(31);
  expect(guessableBecause(secret.slice(0, 15))).toBe("short");
  expect(guessableBecause("")).toBe("short");
  expect(guessableBecause(secret.slice(0, 16))).toBeNull();
  expect(guessableBecause(secret.slice(0, 16), 17)).toBe("short");
  expect(guessableBecause("kq9zkq9zqk9zk9qz")).toBe("few-characters");
  expect(guessableBecause("layerhook-secret-2026")).toBe("common");
});

test("a secret of 32 characters or more needs eight different ones, and a shorter one six", () => {
  const long = "kq9zvkz9qvvk9zqkqz9kvzqv9kzvqk9z".split("");
  expect(long).toHaveLength(32);
  const withLast = (...last: string[]) => [...long.slice(0, 32 - last.length), ...last].join("");
  expect(guessableBecause(withLast("x", "w"))).toBe("few-characters");
  expect(guessableBecause(withLast("x", "w", "r"))).toBeNull();
  expect(guessableBecause(withLast("x", "w").slice(1))).toBeNull();
});

test("a secret that repeats a text, or a character, is as hard to guess as what is repeated", () => {
  expect(guessableBecause("kq9zvxwr".repeat(2))).toBeNull();
  expect(guessableBecause("kq9zvxw".repeat(3))).toBe("common");
  expect(guessableBecause(`kq9zvxw${"r".repeat(9)}`)).toBeNull();
  expect(guessableBecause(`kq9zvx${"r".repeat(9)}w`)).toBeNull();
  expect(guessableBecause(`kq9zvx${"r".repeat(11)}`)).toBe("common");
});

test("a secret of 32 characters or more needs ten that no word or repetition explains, and a shorter one eight", () => {
  const withRandom = (random: string, length: number) => guessableBecause(random.padEnd(length, "!?-+*#%&"));
  expect([withRandom("kq9zvxwr", 31), withRandom("kq9zvxw", 31)]).toEqual([null, "common"]);
  expect([withRandom("kq9zvxwr4m", 32), withRandom("kq9zvxwr4", 32)]).toEqual([null, "common"]);
});

test("a run of four or more characters that count up is worth a quarter of them, and a shorter run all of them", () => {
  const worth = (least: number, text: string) =>
    guessableBecause(text.padEnd(16, "!?-+*#%&")) === (least < 8 ? "common" : null);
  expect(worth(7, "kq9zvxw")).toBe(true);
  expect(worth(8, "kq9zvxwr")).toBe(true);
  expect(worth(7, "kq9zvxdefg")).toBe(true);
  expect(worth(8, "kq9zvxwdefg")).toBe(true);
  expect(worth(8, "kq9zvdef")).toBe(true);
  expect(worth(8, "kq9zvxdefghijk")).toBe(true);
  expect(worth(7, "kq9zvxdefghij")).toBe(true);
});
