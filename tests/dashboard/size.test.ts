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
  /** The script of the page and all that it imports before it runs. */
  const loadedAtFirst = (name: string, found = new Set<string>()): ReadonlySet<string> => {
    if (found.has(name)) return found;
    found.add(name);
    const imports = readFileSync(join(assets, name), "utf8").matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g);
    for (const [, imported = ""] of imports) loadedAtFirst(imported, found);
    return found;
  };
  const compressedSum = (names: Iterable<string>): number =>
    [...names].reduce((sum, name) => sum + gzipSync(readFileSync(join(assets, name))).byteLength, 0);

  it("the first view needs at most 40 KB of JavaScript and 10 KB of styles, compressed", () => {
    const page = readFileSync(join(assets, "..", "index.html"), "utf8");
    const [, entry = ""] = /src="\/assets\/([^"]+\.js)"/.exec(page) ?? [];
    const scripts = compressedSum(loadedAtFirst(entry));
    expect(scripts).toBeGreaterThan(10 * KILOBYTE);
    expect(scripts).toBeLessThanOrEqual(40 * KILOBYTE);
    expect(compressedSum(readdirSync(assets).filter((name) => name.endsWith(".css")))).toBeLessThan(10 * KILOBYTE);
  });

  it("every page needs at most 80 KB of JavaScript, compressed, before a dialog is opened", () => {
    const page = readFileSync(join(assets, "..", "index.html"), "utf8");
    const [, entry = ""] = /src="\/assets\/([^"]+\.js)"/.exec(page) ?? [];
    const first = [...loadedAtFirst(entry)];
    const pages = readdirSync(assets).filter((name) => /Pages?-[^.]*\.js$/.test(name));
    expect(pages.length).toBeGreaterThan(8);
    const sizes = pages.map((name) => [name, compressedSum(new Set([...first, ...loadedAtFirst(name)]))] as const);
    expect(sizes.filter(([, size]) => size > 80 * KILOBYTE)).toEqual([]);
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
