import type { Pool } from "undici";
import type { Fault, Silence } from "./fault.ts";
import type { Schedule } from "./schedule.ts";

/** A request as it left the client. */
export interface Sent {
  /** The call of the port it belongs to; null: none. */
  readonly call: number | null;
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly text: string;
  readonly bounded: boolean;
  /** What the client was told: a status, `half` of a body, or the name of the error; null: nothing yet. */
  told: { readonly status: number; readonly etag: string | null } | "half" | Silence | null;
}

/** A request as it arrived at the store, and what the store itself said to it. */
export interface Arrived {
  readonly call: number | null;
  readonly method: string;
  readonly key: string;
  /** The condition it arrived with. */
  readonly expected: { readonly etag: string } | "nothing" | "anything";
  readonly text: string;
  readonly status: number;
  readonly etag: string | null;
}

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

const silenceOf = (silence: Silence): Error =>
  silence === "TypeError" ? new TypeError("fetch failed") : new DOMException("The operation timed out", "TimeoutError");

const weak = (etag: string | null): string => `W/${etag ?? '"0"'}`;

const without = (headers: Headers, name: string): Headers => {
  const less = new Headers(headers);
  less.delete(name);
  return less;
};

const withEtag = (headers: Headers, etag: string): Headers => {
  const more = new Headers(headers);
  more.set("etag", etag);
  return more;
};

const expectedBy = (headers: Headers): Arrived["expected"] => {
  const etag = headers.get("if-match");
  if (etag !== null) return { etag };
  return headers.get("if-none-match") === "*" ? "nothing" : "anything";
};

/**
 * The network between the client and the strict local server: two gates for each request, one before the server and one
 * before the client, and the fault that was drawn for it. Keeps the truth: what left, and what arrived in which order.
 */
export class ScheduledFetch {
  readonly #schedule: Schedule;
  readonly #pool: Pool;
  readonly #faults: readonly Fault[];
  readonly sent: Sent[] = [];
  readonly arrived: Arrived[] = [];
  /** The faults that came to pass. */
  readonly met = new Set<Fault["kind"]>();

  constructor(schedule: Schedule, pool: Pool, faults: readonly Fault[]) {
    this.#schedule = schedule;
    this.#pool = pool;
    this.#faults = faults;
  }

  /** Lets a document stand there before the race begins. */
  async place(url: URL, headers: Headers, text: string): Promise<void> {
    await this.#arrive({ call: null, method: "PUT", url, headers, text, bounded: true, told: null });
  }

  /** Hands a request to the server, the real one, and notes what became of it. */
  async #arrive(sent: Sent): Promise<Reply> {
    const { call, method, url, headers, text } = sent;
    const path = `${url.pathname}${url.search}`;
    const wire = Object.fromEntries(headers);
    return this.#schedule.outside(async () => {
      const response = await this.#pool.request({
        path,
        method: method === "PUT" ? "PUT" : method === "DELETE" ? "DELETE" : "GET",
        headers: wire,
        body: method === "PUT" ? text : null,
      });
      const body = await response.body.text();
      const given = Object.entries(response.headers).flatMap(([name, value]): [string, string][] =>
        typeof value === "string" && name !== "content-length" ? [[name, value]] : [],
      );
      const reply = { status: response.statusCode, headers: new Headers(given), body };
      // The path is `/site/store/key…`; a listing has no key.
      const key = url.pathname.split("/").slice(3).join("/");
      const etag = reply.headers.get("etag");
      this.arrived.push({ call, method, key, expected: expectedBy(headers), text, status: reply.status, etag });
      return reply;
    });
  }

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const method = (init?.method ?? "GET").toUpperCase();
    const sent: Sent = {
      call: this.#schedule.current?.id ?? null,
      method,
      url: new URL(input instanceof Request ? input.url : input),
      headers: new Headers(init?.headers),
      text: typeof init?.body === "string" ? init.body : "",
      bounded: init?.signal instanceof AbortSignal,
      told: null,
    };
    const fault = this.#applicable(this.#faults[this.sent.length] ?? { kind: "none" }, method);
    this.sent.push(sent);
    this.met.add(fault.kind);
    const what = `${this.#schedule.current?.by ?? "nobody"}: ${method} ${sent.url.pathname.split("/").slice(3).join("/")}`;
    await this.#schedule.gate(`${what} leaves (${JSON.stringify(fault)})`);
    const reply = await this.#suffer(sent, fault, what);
    await this.#schedule.gate(`${what} is answered`);
    if (typeof reply === "string") {
      sent.told = reply;
      if (fault.kind === "late") void this.#later(sent, what);
      throw silenceOf(reply);
    }
    if (fault.kind === "copied") void this.#later(sent, what);
    if (fault.kind === "half" && reply.status === 200) {
      sent.told = "half";
      return new Response(this.#half(reply.body, fault.silence, what), { status: 200, headers: reply.headers });
    }
    sent.told = { status: reply.status, etag: reply.headers.get("etag") };
    const empty = [204, 304].includes(reply.status);
    return new Response(empty ? null : reply.body, { status: reply.status, headers: reply.headers });
  };

  /** A fault that this request cannot suffer is none: a read told 404 is told that there is nothing, and must believe it. */
  #applicable(fault: Fault, method: string): Fault {
    const writes = method === "PUT";
    if (!writes && (fault.kind === "late" || fault.kind === "copied" || fault.kind === "resent"))
      return { kind: "none" };
    if (!writes && fault.kind === "status" && fault.status === 404) return { kind: "none" };
    return writes && fault.kind === "half" ? { kind: "none" } : fault;
  }

  async #suffer(sent: Sent, fault: Fault, what: string): Promise<Reply | Silence> {
    switch (fault.kind) {
      case "slow":
        for (let gates = 0; gates < fault.gates; gates += 1) await this.#schedule.gate(`${what} is under way`);
        return this.#arrive(sent);
      case "lost":
      case "late":
        return fault.silence;
      case "reply-lost":
        await this.#arrive(sent);
        return fault.silence;
      case "resent":
        await this.#arrive(sent);
        await this.#schedule.gate(`${what} is sent again`);
        return this.#arrive(sent);
      case "status": {
        const { status, landed, etag } = fault;
        if (landed) await this.#arrive(sent);
        const reset = { "x-ratelimit-reset": "9999999999", "x-nf-request-id": "1" };
        return {
          status,
          headers: new Headers({ ...reset, ...(etag ? { etag: '"of-an-error"' } : {}) }),
          body: "trouble",
        };
      }
      case "stranger":
        return { status: 200, headers: new Headers({ "content-type": "text/html" }), body: "<p>Please sign in" };
      case "no-etag":
      case "weak-etag": {
        const reply = await this.#arrive(sent);
        const etag = reply.headers.get("etag");
        if (etag === null) return reply;
        const headers = fault.kind === "no-etag" ? without(reply.headers, "etag") : withEtag(reply.headers, weak(etag));
        return { ...reply, headers };
      }
      default:
        return this.#arrive(sent);
    }
  }

  async #later(sent: Sent, what: string): Promise<void> {
    await this.#schedule.gate(`${what} arrives after all`);
    await this.#arrive(sent);
  }

  /** Half of a body, and then nothing until the deadline passes or the connection breaks. */
  #half(body: string, silence: Silence, what: string): ReadableStream<Uint8Array> {
    const { current } = this.#schedule;
    let begun = false;
    return new ReadableStream({
      pull: async (stream) => {
        if (!begun) {
          begun = true;
          stream.enqueue(new TextEncoder().encode(body.slice(0, body.length / 2)));
          return;
        }
        await this.#schedule.gate(`${what}: the rest does not come`, current);
        stream.error(silenceOf(silence));
      },
    });
  }
}
