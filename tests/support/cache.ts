import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What test files and runs share because it depends on the sources alone. */
export const CACHE = fileURLToPath(new URL("../../node_modules/.cache/layerhook", import.meta.url));

/** For the environment of a process that a test starts: Node strips and compiles an unchanged source once, not at each start. */
export const compileCache = { NODE_COMPILE_CACHE: join(CACHE, "compile-cache") } as const;
