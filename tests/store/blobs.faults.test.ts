import { getStore } from "@netlify/blobs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { layerCodec } from "../../src/app/stored/documents.ts";
import { BlobsStore, CALL_DEADLINE } from "../../src/store/blobs.ts";
import { StoreMisconfigured, StoreUnavailable } from "../../src/store/store.ts";
import { drive, update } from "../../src/store/update.ts";

const TOKEN = "secret-token-of-this-request";
const EDGE = "https://edge.example.com/with-credentials-1234";
const ETAG = '"0123456789abcdef"';

beforeEach(() => {
  const context = { edgeURL: EDGE, uncachedEdgeURL: EDGE, siteID: "site-1", token: TOKEN };
  vi.stubEnv("NETLIFY_BLOBS_CONTEXT", Buffer.from(JSON.stringify(context)).toString("base64"));
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

type Fetch = typeof globalThis.fetch;

/** A store whose network is this answer, and a count of what went out. */
const behind = (answer: (init: RequestInit | undefined) => Response | Promise<Response>) => {
  const calls: { method: string; headers: Headers }[] = [];
  let went = () => {};
  const called = new Promise<void>((resolve) => {
    went = resolve;
  });
  const fetcher: Fetch = async (_input, init) => {
    calls.push({ method: init?.method ?? "", headers: new Headers(init?.headers) });
    went();
    return answer(init);
  };
  return { store: new BlobsStore({ kind: "site", name: "documents" }, fetcher), calls, called };
};

/** A rate limit that ends in an hour. */
const far = () => String(Math.floor(Date.now() / 1000) + 3600);
const withStatus = (status: number) => () =>
  new Response(status === 304 ? null : "trouble", {
    status,
    headers: { "x-ratelimit-reset": far(), "x-nf-request-id": "1" },
  });

/** The error of a call, which must say nothing that is secret. */
const failure = async (call: Promise<unknown>): Promise<StoreUnavailable> => {
  const error = await call.then(
    (value) => new Error(`expected a failure, not ${JSON.stringify(value)}`),
    (cause: unknown) => cause,
  );
  if (!(error instanceof StoreUnavailable)) throw error;
  for (const secret of [TOKEN, "credentials-1234"]) expect(`${error.message} ${error.stack}`).not.toContain(secret);
  return error;
};

const operations = {
  read: (store: BlobsStore) => store.read("layers/one"),
  create: (store: BlobsStore) => store.write("layers/one", "{}", null),
  replace: (store: BlobsStore) => store.write("layers/one", "{}", ETAG),
  list: (store: BlobsStore) => store.list("layers/"),
  "list of one level": (store: BlobsStore) => store.children("audit/"),
  remove: (store: BlobsStore) => store.remove("audit/one"),
};
const each = Object.entries(operations);
/** A write is not tried again by itself: nobody knows whether the first one landed. */
const repeated = new Set(["read", "list", "list of one level", "remove"]);
/** What a store that is well answers. */
const sound = (init: RequestInit | undefined) => (): Response => {
  if (init?.method?.toLowerCase() === "delete") return new Response(null, { status: 204 });
  return new Response('{"blobs":[]}', { status: 200, headers: { etag: ETAG } });
};
const broken = [400, 401, 403, 408, 413, 425, 429, 500, 502, 503, 504];

describe("a store that answers with an error", () => {
  test.each(broken.flatMap((status) => each.map(([name, operation]) => ({ status, name, operation }))))(
    "a $status to a $name is no success, and only a server's own trouble with what can be repeated is tried again",
    async ({ status, name, operation }) => {
      const { store, calls } = behind(withStatus(status));
      const error = await failure(operation(store));
      expect(error.message).toContain(String(status));
      expect(calls).toHaveLength(status >= 500 && repeated.has(name) ? 2 : 1);
    },
  );

  test.each(each)("one 502 to a %s is not noticed where the call can be repeated", async (name, operation) => {
    const answers = [withStatus(502)];
    const { store } = behind((init) => (answers.shift() ?? sound(init))());
    if (!repeated.has(name)) await failure(operation(store));
    else await operation(store);
    expect(answers).toEqual([]);
  });

  test.each([404, 409, 412])("a %i to a conditional write says that it was refused", async (status) => {
    for (const operation of [operations.create, operations.replace]) {
      const { store, calls } = behind(withStatus(status));
      expect(await operation(store)).toEqual({ kind: "conflict" });
      expect(calls).toHaveLength(1);
    }
  });

  test("a 404 to a read says that there is nothing", async () => {
    const { store, calls } = behind(withStatus(404));
    expect(await store.read("layers/one")).toBeNull();
    expect(calls).toHaveLength(1);
  });

  test.each([409, 412])("a %i to a read is a failure", async (status) => {
    const { store, calls } = behind(withStatus(status));
    await failure(store.read("layers/one"));
    expect(calls).toHaveLength(1);
  });

  test("a 204 or an unrequested 304 to a read is no document", async () => {
    for (const status of [204, 304]) {
      const { store } = behind(() => new Response(null, { status, headers: { etag: ETAG } }));
      await failure(store.read("layers/one"));
    }
  });
});

describe("a network that fails", () => {
  test.each(each)(
    "a network failure during a %s is reported with its cause, after a second attempt where the call can be repeated",
    async (name, operation) => {
      const { store, calls } = behind(() => {
        throw new TypeError(`fetch failed for ${EDGE} with ${TOKEN}`);
      });
      expect((await failure(operation(store))).message).toContain("TypeError");
      expect(calls).toHaveLength(repeated.has(name) ? 2 : 1);
    },
  );

  test.each(each)(
    "a single network failure during a %s is not noticed where the call can be repeated",
    async (name, operation) => {
      let broke = false;
      const { store } = behind((init) => {
        if (broke) return sound(init)();
        broke = true;
        throw new TypeError("fetch failed");
      });
      if (repeated.has(name)) await operation(store);
      else await failure(operation(store));
    },
  );

  test.each(["list", "list of one level"] as const)(
    "a network failure in the middle of a %s gives no half of it",
    async (name) => {
      const pages = [JSON.stringify({ blobs: [{ key: "layers/one", etag: ETAG }], next_cursor: "more" })];
      const { store, calls } = behind(() => {
        const page = pages.shift();
        return page === undefined ? new Response(null, { status: 500 }) : new Response(page, { status: 200 });
      });
      await failure(operations[name](store));
      expect(calls).toHaveLength(3);
    },
  );

  test("a network failure after the write landed leaves the outcome open, and a read tells", async () => {
    let stored: string | null = null;
    const { store } = behind((init) => {
      if (init?.method?.toLowerCase() === "put") {
        stored = String(init.body);
        throw new TypeError("socket hang up");
      }
      return stored === null ? new Response(null, { status: 404 }) : new Response(stored, { headers: { etag: ETAG } });
    });
    await failure(store.write("layers/one", '{"mine":1}', null));
    expect(await store.read("layers/one")).toEqual({ text: '{"mine":1}', etag: ETAG });
  });
});

describe("a store that cannot be used as it is set up", () => {
  const faultOf = async (call: Promise<unknown>): Promise<string> => {
    const error = await failure(call);
    return error instanceof StoreMisconfigured ? error.fault : `passing: ${error.message}`;
  };

  test.each([401, 403])(
    "a store that answers %i is named as refusing the credentials, after one round trip",
    async (status) => {
      for (const [, operation] of each) {
        const { store, calls } = behind(withStatus(status));
        expect(await faultOf(operation(store))).toBe("STORE_CREDENTIALS_REFUSED");
        expect(calls).toHaveLength(1);
      }
    },
  );

  test("a store that gives no ETag is named as unusable, as Netlify's own local store is", async () => {
    const { store, calls } = behind(() => new Response("{}", { status: 200 }));
    expect(await faultOf(store.read("layers/one"))).toBe("STORE_WITHOUT_ETAGS");
    expect(calls).toHaveLength(1);
  });

  test("a store without strong consistency, or without credentials, is named as unusable, and not called", async () => {
    const stub = (fields: object) =>
      vi.stubEnv("NETLIFY_BLOBS_CONTEXT", Buffer.from(JSON.stringify(fields)).toString("base64"));
    const { store, calls } = behind(sound(undefined));
    stub({ edgeURL: EDGE, siteID: "site-1", token: TOKEN });
    expect(await faultOf(store.read("layers/one"))).toBe("STORE_NOT_CONSISTENT");
    stub({ edgeURL: EDGE, uncachedEdgeURL: EDGE });
    expect(await faultOf(store.read("layers/one"))).toBe("STORE_WITHOUT_CREDENTIALS");
    expect(calls).toHaveLength(0);
  });

  test("an unusable store ends the loop of a change at once, and is not retried for eight seconds", async () => {
    const { store, calls } = behind(withStatus(403));
    const sleeps: number[] = [];
    const decide = () => ({ kind: "keep", result: null }) as const;
    const machine = update("layers/one", layerCodec, decide, { by: "me", budget: 8000, attempts: 60 });
    const driver = {
      store,
      now: () => 0,
      elapsed: () => 0,
      sleep: async (ms: number) => void sleeps.push(ms),
      pause: () => 100,
    };
    expect(await faultOf(drive(machine, driver))).toBe("STORE_CREDENTIALS_REFUSED");
    expect({ calls: calls.length, sleeps }).toEqual({ calls: 1, sleeps: [] });
  });
});

describe("a store that does not answer", () => {
  const silence = (signal: AbortSignal | null | undefined): Promise<never> =>
    new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));

  /** The deadline passes when the test says so. */
  const deadline = () => {
    const controller = new AbortController();
    const asked: number[] = [];
    vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => {
      asked.push(ms);
      return controller.signal;
    });
    return { asked, pass: () => controller.abort(new DOMException("deadline", "TimeoutError")) };
  };

  test.each(each)(
    "a %s that the store does not answer is given up at the deadline, without a second attempt",
    async (_name, operation) => {
      const { asked, pass } = deadline();
      const { store, calls, called } = behind((init) => silence(init?.signal));
      const failed = failure(operation(store));
      await called;
      pass();
      expect((await failed).message).toContain("TimeoutError");
      expect(asked).toEqual([CALL_DEADLINE]);
      expect(calls).toHaveLength(1);
    },
  );

  test("the end of a document is given up at the same deadline", async () => {
    const { pass } = deadline();
    const { store, calls, called } = behind((init) => {
      const body = new ReadableStream<Uint8Array>({
        start(stream) {
          stream.enqueue(new TextEncoder().encode('{"half":'));
          init?.signal?.addEventListener("abort", () => stream.error(init.signal?.reason));
        },
      });
      return new Response(body, { status: 200, headers: { etag: ETAG } });
    });
    const failed = failure(store.read("layers/one"));
    await called;
    pass();
    expect((await failed).message).toContain("TimeoutError");
    expect(calls).toHaveLength(1);
  });

  test("a store that does not answer has four seconds", () => {
    expect(CALL_DEADLINE).toBe(4000);
  });
});

describe("an answer without proof", () => {
  test.each([
    ["no ETag", {}],
    ["a weak ETag", { etag: 'W/"0123"' }],
    ["an unquoted ETag", { etag: "0123" }],
    ["an empty ETag", { etag: '""' }],
  ])("a document with %s is not used: nothing could be expected of it", async (_name, headers) => {
    const { store, calls } = behind(() => new Response("{}", { status: 200, headers }));
    await failure(store.read("layers/one"));
    expect(calls).toHaveLength(1);
  });

  test("a write that is confirmed without an ETag is not known to be written", async () => {
    const { store, calls } = behind(() => new Response(null, { status: 200 }));
    await failure(store.write("layers/one", "{}", null));
    expect(calls).toHaveLength(1);
  });

  test("a write never leaves without its condition", async () => {
    for (const bad of ["", "0123", 'W/"0123"', '""', "*"]) {
      const { store, calls } = behind(() => new Response(null, { status: 200, headers: { etag: ETAG } }));
      await failure(store.write("layers/one", "{}", bad));
      expect(calls).toHaveLength(0);
    }
  });
});

describe("every request", () => {
  test("a request carries its condition, and accepts no compression, whose ETags would be weak", async () => {
    const { store, calls } = behind(() => new Response(null, { status: 200, headers: { etag: ETAG } }));
    await store.write("layers/one", "{}", null);
    await store.write("layers/one", "{}", ETAG);
    await store.read("layers/one");
    expect(calls.map(({ headers }) => headers.get("accept-encoding"))).toEqual(["identity", "identity", "identity"]);
    expect(calls[0]?.headers.get("if-none-match")).toBe("*");
    expect(calls[1]?.headers.get("if-match")).toBe(ETAG);
  });

  test("a request fails by itself: one that fails beside one that succeeds is not mistaken for it", async () => {
    let good = false;
    const { store } = behind(() => {
      good = !good;
      return good ? new Response("{}", { status: 200, headers: { etag: ETAG } }) : new Response(null, { status: 429 });
    });
    const settled = await Promise.allSettled([store.read("layers/one"), store.read("layers/two")]);
    expect(settled.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });
});

test("the client of today reports a conditional write as done whatever the status but 412: that is why it is guarded", async () => {
  const fetcher: Fetch = async () => new Response(null, { status: 499, headers: { etag: ETAG } });
  const client = getStore({ name: "documents", fetch: fetcher });
  expect(await client.set("layers/one", "{}", { onlyIfNew: true })).toEqual({ etag: ETAG, modified: true });
  const refused = getStore({ name: "documents", fetch: async () => new Response(null, { status: 409 }) });
  expect(await refused.set("layers/one", "{}", { onlyIfMatch: ETAG })).toEqual({ etag: "", modified: true });
});
