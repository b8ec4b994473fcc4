import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { builtDashboard } from "./builtDashboard.ts";

const KILOBYTE = 1000;

describe("what the browser loads", () => {
  let assets = "";
  beforeAll(async () => {
    assets = join(await builtDashboard(), "assets");
  }, 60_000);
  const compressed = (end: string): number =>
    readdirSync(assets)
      .filter((name) => name.endsWith(end))
      .reduce((sum, name) => sum + gzipSync(readFileSync(join(assets, name))).byteLength, 0);

  it("the browser loads less than 100 KB of JavaScript and 10 KB of styles, compressed", () => {
    expect(compressed(".js")).toBeGreaterThan(10 * KILOBYTE);
    expect(compressed(".js")).toBeLessThan(100 * KILOBYTE);
    expect(compressed(".css")).toBeLessThan(10 * KILOBYTE);
  });

  it("the browser loads no schema library, calls no other host and gets no inline style", () => {
    const script = readdirSync(assets)
      .filter((name) => name.endsWith(".js"))
      .map((name) => readFileSync(join(assets, name), "utf8"))
      .join("\n");
    expect(script).not.toContain("ZodError");
    expect(script).not.toMatch(/createElement\("style"\)/);
    const page = readFileSync(join(assets, "..", "index.html"), "utf8");
    expect(page).not.toMatch(/(?:src|href)="https?:|style=|<style|<script>/);
  });
});
