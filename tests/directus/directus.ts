import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, openSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { compilingFor, hasEnded } from "../support/cmsTrial.ts";

export const VERSION = "12.3.1";

const READY_WITHIN = 180_000;

/** It wants Node 22, and its database is compiled for one Node: that which npm builds with here. */
const NODE = process.env["LAYERHOOK_DIRECTUS_NODE"] ?? process.execPath;

const manifest = {
  name: "layerhook-directus",
  private: true,
  version: "0.0.0",
  dependencies: { directus: VERSION, sqlite3: "6.0.1" },
};

/** Installs Directus into a folder of its own, unless it is there. Throws with the end of npm's words if that fails. */
export const installDirectus = (directory: string): void => {
  mkdirSync(directory, { recursive: true });
  if (existsSync(join(directory, "node_modules", "directus", "package.json"))) return;
  writeFileSync(join(directory, "package.json"), JSON.stringify(manifest, null, 2));
  const args = ["install", "--no-audit", "--no-fund"];
  const npm = process.env["npm_execpath"];
  const command = npm === undefined ? (["npm", args] as const) : ([NODE, [npm, ...args]] as const);
  const { status, stderr } = spawnSync(command[0], command[1], {
    cwd: directory,
    env: compilingFor(NODE),
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`Directus could not be installed in ${directory}: ${stderr.slice(-2000)}`);
};

const ADMIN = { email: "admin@example.com", password: "Passw0rd-for-a-run" };

const tokenSchema = z.looseObject({ data: z.looseObject({ access_token: z.string() }) });
const madeSchema = z.looseObject({ data: z.looseObject({ id: z.union([z.number(), z.string()]) }) });
const listSchema = z.looseObject({ data: z.array(z.looseObject({ id: z.union([z.number(), z.string()]) })) });

/** A Directus that runs on this machine with an empty database, and what its admin does in it. */
export class Directus {
  readonly #directory: string;
  readonly #port: number;
  #child: ChildProcess | null = null;
  #token = "";

  constructor(directory: string, port: number) {
    this.#directory = directory;
    this.#port = port;
  }

  /** Starts it and waits until it answers, with its first admin signed in and a collection `pages`. */
  async start(): Promise<void> {
    rmSync(join(this.#directory, "data.db"), { force: true });
    const log = openSync(join(this.#directory, "run.log"), "w");
    const env = {
      ...process.env,
      HOST: "127.0.0.1",
      PORT: `${this.#port}`,
      PUBLIC_URL: `http://127.0.0.1:${this.#port}`,
      SECRET: "a-secret-for-a-run-on-this-machine",
      DB_CLIENT: "sqlite3",
      DB_FILENAME: join(this.#directory, "data.db"),
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      TELEMETRY: "false",
      // By default a flow may not call this machine.
      IMPORT_IP_DENY_LIST: "169.254.169.254",
    };
    const options = { cwd: this.#directory, env, stdio: ["ignore", log, log] as ["ignore", number, number] };
    const cli = "node_modules/directus/cli.js";
    const { status } = spawnSync(NODE, [cli, "bootstrap"], options);
    if (status !== 0) throw new Error(`Directus made no database; ${this.#directory}/run.log says why`);
    const child = spawn(NODE, [cli, "start"], options);
    this.#child = child;
    const began = performance.now();
    while (!(await this.#answers())) {
      const over = hasEnded(child) || performance.now() - began > READY_WITHIN;
      if (over) throw new Error(`Directus did not start; ${this.#directory}/run.log says why`);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    this.#token = tokenSchema.parse(await this.#ask("POST", "/auth/login", ADMIN)).data.access_token;
    const fields = [
      { field: "id", type: "integer", schema: { is_primary_key: true, has_auto_increment: true } },
      { field: "title", type: "string", schema: {} },
      { field: "status", type: "string", schema: {} },
    ];
    await this.#ask("POST", "/collections", { collection: "pages", meta: {}, schema: {}, fields });
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

  /** Makes a flow that calls a URL after a change of `pages`, with the body that the admin enters. */
  async flow(url: string, headers: Record<string, string>, body: string): Promise<void> {
    const options = {
      type: "action",
      scope: ["items.create", "items.update", "items.delete"],
      collections: ["pages"],
    };
    const flow = { name: "Layerhook", status: "active", trigger: "event", accountability: "all", options };
    const { id } = madeSchema.parse(await this.#ask("POST", "/flows", flow)).data;
    const list = Object.entries(headers).map(([header, value]) => ({ header, value }));
    const operation = {
      ...{ flow: id, name: "Call", key: "call", type: "request", position_x: 19, position_y: 1 },
      options: { url, method: "POST", headers: list, body },
    };
    const made = madeSchema.parse(await this.#ask("POST", "/operations", operation)).data;
    await this.#ask("PATCH", `/flows/${id}`, { operation: made.id });
  }

  /** Creates so many pages with one request, and gives their ids. */
  async create(count: number): Promise<readonly (string | number)[]> {
    const pages = Array.from({ length: count }, (_, at) => ({ title: `Page ${at} é 漢字`, status: "draft" }));
    return listSchema.parse(await this.#ask("POST", "/items/pages", pages)).data.map(({ id }) => id);
  }

  /** Publishes pages with one request. */
  async publish(keys: readonly (string | number)[]): Promise<void> {
    await this.#ask("PATCH", "/items/pages", { keys, data: { status: "published" } });
  }

  async #answers(): Promise<boolean> {
    const timeout = AbortSignal.timeout(1000);
    return fetch(`http://127.0.0.1:${this.#port}/server/ping`, { signal: timeout }).then(
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
    if (!response.ok) {
      throw new Error(`Directus answered ${method} ${path} with ${response.status}: ${text.slice(0, 500)}`);
    }
    return text === "" ? null : JSON.parse(text);
  }
}
