// Put this file into the repository of your site. `node layerhook.mjs dist` writes the marker
// dist/.well-known/layerhook.json; without a folder it prints what was published, as JSON.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const parsed = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

// Netlify hands over the body of the build hook as it came, or percent-encoded.
const decoded = (text) => {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return "";
  }
};

/** What this build is for: `{ buildId, causes, subjects, more }`. Empty if Layerhook did not start the build. */
export const layerhook = (env = process.env) => {
  const body = env.INCOMING_HOOK_BODY ?? "";
  const found = parsed(body) ?? parsed(decoded(body));
  return typeof found === "object" && found !== null ? found : {};
};

/** Writes the marker into the folder that is published. */
export const writeMarker = (folder, env = process.env) => {
  const { buildId = null } = layerhook(env);
  const marker = { buildId, deployId: env.DEPLOY_ID ?? null, at: new Date().toISOString() };
  mkdirSync(join(folder, ".well-known"), { recursive: true });
  writeFileSync(join(folder, ".well-known", "layerhook.json"), `${JSON.stringify(marker)}\n`);
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , folder] = process.argv;
  if (folder === undefined) console.log(JSON.stringify(layerhook()));
  else writeMarker(folder);
}
