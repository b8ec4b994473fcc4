import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Breakage } from "./breakages.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export type Caught =
  | { readonly kind: "caught"; readonly seed: number; readonly law: string }
  | { readonly kind: "not-caught" }
  /** The text to break is not there (any more). */
  | { readonly kind: "not-applied"; readonly file: string };

/** Breaks a copy of the project and lives its worlds until a law is broken, or for so many seeds. */
export const breakAndLive = ({ patches }: Breakage, first: number, seeds: number): Caught => {
  const copy = mkdtempSync(join(tmpdir(), "layerhook-broken-"));
  try {
    for (const part of ["src", "tests/simulate", "tests/support", "package.json"]) {
      cpSync(join(ROOT, part), join(copy, part), { recursive: true });
    }
    symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
    for (const { file, from, to } of patches) {
      const whole = readFileSync(join(copy, file), "utf8");
      if (!whole.includes(from)) return { kind: "not-applied", file };
      writeFileSync(
        join(copy, file),
        whole.replace(from, () => to),
      );
    }
    const options = ["--first", "--seed", String(first), "--seeds", String(seeds)];
    const told = execFileSync(process.execPath, [join(copy, "tests/simulate/main.ts"), ...options], {
      cwd: copy,
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    });
    const [, seed, law] = /^seed (\d+): (.*)$/m.exec(told) ?? [];
    return seed === undefined ? { kind: "not-caught" } : { kind: "caught", seed: Number(seed), law: law ?? "" };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
};
