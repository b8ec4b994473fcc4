import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleFunctions } from "./bundleFunctions.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Where `[functions]` of netlify.toml looks. */
await bundleFunctions(root, join(root, "built", "functions"));
