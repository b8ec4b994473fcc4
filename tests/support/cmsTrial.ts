import type { ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { DevServer } from "../drill/devServer.ts";
import { freePort } from "./freePort.ts";

const SETTLED_WITHIN = 60_000;

/** Whether a process has ended, by itself or by a signal: it then sends no further word of its end. */
export const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

/**
 * The environment in which install scripts compile for this Node. npm may have been told of the headers of another one,
 * and what is compiled for one Node is not loaded by another.
 */
export const compilingFor = (node: string): NodeJS.ProcessEnv => {
  const root = dirname(dirname(node));
  const hasHeaders = existsSync(join(root, "include", "node", "node.h"));
  return hasHeaders ? { ...process.env, npm_config_nodedir: root } : process.env;
};

const text = z.string().nullable();
const deliverySchema = z.looseObject({
  outcome: z.string(),
  code: text,
  syncId: text,
  secret: text,
  bytes: z.number(),
  webhook: z.looseObject({ name: z.string() }),
  subject: z.looseObject({ event: text, type: text, id: text }).nullable(),
});
const pageSchema = z.looseObject({ items: z.array(deliverySchema) });
const webhookSchema = z.looseObject({ url: z.string() });
const syncSchema = z.looseObject({ status: z.string() });

/** The real system for one run of a real CMS: a dev server of its own, one layer and one webhook. */
export class CmsTrial {
  readonly #data = mkdtempSync(join(tmpdir(), "layerhook-"));
  readonly #layer: string;
  readonly #server: DevServer;

  private constructor(layerId: string, port: number) {
    this.#layer = `/data-layers/${layerId}`;
    this.#server = new DevServer(port, this.#data);
  }

  /** Starts the system. Returns the trial and the URL of a webhook with this verification. Throws if that fails. */
  static async begin(cms: string, verification: object): Promise<{ trial: CmsTrial; url: string }> {
    const id = `${cms.toLowerCase()}-layer`;
    const trial = new CmsTrial(id, await freePort());
    try {
      await trial.#server.start();
      await trial.#api("POST", "/data-layers?sync=false", { id, name: cms });
      return { trial, url: await trial.webhook(cms, verification) };
    } catch (error) {
      await trial.end();
      throw error;
    }
  }

  async #api(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await this.#server.api(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** Creates a webhook, and gives its URL. Without a verification, the URL is the only proof. */
  async webhook(name: string, verification: object | null = null): Promise<string> {
    return webhookSchema.parse(await this.#api("POST", `${this.#layer}/webhooks`, { name, verification })).url;
  }

  /** Waits until so many deliveries are in the log and their syncs have ended, or a minute is over. Returns both. */
  async settled(count: number) {
    const began = performance.now();
    for (;;) {
      const all = pageSchema.parse(await this.#api("GET", `${this.#layer}/deliveries?limit=100`)).items;
      const ids = [...new Set(all.flatMap(({ syncId }) => syncId ?? []))];
      const found = await Promise.all(ids.map((id) => this.#api("GET", `${this.#layer}/syncs/${id}`)));
      const syncs = found.map((sync) => syncSchema.parse(sync));
      const isOver = syncs.every(({ status }) => status === "succeeded" || status === "failed");
      if ((all.length >= count && isOver) || performance.now() - began > SETTLED_WITHIN) return { all, syncs };
      await sleep(500);
    }
  }

  /** Says whether something holds. If it does not, the process ends with an error. */
  expectThat(holds: boolean, what: string): void {
    console.log(`${holds ? "yes" : "NO "}  ${what}`);
    if (!holds) process.exitCode = 1;
  }

  /** Stops the system and removes its data. */
  async end(): Promise<void> {
    await this.#server.stop();
    rmSync(this.#data, { recursive: true, force: true });
  }
}
