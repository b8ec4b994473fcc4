import { SECOND } from "../../../src/core/durations.ts";
import { BlobsStore } from "../../../src/store/blobs.ts";
import { childrenOf } from "../../../src/store/childrenOf.ts";
import type { Archive, Children, Enough, Entry, Store, Stored, Written } from "../../../src/store/store.ts";
import type { Writer } from "../records/register.ts";
import { PREVIEW, type Way, wayOf } from "./channel.ts";
import type { Instance } from "./instance.ts";
import type { World } from "./world.ts";

/** How long the adapter waits for one call (ms); its own timer is a real one, too slow for virtual time. */
const DEADLINE = 4000;
const PAGE = 7;

/** The client finds its store in the environment, as in a deployed function. */
const context = {
  edgeURL: "https://edge.test",
  uncachedEdgeURL: "https://edge.test",
  siteID: "site",
  deployID: "preview",
  token: "token",
};
export const clientContext = (): string => Buffer.from(JSON.stringify(context)).toString("base64");

/** The key of a request, among all there are: a deploy's store has a name of its own. */
const keyOf = (url: URL): string => {
  const [, store = "", key = ""] =
    /\/(site:[^/]+|deploy:[^/]+)(?:\/(.*))?$/.exec(decodeURIComponent(url.pathname)) ?? [];
  return store.startsWith("deploy:") ? `${PREVIEW}${key}` : key;
};

const strong = /^"[^"]+"$/;

const none = (status: number): Response => new Response(null, { status });

/** The real adapter and the real client, over a network that answers as the real one does on a bad day. */
export class ClientChannel implements Store, Archive {
  readonly #world: World;
  readonly #instance: Instance;

  constructor(world: World, instance: Instance) {
    this.#world = world;
    this.#instance = instance;
  }

  read(key: string): Promise<Stored | null> {
    return this.#alive((store) => store.read(key));
  }

  write(key: string, text: string, expected: string | null): Promise<Written> {
    return this.#alive((store) => store.write(key, text, expected));
  }

  list(prefix: string, enough?: Enough): Promise<readonly Entry[]> {
    return this.#alive((store) => store.list(prefix, enough));
  }

  children(prefix: string): Promise<Children> {
    return this.#alive((store) => store.children(prefix));
  }

  remove(key: string): Promise<void> {
    return this.#alive((store) => store.remove(key));
  }

  /** One call; its writer is who decided on it, by the clock of that moment. */
  async #alive<T>(use: (store: BlobsStore) => Promise<T>): Promise<T> {
    const writer = { instance: this.#instance, wall: this.#instance.wall(), issued: this.#world.timeline.stamp() };
    const sent = new Map<string, number>();
    let open = 0;
    let over = false;
    const store = new BlobsStore(this.#instance.home.place, (input, init) => {
      const request = `${init?.method} ${String(input)}`;
      const times = (sent.get(request) ?? 0) + 1;
      sent.set(request, times);
      const most = init?.method?.toUpperCase() === "PUT" ? 1 : 2;
      const law = "P22: a write is sent once, any other call at most twice";
      if (times > most) this.#world.oracle.fail(law, request);
      if (times > 1) this.#world.count("calls sent a second time");
      open += 1;
      const answer = this.#fetch(String(input), init ?? {}, writer).finally(() => {
        open -= 1;
      });
      // The client's own pauses are of real time: a call that has failed and is not over is in one of them.
      void answer.catch(() =>
        this.#world.timeline.after(SECOND, () => {
          if (!over && open === 0) this.#world.oracle.fail("P22: the client waits for nothing by itself", request);
        }),
      );
      return answer;
    });
    this.#world.count("calls through the client");
    await this.#instance.pass();
    try {
      return await use(store);
    } finally {
      over = true;
      await this.#instance.pass();
    }
  }

  #fetch(input: string, init: RequestInit, writer: Writer): Promise<Response> {
    const { chance, faults, oracle, count } = this.#world;
    const url = new URL(input);
    const key = keyOf(url);
    const method = init.method?.toUpperCase() ?? "GET";
    const headers = new Headers(init.headers);
    const match = headers.get("if-match");
    const writes = method === "PUT" || method === "DELETE";
    if (method === "PUT" && match === null && headers.get("if-none-match") !== "*") {
      oracle.fail("P11: every write is conditional", key);
    }
    if (match !== null && !strong.test(match)) oracle.fail("P11: a condition can be met", `${key} over ${match}`);
    const listed = url.searchParams.get("prefix");
    const way = wayOf(this.#world, writes, key);
    if (method === "PUT" && chance.chance(faults.store.busy)) {
      count("status 409");
      return this.#answer(way, () => none(409));
    }
    if (method === "PUT") {
      const text = String(init.body);
      const echoed = chance.chance(faults.store.echoed);
      return this.#answer(way, () => {
        const written = this.#world.register.write(key, text, match, writer);
        if (written.kind === "conflict" || echoed) return none(412);
        return new Response(null, { status: 200, headers: chance.chance(0.97) ? { etag: written.etag } : {} });
      });
    }
    if (method === "DELETE") {
      return this.#answer(way, () => {
        this.#world.register.remove(key, writer);
        return none(204);
      });
    }
    return this.#answer(way, () => (listed === null ? this.#get(key) : this.#list(url, key)));
  }

  #get(key: string): Response {
    const { register, chance, faults } = this.#world;
    const found = register.read(key);
    if (found === null) return none(404);
    const weak = chance.chance(faults.store.refused / 4) ? `W/${found.etag}` : found.etag;
    const bare = chance.chance(faults.store.refused / 4);
    return new Response(found.text, { status: 200, headers: bare ? {} : { etag: weak } });
  }

  /** `root` is where the store's keys begin. */
  #list(url: URL, root: string): Response {
    const { register, timeline, chance, faults } = this.#world;
    const stale = chance.chance(faults.store.staleList);
    const asOf = timeline.now - (stale ? chance.int(1, 90_000) : 0);
    const from = Number(url.searchParams.get("cursor") ?? 0);
    const prefix = url.searchParams.get("prefix") ?? "";
    const entries = register
      .list(`${root}${prefix}`, asOf)
      .map(({ key, etag }) => ({ key: key.slice(root.length), etag, size: 1 }));
    const level =
      url.searchParams.get("directories") === "true" &&
      childrenOf(
        prefix,
        entries.map(({ key }) => key),
      );
    const blobs = level === false ? entries : entries.filter(({ key }) => level.keys.includes(key));
    const directories = level === false ? [] : level.folders.map((name) => `${prefix}${name}`);
    const more = from + PAGE < Math.max(blobs.length, directories.length) ? { next_cursor: String(from + PAGE) } : {};
    const page = { blobs: blobs.slice(from, from + PAGE), directories: directories.slice(from, from + PAGE) };
    return Response.json({ ...page, ...more });
  }

  /** Brings an answer back the way it was drawn: in time, as a status that says nothing, or never. */
  #answer(way: Way, effect: () => Response): Promise<Response> {
    const { timeline, chance, count } = this.#world;
    return new Promise((resolve, reject) => {
      const back = (response: Response | null): void => {
        timeline.after(way.back, () => {
          if (response !== null && way.answered) return resolve(response);
          if (way.there + way.back < DEADLINE / 2) {
            const status = chance.pick([401, 403, 413, 429, 500, 502, 503]);
            count(`status ${status}`);
            return resolve(none(status));
          }
          reject(new DOMException("timed out", "TimeoutError"));
        });
      };
      timeline.after(way.there, () => back(way.lands && way.lateBy === 0 ? effect() : null));
      if (way.lands && way.lateBy > 0) timeline.after(DEADLINE + way.lateBy, effect);
    });
  }
}
