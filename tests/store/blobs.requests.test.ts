import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { BlobsStore, type Place } from "../../src/store/blobs.ts";
import { StoreUnavailable } from "../../src/store/store.ts";

const ETAG = '"0123456789abcdef"';
const CACHED = "https://edge.example.com";
const UNCACHED = "https://uncached.example.com";
const DEPLOY = "0123456789abcdef01234567";
const context = { edgeURL: CACHED, uncachedEdgeURL: UNCACHED, siteID: "site-1", deployID: DEPLOY, token: "token" };

const stubContext = (fields: object) =>
  vi.stubEnv("NETLIFY_BLOBS_CONTEXT", Buffer.from(JSON.stringify(fields)).toString("base64"));
beforeEach(() => stubContext({ ...context, primaryRegion: "us-east-1" }));
afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

/** A network that answers each request in turn, and remembers them. */
const network = (...answers: (() => Response)[]) => {
  const requests: { url: URL; method: string; headers: Headers; body: unknown }[] = [];
  const fetcher: typeof globalThis.fetch = async (input, init) => {
    requests.push({
      url: new URL(input instanceof Request ? input.url : input),
      method: (init?.method ?? "get").toLowerCase(),
      headers: new Headers(init?.headers),
      body: init?.body,
    });
    const answer = answers.shift();
    if (answer === undefined) throw new Error("nobody answers");
    return answer();
  };
  return { fetcher, requests };
};
const found = () => new Response("{}", { status: 200, headers: { etag: ETAG } });
const site: Place = { kind: "site", name: "documents" };

describe("a request goes", () => {
  test("a request goes to the address that caches nothing: what is read is what was written last", async () => {
    const { fetcher, requests } = network(found, found);
    const store = new BlobsStore(site, fetcher);
    await store.read("layers/one");
    await store.write("layers/one", "{}", ETAG);
    expect(requests.map(({ url }) => url.origin)).toEqual([UNCACHED, UNCACHED]);
    expect(requests.map(({ url }) => url.pathname)).toEqual(Array(2).fill("/site-1/site:documents/layers/one"));
    expect(requests.map(({ method }) => method)).toEqual(["get", "put"]);
    expect(requests[1]?.body).toBe("{}");
  });

  test("a request goes to the named site where the call's own context names none", async () => {
    const { siteID: _siteID, ...unnamed } = context;
    stubContext(unnamed);
    const { fetcher, requests } = network(found, found);
    await new BlobsStore({ ...site, siteId: "site-2" }, fetcher).read("layers/one");
    stubContext(context);
    await new BlobsStore({ ...site, siteId: "site-2" }, fetcher).read("layers/one");
    expect(requests.map(({ url }) => url.pathname.split("/")[1])).toEqual(["site-2", "site-1"]);
  });

  test("a request goes to the store of the deploy, in a preview", async () => {
    const { fetcher, requests } = network(found);
    await new BlobsStore({ kind: "deploy", name: "documents" }, fetcher).read("layers/one");
    expect(requests[0]?.url.pathname).toContain(`deploy:${DEPLOY}`);
    expect(requests[0]?.url.pathname).toContain("documents");
  });

  test("a request goes to the given site with the given token, from outside the platform", async () => {
    stubContext({});
    const { fetcher, requests } = network(() => Response.json({ url: "https://signed.example.com" }), found);
    const access = { siteID: "site-9", token: "token-9" };
    expect(await new BlobsStore({ ...site, access }, fetcher).read("layers/one")).toEqual({ text: "{}", etag: ETAG });
    expect(requests[0]?.url.pathname).toContain("site-9");
    expect(requests[0]?.headers.get("authorization")).toBe("Bearer token-9");
  });

  test("a request goes over the network of the moment, as the platform replaces it", async () => {
    const store = new BlobsStore(site);
    const { fetcher, requests } = network(found);
    vi.stubGlobal("fetch", fetcher);
    expect(await store.read("layers/one")).toEqual({ text: "{}", etag: ETAG });
    expect(requests).toHaveLength(1);
  });
});

describe("a listing", () => {
  test("a listing goes on until there are no more pages, and holds keys and ETags alone", async () => {
    const page = (key: string, next?: string) => () =>
      Response.json({ blobs: [{ key, etag: ETAG, size: 5, last_modified: "today" }], next_cursor: next });
    const { fetcher, requests } = network(page("layers/one", "more"), page("layers/two"));
    expect(await new BlobsStore(site, fetcher).list("layers/")).toEqual([
      { key: "layers/one", etag: ETAG },
      { key: "layers/two", etag: ETAG },
    ]);
    expect(requests.map(({ url }) => url.searchParams.get("prefix"))).toEqual(["layers/", "layers/"]);
    expect(requests[1]?.url.searchParams.get("cursor")).toBe("more");
  });

  test("a listing that has enough keys requests no further page", async () => {
    const page = () => Response.json({ blobs: [{ key: "layers/one", etag: ETAG }], next_cursor: "more" });
    const { fetcher, requests } = network(page, page, page);
    const asked: number[] = [];
    const listed = await new BlobsStore(site, fetcher).list("layers/", (keys) => {
      asked.push(keys);
      return keys === 2;
    });
    expect([listed.length, asked, requests.length]).toEqual([2, [1, 2], 2]);
  });
});

describe("a listing of one level", () => {
  test("a listing of one level requests folders, page by page, and names each once, whatever path is given", async () => {
    const page = (directories: string[], next?: string) => () =>
      Response.json({ blobs: [{ key: `audit/${next ?? "last"}`, etag: ETAG }], directories, next_cursor: next });
    const { fetcher, requests } = network(page(["audit/a", "audit/b/"], "more"), page(["audit/b", "audit/c"]));
    expect(await new BlobsStore(site, fetcher).children("audit/")).toEqual({
      keys: ["audit/more", "audit/last"],
      folders: ["a", "b", "c"],
    });
    expect(requests.map(({ url }) => url.searchParams.get("directories"))).toEqual(["true", "true"]);
    expect(requests.map(({ url }) => url.searchParams.get("prefix"))).toEqual(["audit/", "audit/"]);
  });
});

describe("a removal", () => {
  test.each([200, 204, 404])("a removal is done once the store answers %i", async (status) => {
    const { fetcher, requests } = network(() => new Response(null, { status }));
    await new BlobsStore(site, fetcher).remove("audit/one");
    expect(requests.map(({ method }) => method)).toEqual(["delete"]);
  });
});

describe("a write", () => {
  test.each([200, 201])("a write is done once the store answers %i with an ETag", async (status) => {
    const { fetcher } = network(() => new Response(null, { status, headers: { etag: ETAG } }));
    const written = await new BlobsStore(site, fetcher).write("layers/one", "{}", null);
    expect(written).toEqual({ kind: "written", etag: ETAG });
  });

  test.each([202, 204, 206])("a write has an unknown outcome after %i", async (status) => {
    const { fetcher } = network(() => new Response(null, { status, headers: { etag: ETAG } }));
    await expect(new BlobsStore(site, fetcher).write("layers/one", "{}", null)).rejects.toThrow(StoreUnavailable);
  });
});

describe("what an operator reads about a failed call", () => {
  const message = async (call: (store: BlobsStore) => Promise<unknown>, answer?: () => Response): Promise<unknown> => {
    const { fetcher } = network(...(answer === undefined ? [] : [answer, answer]));
    return call(new BlobsStore(site, fetcher)).catch((error: unknown) => error);
  };
  const trouble = () => new Response(null, { status: 500 });
  const read = (store: BlobsStore) => store.read("layers/one");

  test("a failed call's message says which call it was and how it failed", async () => {
    expect(await message(read, trouble)).toMatchObject({ message: "read: status 500" });
    expect(await message((s) => s.write("l", "{}", null), trouble)).toMatchObject({ message: "write: status 500" });
    expect(await message((s) => s.list("l"), trouble)).toMatchObject({ message: "list: status 500" });
    expect(await message((s) => s.children("l/"), trouble)).toMatchObject({ message: "list: status 500" });
    expect(await message((s) => s.remove("l"), trouble)).toMatchObject({ message: "remove: status 500" });
    expect(await message(read)).toMatchObject({ message: "read: Error" });
    const nothing = () => new Response(null, { status: 204 });
    expect(await message(read, nothing)).toMatchObject({ message: "read: status 204" });
  });

  test("a failed call's message says that the network failed, whatever it threw", async () => {
    const thrown = () => {
      throw "no error at all";
    };
    expect(await message(read, thrown)).toMatchObject({ message: "read: network error" });
  });

  test("a failed call's message says that the client failed on an answer, and keeps the client's error as its cause", async () => {
    const error = await message(
      (s) => s.list("l"),
      () => new Response("no JSON", { status: 200 }),
    );
    expect(error).toMatchObject({ name: "StoreUnavailable", message: "list: the client failed" });
    expect(error).toHaveProperty("cause", expect.any(SyntaxError));
  });

  test("a failed call's message says what was wrong with an ETag", async () => {
    const tagged = (headers: Record<string, string>) => () => new Response("{}", { status: 200, headers });
    expect(await message(read, tagged({}))).toMatchObject({
      message: "read: the store gave no ETag (STORE_WITHOUT_ETAGS)",
    });
    for (const etag of ["0123", 'W/"0123"', '""', '"0123', '0123"', '"0"1"']) {
      expect(await message(read, tagged({ etag }))).toMatchObject({
        message: "read: the store gave a weak or unquoted ETag (STORE_WITHOUT_ETAGS)",
      });
    }
    const blind = message((s) => s.write("l", "{}", ETAG), tagged({}));
    expect(await blind).toMatchObject({ message: "write: not confirmed by an ETag" });
    const weak = message((s) => s.write("l", "{}", 'W/"0123"'));
    expect(await weak).toMatchObject({ message: "write: not a strong ETag" });
  });

  test("a failed call's message says that there are no credentials before a request is made", async () => {
    stubContext({});
    vi.stubEnv("NETLIFY_BLOBS_CONTEXT", "");
    const error = await message(read);
    expect(error).toMatchObject({ message: "read: MissingBlobsEnvironmentError (STORE_WITHOUT_CREDENTIALS)" });
  });
});
