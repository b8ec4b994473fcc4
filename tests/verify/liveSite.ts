import { z } from "zod";
import { parseJson } from "../../src/cli/callApi.ts";
import { CommandError } from "../../src/cli/cli.ts";
import { redactedPath } from "../../src/edge/redact.ts";
import { goOn, type Outside, wait } from "./outside.ts";

/** A cold function and a far store together (ms). */
const DEADLINE = 30_000;
/** A system that answers nothing for so long (ms) is gone: every further check would wait for its own time, for nothing. */
const GONE_AFTER = 60_000;
const DELETE_TRIES = 6;
const DELETE_AGAIN = 15_000;

/** The system did not answer as it must; the message says what was asked and what came. */
export class Unexpected extends Error {
  override name = "Unexpected";
}

/** The system answers nobody any more. */
export class Gone extends CommandError {
  override name = "Gone";
}

export interface Answer {
  readonly status: number;
  /** Undefined if the body is no JSON. */
  readonly body: unknown;
  readonly ms: number;
}

export const syncSchema = z.object({
  id: z.string(),
  status: z.string(),
  scope: z.union([z.literal("all"), z.array(z.string())]),
  attempts: z.number(),
  queuedAt: z.string(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  claimRevision: z.number().nullable(),
  supersededBy: z.string().nullable(),
  error: z.string().nullable(),
  dataSources: z.array(
    z.object({ slug: z.string(), status: z.string(), attempts: z.number(), error: z.string().nullable() }),
  ),
  sites: z.array(z.object({ siteId: z.string(), buildId: z.string().nullable() })),
});
export type SyncSeen = z.infer<typeof syncSchema>;

const acceptedSchema = z.object({ deliveryId: z.string(), syncId: z.string(), revision: z.number() });
export type Accepted = z.infer<typeof acceptedSchema>;
const createdSchema = z.object({ id: z.string(), defaultWebhook: z.object({ url: z.string() }).optional() });
const problemSchema = z.object({ code: z.string() });

export const listOf = <S extends z.ZodType>(schema: S) => z.object({ items: z.array(schema) });

/** Whether a sync will not change any more. */
export const hasEnded = ({ status }: SyncSeen): boolean => !["pending", "running", "retrying"].includes(status);

/** The code of a problem document; null: the answer is none. */
export const codeOf = ({ body }: Answer): string | null => problemSchema.safeParse(body).data?.code ?? null;

/** One system as the world sees it: by HTTP, with an owner's token. It remembers what it created. */
export class LiveSite {
  readonly base: string;
  readonly #ownerToken: string;
  readonly #outside: Outside;
  readonly #created: string[] = [];
  /** Since when nobody has answered (ms); null: the last request was answered. */
  #silentSince: number | null = null;

  constructor(base: string, ownerToken: string, outside: Outside) {
    this.base = base.replace(/\/+$/, "");
    this.#ownerToken = ownerToken;
    this.#outside = outside;
  }

  /** The same system at another address, as a permalink or a draft deploy has one. */
  at(base: string): LiveSite {
    return new LiveSite(base, this.#ownerToken, this.#outside);
  }

  /** One request, without a token. Throws `Unexpected` if nobody answers, `Gone` if nobody has for a minute. */
  async ask(method: string, path: string, init: RequestInit = {}): Promise<Answer> {
    goOn(this.#outside);
    const began = this.#outside.now();
    try {
      const response = await this.#outside.fetch(`${this.base}${path}`, {
        ...init,
        method,
        redirect: "manual",
        signal: AbortSignal.any([AbortSignal.timeout(DEADLINE), this.#outside.interrupted]),
      });
      const text = await response.text();
      this.#silentSince = null;
      return { status: response.status, body: parseJson(text), ms: this.#outside.now() - began };
    } catch {
      goOn(this.#outside);
      this.#silentSince ??= began;
      if (this.#outside.now() - this.#silentSince >= GONE_AFTER) {
        throw new Gone(`${this.base} has not answered for a minute`);
      }
      // The addresses of hooks hold secrets.
      const shown = path.startsWith("/hooks/") ? redactedPath(path) : path;
      throw new Unexpected(`${method} ${shown}: nobody answered`);
    }
  }

  /** A call of the management API. Throws `Unexpected` if nobody answers. */
  api(method: string, path: string, body?: object): Promise<Answer> {
    const headers = { authorization: `Bearer ${this.#ownerToken}`, "content-type": "application/json" };
    return this.ask(method, `/api/v1${path}`, {
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** Reads. Throws `Unexpected` for any answer but a `200` of this form. */
  async read<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>> {
    return this.#expect(await this.api("GET", path), `GET /api/v1${path}`, 200, schema);
  }

  async #create(collection: "/data-layers" | "/sites", body: object): Promise<z.infer<typeof createdSchema>> {
    const query = collection === "/data-layers" ? "?sync=false" : "";
    const answer = await this.api("POST", `${collection}${query}`, body);
    const created = this.#expect(answer, `POST /api/v1${collection}`, 201, createdSchema);
    this.#created.push(`${collection}/${created.id}`);
    return created;
  }

  /** Creates something; its id. Throws `Unexpected`. */
  async create(collection: "/data-layers" | "/sites", body: object): Promise<string> {
    return (await this.#create(collection, body)).id;
  }

  /**
   * A layer that takes every POST and starts nothing: it stands for a job, or for a build hook. Its URL is the one that the system
   * knows itself by, which need not be the one it is looked at.
   */
  async createListener(name: string): Promise<{ readonly id: string; readonly url: string }> {
    const { id, defaultWebhook } = await this.#create("/data-layers", { name, paused: true });
    if (defaultWebhook === undefined) throw new Unexpected("a new layer has no default webhook");
    return { id, url: defaultWebhook.url };
  }

  /** Publishes as a CMS does. Throws `Unexpected` for any answer but a `200`. */
  async publish(layerId: string, slug?: string): Promise<Accepted & { readonly ms: number }> {
    const headers: Record<string, string> = slug === undefined ? {} : { "x-connect-data-source": slug };
    const answer = await this.ask("POST", publishPath(layerId), { headers });
    return { ...this.#expect(answer, "a publish", 200, acceptedSchema), ms: answer.ms };
  }

  /** Deletes all that it created, the newest first; what was left, in words. Never throws. */
  async deleteCreated(): Promise<string[]> {
    const left: string[] = [];
    let tries = DELETE_TRIES;
    for (const path of this.#created.splice(0).reverse()) {
      const query = path.startsWith("/sites/") ? "?disconnect=true" : "";
      let status = await this.#delete(`${path}${query}`);
      // The last check meets the limit of requests, which lasts a minute.
      for (let tried = 1; tried < tries && (status === 429 || status === null); tried += 1) {
        await this.#outside.pause(DELETE_AGAIN);
        status = await this.#delete(`${path}${query}`);
      }
      // A system that is gone is not waited for once for each thing.
      if (status === null) tries = 1;
      if (status !== 204 && status !== 404) left.push(`${path} (${status ?? "no answer"})`);
    }
    return left;
  }

  /** Also after Ctrl-C, hence without `ask`. */
  async #delete(path: string): Promise<number | null> {
    try {
      const { status } = await this.#outside.fetch(`${this.base}/api/v1${path}`, {
        method: "DELETE",
        headers: { authorization: `Bearer ${this.#ownerToken}` },
        signal: AbortSignal.timeout(DEADLINE),
      });
      return status;
    } catch {
      return null;
    }
  }

  #expect<S extends z.ZodType>(answer: Answer, what: string, status: number, schema: S): z.output<S> {
    const found = schema.safeParse(answer.body);
    if (answer.status === status && found.success) return found.data;
    const code = codeOf(answer);
    throw new Unexpected(`${what} was answered ${answer.status}${code === null ? "" : ` ${code}`}, not ${status}`);
  }
}

/** Where senders reach a layer's default webhook. */
export const publishPath = (layerId: string): string => `/hooks/data_layer/data_source/publish/${layerId}`;

/**
 * Looks again and again until something is seen; null: it was not, in so long (ms). A look that fails counts as one that saw
 * nothing, because one lost connection is no verdict.
 */
export const until = async <T>(
  outside: Outside,
  { withinMs, everyMs }: { readonly withinMs: number; readonly everyMs: number },
  look: () => Promise<T | null>,
): Promise<T | null> => {
  const end = outside.now() + withinMs;
  for (;;) {
    const seen = await look().catch((error: unknown) => {
      if (error instanceof Unexpected) return null;
      throw error;
    });
    if (seen !== null) return seen;
    if (outside.now() >= end) return null;
    await wait(outside, everyMs);
  }
};
