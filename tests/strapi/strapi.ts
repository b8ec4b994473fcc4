import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, openSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { compilingFor, hasEnded } from "../support/cmsTrial.ts";

export const VERSION = "5.54.0";

const READY_WITHIN = 120_000;

const manifest = {
  name: "layerhook-strapi",
  private: true,
  version: "0.0.0",
  strapi: { uuid: false },
  // Its database is compiled or fetched by an install script.
  allowScripts: { "better-sqlite3": true, esbuild: true, "@swc/core": true, "core-js-pure": false },
  dependencies: {
    "@strapi/strapi": VERSION,
    "better-sqlite3": "12.11.1",
    react: "18.3.1",
    "react-dom": "18.3.1",
    "react-router-dom": "6.30.3",
    "styled-components": "6.1.19",
  },
};

const article = {
  kind: "collectionType",
  collectionName: "articles",
  info: { singularName: "article", pluralName: "articles", displayName: "Article" },
  options: { draftAndPublish: true },
  attributes: { title: { type: "string", required: true }, slug: { type: "uid", targetField: "title" } },
};

const made = (kind: string) =>
  `module.exports = require("@strapi/strapi").factories.createCore${kind}("api::article.article");\n`;
const of = (value: unknown) => `module.exports = ${JSON.stringify(value)};\n`;

/** The smallest project with an admin, SQLite and one content type with drafts. */
const files: Readonly<Record<string, string>> = {
  "config/server.js": `module.exports = ({ env }) => ({ host: "127.0.0.1", port: env.int("PORT"), app: { keys: ["one", "two"] } });\n`,
  "config/admin.js": of({
    serveAdminPanel: false,
    auth: { secret: "a-secret-for-a-run-on-this-machine" },
    apiToken: { salt: "a-salt" },
    transfer: { token: { salt: "a-salt" } },
    secrets: { encryptionKey: "an-encryption-key-0123456789abcd" },
    flags: { nps: false, promoteEE: false },
  }),
  "config/database.js": of({
    connection: { client: "sqlite", connection: { filename: ".tmp/data.db" }, useNullAsDefault: true },
  }),
  "config/middlewares.js": of(
    ["logger", "errors", "security", "cors", "poweredBy", "query", "body", "session", "favicon", "public"].map(
      (name) => `strapi::${name}`,
    ),
  ),
  "config/api.js": of({ rest: { defaultLimit: 25, maxLimit: 100 } }),
  "config/plugins.js": of({}),
  "src/index.js": "module.exports = { register() {}, bootstrap() {} };\n",
  "src/api/article/content-types/article/schema.json": JSON.stringify(article),
  "src/api/article/controllers/article.js": made("Controller"),
  "src/api/article/routes/article.js": made("Router"),
  "src/api/article/services/article.js": made("Service"),
  ".env": "JWT_SECRET=a-secret-for-a-run-on-this-machine\n",
  "favicon.png": "",
};

/** Its database is compiled for one Node: the one that npm builds with here may be another than ours. */
const NODE = process.env["LAYERHOOK_STRAPI_NODE"] ?? process.execPath;

const quiet = { ...compilingFor(NODE), STRAPI_TELEMETRY_DISABLED: "true" };

/** Installs Strapi into a folder of its own, unless it is there. Throws with the end of npm's words if that fails. */
export const installStrapi = (directory: string): void => {
  mkdirSync(directory, { recursive: true });
  if (existsSync(join(directory, "node_modules", "@strapi", "strapi", "package.json"))) return;
  writeFileSync(join(directory, "package.json"), JSON.stringify(manifest, null, 2));
  const args = ["install", "--no-audit", "--no-fund"];
  const npm = process.env["npm_execpath"];
  const command = npm === undefined ? (["npm", args] as const) : ([NODE, [npm, ...args]] as const);
  const { status, stderr } = spawnSync(command[0], command[1], { cwd: directory, env: quiet, encoding: "utf8" });
  if (status !== 0) throw new Error(`Strapi could not be installed in ${directory}: ${stderr.slice(-2000)}`);
};

const tokenSchema = z.looseObject({
  data: z.looseObject({ token: z.string().optional(), accessToken: z.string().optional() }),
});
const hookSchema = z.looseObject({ data: z.looseObject({ id: z.union([z.number(), z.string()]) }) });
const entrySchema = z.looseObject({ data: z.looseObject({ documentId: z.string() }) });

/** A Strapi that runs on this machine with an empty database, and what its admin does in it. */
export class Strapi {
  readonly #directory: string;
  readonly #port: number;
  #child: ChildProcess | null = null;
  #token = "";

  constructor(directory: string, port: number) {
    this.#directory = directory;
    this.#port = port;
  }

  /** Starts it and waits until it answers, with its first admin signed in. */
  async start(): Promise<void> {
    rmSync(join(this.#directory, ".tmp"), { recursive: true, force: true });
    for (const folder of [".tmp", "public/uploads"]) mkdirSync(join(this.#directory, folder), { recursive: true });
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.#directory, file)), { recursive: true });
      writeFileSync(join(this.#directory, file), text);
    }
    const log = openSync(join(this.#directory, "run.log"), "w");
    // In production it refuses to call this machine.
    const env = { ...quiet, NODE_ENV: "development", PORT: `${this.#port}` };
    const child = spawn(NODE, ["node_modules/@strapi/strapi/bin/strapi.js", "start"], {
      cwd: this.#directory,
      stdio: ["ignore", log, log],
      env,
    });
    this.#child = child;
    const began = performance.now();
    while (!(await this.#answers())) {
      const over = hasEnded(child) || performance.now() - began > READY_WITHIN;
      if (over) throw new Error(`Strapi did not start; ${this.#directory}/run.log says why`);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    const admin = { email: "admin@example.com", password: "Passw0rd-for-a-run", firstname: "Ada", lastname: "Admin" };
    const { data } = tokenSchema.parse(await this.#ask("POST", "/admin/register-admin", admin));
    this.#token = data.token ?? data.accessToken ?? "";
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === null || hasEnded(child)) return;
    const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
    await gone;
    clearTimeout(timer);
  }

  /** Makes a webhook and presses its Trigger button; gives the words that the button shows. */
  async hook(url: string, headers: Record<string, string>, events: readonly string[]): Promise<string> {
    const made = await this.#ask("POST", "/admin/webhooks", { name: "Layerhook", url, headers, events });
    const { id } = hookSchema.parse(made).data;
    return JSON.stringify(await this.#ask("POST", `/admin/webhooks/${id}/trigger`, {}));
  }

  /** Makes so many articles and publishes all of them with one click. */
  async publishAtOnce(count: number): Promise<void> {
    const articles = "/content-manager/collection-types/api::article.article";
    const documentIds: string[] = [];
    for (let made = 0; made < count; made += 1) {
      const entry = await this.#ask("POST", articles, { title: `Article ${made}`, slug: `article-${made}` });
      documentIds.push(entrySchema.parse(entry).data.documentId);
    }
    await this.#ask("POST", `${articles}/actions/bulkPublish`, { documentIds, locale: [] });
  }

  async #answers(): Promise<boolean> {
    const timeout = AbortSignal.timeout(1000);
    return fetch(`http://127.0.0.1:${this.#port}/_health`, { signal: timeout }).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  async #ask(method: string, path: string, body: unknown): Promise<unknown> {
    const authorization = this.#token === "" ? {} : { authorization: `Bearer ${this.#token}` };
    const response = await fetch(`http://127.0.0.1:${this.#port}${path}`, {
      method,
      headers: { "content-type": "application/json", ...authorization },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(60_000),
    });
    const text = await response.text();
    if (!response.ok)
      throw new Error(`Strapi answered ${method} ${path} with ${response.status}: ${text.slice(0, 500)}`);
    return JSON.parse(text);
  }
}
