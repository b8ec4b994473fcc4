import { describe, expect, test } from "vitest";
import { explore } from "./explore.ts";
import { worlds } from "./worlds.ts";

const ordinary = worlds.filter(({ share }) => share === "ordinary");

describe("in every order of steps nothing is lost, nothing contradicts itself and everything comes to rest", () => {
  test.each(ordinary)("$name", { timeout: 120_000 }, ({ name, rules }) => {
    const began = performance.now();
    const { states, endings, broken } = explore(rules);
    console.info(`${name}: ${states} states, ${endings} endings, ${Math.round(performance.now() - began)} ms`);
    expect(broken === null ? [] : [broken.detail, ...broken.path]).toEqual([]);
    expect(endings).toBeGreaterThan(0);
  });
});
