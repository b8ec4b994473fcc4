import { getDeployStore, getStore } from "@netlify/blobs";
import {
  type Archive,
  type Children,
  type Enough,
  type Entry,
  type Store,
  type Stored,
  type StoreFault,
  StoreMisconfigured,
  StoreUnavailable,
  type Written,
} from "./store.ts";

/** The deadline of one attempt at a store call (ms). */
export const CALL_DEADLINE = 4000;

/** Where documents live. A preview has a store of its deploy, which Netlify deletes with the deploy. */
export type Place =
  | {
      readonly kind: "site";
      readonly name: string;
      /** The site's id, for calls whose own context does not name it, as a scheduled one may not. */
      readonly siteId?: string;
      readonly access?: { readonly siteID: string; readonly token: string };
    }
  | { readonly kind: "deploy"; readonly name: string };

/**
 * The status that the client sees in place of every failure. The client would retry 429, 5xx and thrown errors up to
 * five times, five seconds apart (429: as long as a header says), and take 404 for "no such document". It does not
 * retry 499. It takes every status but 412 of a conditional write for success, so a failure is also kept beside it.
 */
const FAILED = 499;

const strongEtag = /^"[^"]+"$/;

interface Call {
  fetch: typeof globalThis.fetch;
  /** Why the call failed, if it did. */
  cause(): Failure | null;
}

interface Failure {
  readonly cause: string;
  /** Whether the failure came from the network or a failing server, so that a further attempt may succeed. */
  readonly passing: boolean;
}

type Tried = { readonly response: Response } | { readonly failure: Failure };

const ofStatus = (status: number): Tried => ({
  failure: { cause: `status ${status}`, passing: status >= 500 },
});

/** One attempt with a deadline. Never throws. */
const tryOnce = async (
  fetcher: typeof globalThis.fetch,
  input: Parameters<typeof globalThis.fetch>[0],
  init: RequestInit,
  method: string,
): Promise<Tried> => {
  try {
    const response = await fetcher(input, { ...init, signal: AbortSignal.timeout(CALL_DEADLINE) });
    const { status } = response;
    if (status === 412) return { response };
    // Every write has a condition. 409 means that another write was under way, and 404 that nothing matched. Both are
    // refusals, and the client would report them as written.
    if (method === "put") {
      if (status === 409 || status === 404) return { response: new Response(null, { status: 412 }) };
      return status === 200 || status === 201 ? { response } : ofStatus(status);
    }
    if (status === 200 || status === 404 || (method === "delete" && status === 204)) {
      // The body is read under the same deadline, because a socket may stall after the headers.
      const body = status === 200 ? await response.arrayBuffer() : null;
      return { response: new Response(body, { status, headers: response.headers }) };
    }
    return ofStatus(status);
  } catch (cause) {
    const name = cause instanceof Error ? cause.name : "network error";
    // A store that took the whole time gets no second attempt, because the caller has a deadline too.
    return { failure: { cause: name, passing: name !== "TimeoutError" } };
  }
};

/**
 * The network for one call of the client. It never throws, and it keeps the real cause of a failure. Reads and removals
 * are tried once more at once, because a kept connection may have died while the instance was frozen. A write is not:
 * its outcome is unknown, and the loop above reads again.
 */
const makeCall = (fetcher: typeof globalThis.fetch): Call => {
  let failed: Failure | null = null;
  return {
    cause: () => failed,
    fetch: async (input, init = {}) => {
      const method = String(init.method).toLowerCase();
      const headers = new Headers(init.headers);
      // A store behind a compressing proxy answers with weak ETags, which no condition matches.
      headers.set("accept-encoding", "identity");
      const ask = () => tryOnce(fetcher, input, { ...init, headers }, method);
      let tried = await ask();
      if ("failure" in tried && tried.failure.passing && method !== "put") tried = await ask();
      if ("response" in tried) return tried.response;
      failed = tried.failure;
      return new Response(null, { status: FAILED });
    },
  };
};

/** The meaning of the client's own errors, by name. None of them goes away by itself. */
const CLIENT_ERRORS: Readonly<Record<string, StoreFault>> = {
  MissingBlobsEnvironmentError: "STORE_WITHOUT_CREDENTIALS",
  BlobsConsistencyError: "STORE_NOT_CONSISTENT",
};

const failureOf = (what: string, failure: Failure | null, cause?: unknown): StoreUnavailable => {
  if (failure?.cause === "status 401" || failure?.cause === "status 403") {
    return new StoreMisconfigured("STORE_CREDENTIALS_REFUSED", `${what}: ${failure.cause}`);
  }
  if (failure !== null) return new StoreUnavailable(`${what}: ${failure.cause}`);
  const name = cause instanceof Error ? cause.name : "";
  const fault = Object.hasOwn(CLIENT_ERRORS, name) ? CLIENT_ERRORS[name] : undefined;
  if (fault !== undefined) return new StoreMisconfigured(fault, `${what}: ${name}`);
  return new StoreUnavailable(`${what}: the client failed`, { cause });
};

const siteStore = (
  { siteId, access }: Extract<Place, { readonly kind: "site" }>,
  options: Parameters<typeof getStore>[0] & object,
) => getStore({ ...options, ...(siteId === undefined ? {} : { siteID: siteId }), ...access });

/**
 * Netlify Blobs behind the port. The only file that knows the client, and where all its traps end.
 *
 * A store is opened for each call: the client reads its short-lived credentials from the environment of the request,
 * and a call's failure is kept in that call's own `fetch`, so that parallel calls cannot be mistaken for one another.
 */
export class BlobsStore implements Store, Archive {
  readonly #place: Place;
  readonly #fetch: typeof globalThis.fetch;

  /** `fetcher` is the network; the default is looked up at each call, as the platform replaces it. */
  constructor(place: Place, fetcher: typeof globalThis.fetch = (input, init) => globalThis.fetch(input, init)) {
    this.#place = place;
    this.#fetch = fetcher;
  }

  async #with<T>(what: string, use: (store: ReturnType<typeof getStore>) => Promise<T>): Promise<T> {
    const call = makeCall(this.#fetch);
    const { name } = this.#place;
    let result: T;
    try {
      const options = { name, consistency: "strong", fetch: call.fetch } as const;
      const store = this.#place.kind === "deploy" ? getDeployStore(options) : siteStore(this.#place, options);
      result = await use(store);
    } catch (cause) {
      // The client's own errors hold the request's URL and id, but no token. Our message leaves them out all the same.
      throw failureOf(what, call.cause(), cause);
    }
    const failure = call.cause();
    if (failure !== null) throw failureOf(what, failure);
    return result;
  }

  async read(key: string): Promise<Stored | null> {
    const found = await this.#with("read", (store) => store.getWithMetadata(key));
    if (found === null) return null;
    const { data, etag = "" } = found;
    // Without an ETag a write that "matches" it would be unconditional; with a weak one it would never match.
    if (!strongEtag.test(etag)) {
      const detail = `read: the store gave ${etag === "" ? "no" : "a weak or unquoted"} ETag`;
      throw new StoreMisconfigured("STORE_WITHOUT_ETAGS", detail);
    }
    return { text: data, etag };
  }

  async write(key: string, text: string, expected: string | null): Promise<Written> {
    if (expected !== null && !strongEtag.test(expected)) throw new StoreUnavailable("write: not a strong ETag");
    const condition = expected === null ? { onlyIfNew: true } : { onlyIfMatch: expected };
    const put = await this.#with("write", (store) => store.set(key, text, condition));
    if (!put.modified) return { kind: "conflict" };
    if (!put.etag) throw new StoreUnavailable("write: not confirmed by an ETag");
    return { kind: "written", etag: put.etag };
  }

  async list(prefix: string, enough: Enough = () => false): Promise<readonly Entry[]> {
    return this.#with("list", async (store) => {
      const entries: Entry[] = [];
      for await (const { blobs } of store.list({ prefix, paginate: true })) {
        entries.push(...blobs.map(({ key, etag }) => ({ key, etag })));
        if (enough(entries.length)) break;
      }
      return entries;
    });
  }

  async children(prefix: string): Promise<Children> {
    return this.#with("list", async (store) => {
      const keys: string[] = [];
      const folders: string[] = [];
      for await (const page of store.list({ prefix, directories: true, paginate: true })) {
        keys.push(...page.blobs.map(({ key }) => key));
        // The store names a folder by its whole path.
        folders.push(...page.directories.map((path) => path.slice(prefix.length).replace(/\/$/, "")));
      }
      // A folder that spans two pages is named on both.
      return { keys, folders: [...new Set(folders)] };
    });
  }

  async remove(key: string): Promise<void> {
    await this.#with("remove", (store) => store.delete(key));
  }
}
