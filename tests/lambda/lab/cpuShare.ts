import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const V1 = "/sys/fs/cgroup/cpu";
const V2 = "/sys/fs/cgroup";
const PERIOD_US = 20_000;

/** Where groups with a limit are made on this machine; null: nowhere. */
const groups = (): { readonly root: string; readonly limit: (quota: number) => Record<string, string> } | null => {
  if (existsSync(join(V1, "cpu.cfs_quota_us")) || existsSync(join(V1, "cgroup.procs"))) {
    const limit = (quota: number) => ({ "cpu.cfs_period_us": String(PERIOD_US), "cpu.cfs_quota_us": String(quota) });
    return { root: V1, limit };
  }
  const controllers = join(V2, "cgroup.controllers");
  if (!existsSync(controllers) || !/\bcpu\b/.test(readFileSync(controllers, "utf8"))) return null;
  return { root: V2, limit: (quota) => ({ "cpu.max": `${quota} ${PERIOD_US}` }) };
};

/**
 * Limits a process to `share` of a core, as Lambda limits an instance (1,024 MB: 0.58). Returns what removes the limit's
 * group when the process has ended. Throws where this machine lets nobody do that.
 */
export const limitCpu = (pid: number, share: number): (() => void) => {
  const found = groups();
  if (found === null) throw new Error("A CPU share needs control groups (v1 or v2) with the cpu controller");
  const group = join(found.root, `layerhook-lab-${pid}`);
  try {
    mkdirSync(group, { recursive: true });
    for (const [file, value] of Object.entries(found.limit(Math.round(PERIOD_US * share)))) {
      writeFileSync(join(group, file), value);
    }
    writeFileSync(join(group, "cgroup.procs"), String(pid));
  } catch (cause) {
    throw new Error(`A CPU share needs the right to write below ${found.root}`, { cause });
  }
  return () => {
    try {
      rmdirSync(group);
    } catch {
      // The kernel is not done with the process yet; an empty group does no harm.
    }
  };
};
