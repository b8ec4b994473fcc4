import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, openSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { compilingFor, hasEnded } from "../support/cmsTrial.ts";

export const VERSION = "6.65.0";

const READY_WITHIN = 180_000;

/** It wants Node 22 or 24, and its database is compiled for one Node: that which npm builds with here. */
const NODE = process.env["LAYERHOOK_GHOST_NODE"] ?? process.execPath;

const run = (command: string, args: readonly string[], cwd: string): void => {
  const { status, stderr } = spawnSync(command, args, { cwd, env: compilingFor(NODE), encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed in ${cwd}: ${stderr.slice(-2000)}`);
};

/** Installs Ghost into a folder of its own, unless it is there, as its own package manager does. */
export const installGhost = (directory: string): void => {
  mkdirSync(directory, { recursive: true });
  if (existsSync(join(directory, "package", "node_modules"))) return;
  run("npm", ["pack", `ghost@${VERSION}`], directory);
  run("tar", ["xzf", `ghost-${VERSION}.tgz`], directory);
  // Its parts are tarballs beside it, which npm does not find.
  const args = ["-y", "pnpm@10", "install", "--prod", "--config.manage-package-manager-versions=false"];
  run("npx", args, join(directory, "package"));
};

const ADMIN = { name: "Ada", email: "admin@example.com", password: "correct-horse-battery-0147", blogTitle: "A run" };

const madeSchema = z.looseObject({ id: z.string() });
const integrationSchema = z.looseObject({ integrations: z.array(madeSchema) });
const postsSchema = z.looseObject({ posts: z.array(madeSchema) });

/** A Ghost that runs on this machine with an empty database, and what its admin does in it. */
export class Ghost {
  readonly #directory: string;
  readonly #base: string;
  readonly #port: number;
  #child: ChildProcess | null = null;
  #cookie = "";

  constructor(directory: string, port: number) {
    this.#directory = directory;
    this.#port = port;
    this.#base = `http://127.0.0.1:${port}`;
  }

  /** Starts it and waits until it answers, with its owner signed in. */
  async start(): Promise<void> {
    const cwd = join(this.#directory, "package");
    const content = join(this.#directory, "content");
    rmSync(content, { recursive: true, force: true });
    cpSync(join(cwd, "content"), content, { recursive: true });
    const configuration = {
      url: this.#base,
      server: { port: this.#port, host: "127.0.0.1" },
      database: {
        client: "better-sqlite3",
        connection: { filename: join(content, "ghost.db") },
        useNullAsDefault: true,
      },
      mail: { transport: "Direct" },
      logging: { transports: ["stdout"] },
      paths: { contentPath: content },
      privacy: { useUpdateCheck: false, useGravatar: false },
      security: { staffDeviceVerification: false },
    };
    writeFileSync(join(cwd, "config.development.json"), JSON.stringify(configuration));
    const log = openSync(join(this.#directory, "run.log"), "w");
    const env = { ...process.env, NODE_ENV: "development" };
    const child = spawn(NODE, ["index.js"], { cwd, env, stdio: ["ignore", log, log] });
    this.#child = child;
    const began = performance.now();
    while (!(await this.#answers())) {
      const over = hasEnded(child) || performance.now() - began > READY_WITHIN;
      if (over) throw new Error(`Ghost did not start; ${this.#directory}/run.log says why`);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    await this.#ask("POST", "/authentication/setup/", { setup: [ADMIN] });
    const session = await this.#send("POST", "/session/", { username: ADMIN.email, password: ADMIN.password });
    this.#cookie = (session.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
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

  /** Makes an integration with a webhook for each of these events. */
  async hook(url: string, secret: string, events: readonly string[]): Promise<void> {
    const made = await this.#ask("POST", "/integrations/", { integrations: [{ name: "Layerhook" }] });
    const [integration] = integrationSchema.parse(made).integrations;
    for (const event of events) {
      const webhook = { name: event, event, target_url: url, secret, integration_id: integration?.id };
      await this.#ask("POST", "/webhooks/", { webhooks: [webhook] });
    }
  }

  /** Publishes a post, and gives its id. */
  async publish(title: string): Promise<string> {
    const post = { title, html: "<p>Hé 漢字</p>", status: "published" };
    const made = await this.#ask("POST", "/posts/?source=html", { posts: [post] });
    return postsSchema.parse(made).posts[0]?.id ?? "";
  }

  async #answers(): Promise<boolean> {
    const timeout = AbortSignal.timeout(1000);
    return fetch(`${this.#base}/ghost/api/admin/site/`, { signal: timeout }).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  async #send(method: string, path: string, body: unknown): Promise<Response> {
    const response = await fetch(`${this.#base}/ghost/api/admin${path}`, {
      method,
      headers: {
        "content-type": "application/json",
        origin: this.#base,
        ...(this.#cookie === "" ? {} : { cookie: this.#cookie }),
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(60_000),
    });
    if (response.ok) return response;
    const text = await response.text();
    throw new Error(`Ghost answered ${method} ${path} with ${response.status}: ${text.slice(0, 500)}`);
  }

  async #ask(method: string, path: string, body: unknown): Promise<unknown> {
    return (await this.#send(method, path, body)).json();
  }
}
