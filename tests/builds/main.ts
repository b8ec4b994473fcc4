/**
 * The real site generators, built as docs/proof-of-live.md says:
 *
 *     npm run test:builds
 *
 * installs pinned generators into a temporary folder, takes the commands and snippets out of the documentation, hands each build
 * the body of a build hook as Netlify does, and looks whether the marker and what was published are in what is built.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { hookBody } from "../../src/app/netlify/hookBody.ts";
import { commandLine } from "../../src/cli/commandLine.ts";
import { type BuiltSite, sites } from "./sites.ts";

commandLine({
  call: "npm run test:builds",
  does: `Installs Astro, Eleventy, Next and Netlify's build (800 MB, some minutes the first time), builds a site with each, with
Hugo if it is installed, and with plain shell, and looks for the marker in each. LAYERHOOK_BUILDS_DIR names another folder.`,
  options: z.object({}),
});

const dependencies = {
  astro: "7.3.5",
  "@11ty/eleventy": "3.1.8",
  next: "16.4.6",
  react: "19.3.1",
  "react-dom": "19.3.1",
  "@netlify/build": "37.3.3",
};
const directory = process.env["LAYERHOOK_BUILDS_DIR"] ?? join(tmpdir(), "layerhook-builds");
const examples = fileURLToPath(new URL("../../docs/examples/", import.meta.url));

/** Runs a command of a shell. Returns what it printed, and whether it went well. */
const run = (command: string, cwd: string, more: Readonly<Record<string, string>> = {}) => {
  const path = [join(directory, "node_modules", ".bin"), dirname(process.execPath), process.env["PATH"] ?? ""];
  const quiet = { ASTRO_TELEMETRY_DISABLED: "1", NEXT_TELEMETRY_DISABLED: "1", CI: "1" };
  const env = { ...process.env, ...quiet, ...more, PATH: path.join(delimiter) };
  const ran = spawnSync("sh", ["-c", command], { cwd, env, encoding: "utf8" });
  return { ok: ran.status === 0, text: `${ran.stdout}${ran.stderr}` };
};

const install = (): void => {
  mkdirSync(directory, { recursive: true });
  const manifest = { name: "layerhook-builds", private: true, type: "module", dependencies };
  const text = JSON.stringify(manifest, null, 2);
  const file = join(directory, "package.json");
  const isThere = existsSync(join(directory, "node_modules", ".package-lock.json"));
  if (isThere && readFileSync(file, "utf8") === text) return;
  writeFileSync(file, text);
  // What the generators compile comes compiled.
  const installed = run("npm install --no-audit --no-fund --ignore-scripts", directory);
  if (!installed.ok) throw new Error(`the generators could not be installed: ${installed.text.slice(-2000)}`);
};

const BUILD = "0193a7c2-5d1e-7000-8000-0123456789ab";
const DEPLOY = "5ebc34bf4fea0b0100000001";
const TITLE = "Crème brûlée + 100 % 漢字";
const cause = { dataLayerId: "layer-one", name: "Blog", syncId: "0193a7c2-0000-7000-8000-000000000001" };
const subject = {
  ...{ layerId: "layer-one", deliveryId: "0193a7c2-0000-7000-8000-000000000002", syncId: cause.syncId },
  ...{ event: "Entry.publish", type: "post", id: "5KsDBWseXY6QegucYAoacS", title: TITLE },
};
const sealer = {
  ...{ keyId: null, seal: (text: string) => text, open: (sealed: string) => sealed },
  ...{ isCurrent: () => true, isBound: () => true },
};
const body = hookBody(
  {
    buildId: BUILD,
    causes: [cause],
    manifest: { buildId: BUILD, deliveries: 1, subjects: [subject], more: 0 },
  },
  sealer,
);
const markerSchema = z.object({
  buildId: z.string().nullable(),
  deployId: z.string().nullable(),
  at: z.iso.datetime(),
});

const expectThat = (holds: boolean, what: string): void => {
  console.log(`${holds ? "yes" : "NO "}  ${what}`);
  if (!holds) process.exitCode = 1;
};

const textIn = (folder: string, file: string): string => {
  const path = join(folder, file);
  return existsSync(path) ? readFileSync(path, "utf8") : "";
};

/** Makes the site's folder anew. */
const lay = ({ name, files }: BuiltSite): string => {
  const folder = join(directory, "sites", name.toLowerCase().replaceAll(" ", "-"));
  rmSync(folder, { recursive: true, force: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "a-site", private: true, type: "module" }));
  copyFileSync(join(examples, "layerhook.mjs"), join(folder, "layerhook.mjs"));
  cpSync(join(examples, "netlify-plugin"), join(folder, "netlify-plugin"), { recursive: true });
  return folder;
};

/** Builds a site with the hook's body in one of Netlify's two forms, and looks at what was built. */
const build = (site: BuiltSite, form: "JSON" | "percent-encoded"): void => {
  const folder = lay(site);
  const text = form === "JSON" ? body : encodeURIComponent(body);
  const built = run(site.command, folder, { INCOMING_HOOK_BODY: text, DEPLOY_ID: DEPLOY });
  if (!built.ok) console.log(built.text.slice(-3000));
  expectThat(built.ok, `${site.name} is built by \`${site.command}\``);
  const written = textIn(folder, join(site.published, ".well-known", "layerhook.json"));
  const marker = markerSchema.safeParse(written === "" ? null : JSON.parse(written));
  const isNamed = marker.data?.buildId === BUILD && marker.data.deployId === DEPLOY;
  expectThat(isNamed, `its marker in ${site.published}/ names the build and the deploy (body as ${form})`);
  const [file, what] = site.shows;
  const wanted = { title: TITLE, id: subject.id, build: BUILD }[what];
  expectThat(textIn(folder, file).includes(wanted), `${file} shows the ${what} that the build was handed`);
};

install();
console.log(`In ${directory}, with Node ${process.version}`);
const hugo = /v(\d+\.\d+\.\d+)/.exec(run("hugo version", directory).text)?.[1];
const versions = { ...dependencies, ...(hugo === undefined ? {} : { hugo }) };
console.log(
  Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(", "),
);
for (const site of sites) {
  if (site.name === "Hugo" && hugo === undefined) {
    console.log("Hugo is not installed, and not tried");
    continue;
  }
  for (const form of ["JSON", "percent-encoded"] as const) build(site, form);
}
