import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A folder that test files and runs share. Its content depends only on the sources. */
export const CACHE = fileURLToPath(new URL("../../node_modules/.cache/layerhook", import.meta.url));

/** Environment for processes that a test starts: Node then compiles an unchanged source once, not at each start. */
export const compileCache = { NODE_COMPILE_CACHE: join(CACHE, "compile-cache") } as const;
