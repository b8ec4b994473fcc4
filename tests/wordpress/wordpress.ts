import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { hasEnded } from "../support/cmsTrial.ts";

const READY_WITHIN = 60_000;
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** A PHP with pdo_sqlite, curl, mbstring and xml. */
const PHP = process.env["LAYERHOOK_PHP"] ?? "php";

const run = (command: string, args: readonly string[], cwd: string): string => {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args[0]} failed in ${cwd}: ${stderr.slice(-2000)}`);
  return stdout;
};

const DOWNLOADS = "https://downloads.wordpress.org/plugin";
const SQLITE = "sqlite-database-integration";

/** Fetches WordPress with its plugin for SQLite into a folder, unless it is there. */
export const fetchWordpress = (directory: string): void => {
  const plugins = join(directory, "wp-content", "plugins");
  mkdirSync(directory, { recursive: true });
  if (!existsSync(join(directory, "wp-load.php"))) {
    run("curl", ["-sSfLO", "https://wordpress.org/latest.tar.gz"], directory);
    run("tar", ["xzf", "latest.tar.gz", "--strip-components=1"], directory);
  }
  if (existsSync(join(plugins, SQLITE))) return;
  run("curl", ["-sSfLO", `${DOWNLOADS}/${SQLITE}.zip`], plugins);
  run("unzip", ["-q", `${SQLITE}.zip`], plugins);
};

/** Plugins that are tried if they are in the folder: their file, and the options that hold a webhook's URL. */
const PLUGINS: Readonly<Record<string, (url: string) => Readonly<Record<string, unknown>>>> = {
  "wp-gatsby/wp-gatsby.php": (url) => ({ wpgatsby_settings: { builds_api_webhook: url } }),
  "wp-jamstack-deployments/wp-jamstack-deployments.php": (url) => ({
    wp_jamstack_deployments: {
      webhook_url: url,
      webhook_method: "post",
      webhook_post_types: ["post", "page"],
      webhook_taxonomies: [],
    },
  }),
};

const madeSchema = z.looseObject({ id: z.number() });
const installedSchema = z.looseObject({ password: z.string(), version: z.string() });

/** What a WordPress calls: by our own must-use plugin with a secret, and by each other plugin without one. */
export interface Calls {
  readonly own: { readonly url: string; readonly secret: string };
  readonly plugins: (name: string) => Promise<string>;
}

/** A WordPress that runs on this machine with an empty database, and what its editor does in it. */
export class Wordpress {
  readonly #source: string;
  readonly #directory: string;
  readonly #port: number;
  readonly #base: string;
  #child: ChildProcess | null = null;
  #password = "";

  constructor(source: string, directory: string, port: number) {
    this.#source = source;
    this.#directory = directory;
    this.#port = port;
    this.#base = `http://127.0.0.1:${port}`;
  }

  /** Installs it with its plugins and starts it. Returns its version, and the names of the other plugins. */
  async start({ own, plugins }: Calls): Promise<{ version: string; others: string[] }> {
    const content = join(this.#directory, "wp-content");
    rmSync(this.#directory, { recursive: true, force: true });
    cpSync(this.#source, this.#directory, { recursive: true });
    mkdirSync(join(content, "mu-plugins"), { recursive: true });
    mkdirSync(join(content, "themes", "bare"), { recursive: true });
    writeFileSync(join(content, "themes", "bare", "style.css"), "/*\nTheme Name: Bare\n*/");
    writeFileSync(join(content, "themes", "bare", "index.php"), "<?php");
    copyFileSync(here("../../docs/examples/layerhook.php"), join(content, "mu-plugins", "layerhook.php"));
    copyFileSync(here("loopback.php"), join(content, "mu-plugins", "loopback.php"));
    const sqlite = join(content, "plugins", SQLITE);
    const dropIn = readFileSync(join(sqlite, "db.copy"), "utf8")
      .replaceAll("{SQLITE_IMPLEMENTATION_FOLDER_PATH}", sqlite)
      .replaceAll("{SQLITE_PLUGIN}", `${SQLITE}/load.php`);
    writeFileSync(join(content, "db.php"), dropIn);
    writeFileSync(join(this.#directory, "wp-config.php"), this.#configuration(own));
    const given: Record<string, unknown> = {};
    for (const [file, options] of Object.entries(PLUGINS)) {
      if (existsSync(join(content, "plugins", file))) given[file] = options(await plugins(file.split("/")[0] ?? file));
    }
    const args = [here("install.php"), this.#directory, JSON.stringify(given)];
    const { password, version } = installedSchema.parse(JSON.parse(run(PHP, args, this.#directory)));
    this.#password = password;
    await this.#serve();
    return { version, others: Object.keys(given).map((file) => file.split("/")[0] ?? file) };
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === null || hasEnded(child)) return;
    const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    // Its workers are processes of their own, which a SIGTERM does not end.
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    await gone;
  }

  /** Creates a post, and gives its id. */
  async create(title: string, status: "publish" | "draft"): Promise<string> {
    const made = await this.#ask("POST", "posts", { title, content: "Hé 漢字", status });
    return String(madeSchema.parse(made).id);
  }

  /** Publishes a post of another type. */
  async publishOf(type: string): Promise<void> {
    await this.#ask("POST", `posts-of/${type}`, {});
  }

  async change(id: string, fields: Record<string, unknown>): Promise<void> {
    await this.#ask("POST", `posts/${id}`, fields);
  }

  async delete(id: string): Promise<void> {
    await this.#ask("DELETE", `posts/${id}`, { force: true });
  }

  #configuration({ url, secret }: Calls["own"]): string {
    const text = (value: string): string => `'${value.replaceAll("'", "")}'`;
    const constants: Record<string, string> = {
      ...{ DB_NAME: text("wp"), DB_USER: "''", DB_PASSWORD: "''", DB_HOST: "''", DB_CHARSET: text("utf8") },
      ...{ WP_HOME: text(this.#base), WP_SITEURL: text(this.#base), WP_ENVIRONMENT_TYPE: text("local") },
      ...{ DISABLE_WP_CRON: "true", AUTOMATIC_UPDATER_DISABLED: "true", WP_DEFAULT_THEME: text("bare") },
      ...{ LAYERHOOK_URL: text(url), LAYERHOOK_SECRET: text(secret), WP_DEBUG_DISPLAY: "false" },
    };
    const lines = Object.entries(constants).map(([name, value]) => `define('${name}', ${value});`);
    return ["<?php", ...lines, "$table_prefix = 'wp_';", "require_once ABSPATH . 'wp-settings.php';"].join("\n");
  }

  async #serve(): Promise<void> {
    const log = openSync(join(this.#directory, "run.log"), "w");
    const env = { ...process.env, PHP_CLI_SERVER_WORKERS: "4" };
    const args = ["-S", `127.0.0.1:${this.#port}`, "-t", this.#directory];
    const child = spawn(PHP, args, { cwd: this.#directory, env, stdio: ["ignore", log, log], detached: true });
    this.#child = child;
    const began = performance.now();
    const answers = () =>
      fetch(`${this.#base}/index.php?rest_route=/`, { signal: AbortSignal.timeout(5000) }).then(
        ({ ok }) => ok,
        () => false,
      );
    while (!(await answers())) {
      const over = hasEnded(child) || performance.now() - began > READY_WITHIN;
      if (over) throw new Error(`WordPress did not start; ${this.#directory}/run.log says why`);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }

  async #ask(method: string, path: string, body: unknown): Promise<unknown> {
    const response = await fetch(`${this.#base}/index.php?rest_route=/wp/v2/${path}`, {
      method,
      headers: {
        authorization: `Basic ${Buffer.from(`admin:${this.#password}`).toString("base64")}`,
        "content-type": "application/json",
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(60_000),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`WordPress answered ${method} ${path} with ${response.status}: ${answer}`);
    return JSON.parse(answer);
  }
}
