import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleFunctions } from "./bundleFunctions.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** The folder is the one that `[functions]` in netlify.toml names. */
await bundleFunctions(root, join(root, "built", "functions"));
