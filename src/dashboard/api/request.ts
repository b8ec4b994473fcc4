import { defined } from "../../core/defined.ts";
import type { Problem } from "./types.ts";

declare global {
  /** The answers that `begin.js` asked for before this script was loaded, by their paths. */
  var layerhookBegun: Map<string, Promise<Response>> | undefined;
}

/** Returns the answer that the page asked for while it loaded. Each answer is returned once. */
const takeBegun = (path: string): Promise<Response> | undefined => {
  const answer = globalThis.layerhookBegun?.get(path);
  globalThis.layerhookBegun?.delete(path);
  return answer;
};

/** Drops these answers. After a person has signed in, those of before say that nobody had. */
const dropBegun = (): void => globalThis.layerhookBegun?.clear();

/** How long a request waits for an answer (ms). */
const DEADLINE = 15_000;

/** Thrown when the API answers with a problem. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** Thrown when no answer arrives: the connection, the site or the platform is down. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

/** An event on `window`: the API answered 401, so the app shows the sign-in page. */
export const SESSION_OVER = "layerhook:session-over";

export interface Answer<T> {
  readonly kind: "answer";
  readonly value: T;
  /** The body before parsing. */
  readonly text: string;
  readonly etag: string | null;
}
/** The resource is still what the ETag of the request names. */
export interface Unchanged {
  readonly kind: "unchanged";
  /** Its ETag by now. */
  readonly etag: string | null;
}

interface RequestOptions {
  readonly body?: unknown;
  /** A body that is already text, in place of `body`. */
  readonly text?: string;
  readonly etag?: string | null | undefined;
  /** The ETag of the version to change. The API refuses if a newer version exists. */
  readonly match?: string | null | undefined;
  readonly bearer?: string;
  readonly signal?: AbortSignal;
}

const problemOf = async (response: Response): Promise<Problem> => {
  const fallback: Problem = {
    title: "Something went wrong",
    status: response.status,
    detail: `The site answered ${response.status}. Try again. If the error stays, check the function's log at Netlify.`,
    code: "UNKNOWN",
  };
  if (!(response.headers.get("content-type") ?? "").includes("json")) return fallback;
  const body: Partial<Problem> = await response.json().catch(() => ({}));
  return { ...fallback, ...body };
};

/**
 * Sends one request to the API. `path` is below `/api/v1`. The browser adds the session's cookie; `bearer` starts a
 * session. Throws `Refused` or `Unreachable`.
 */
export const request = async <T>(
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<Answer<T> | Unchanged> => {
  const { body, text, etag, match, bearer, signal } = options;
  const sent = text ?? (body === undefined ? undefined : JSON.stringify(body));
  const deadline = AbortSignal.timeout(DEADLINE);
  if (bearer !== undefined) dropBegun();
  let response: Response;
  try {
    const begun = method === "GET" && !etag ? takeBegun(path) : undefined;
    response = await (begun ??
      fetch(`/api/v1${path}`, {
        method,
        credentials: "same-origin",
        // Bypass the browser's cache: it would turn a 304 into a 200 and hide that nothing has changed.
        cache: "no-store",
        signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
        headers: {
          accept: "application/json",
          ...(sent === undefined ? {} : { "content-type": "application/json" }),
          ...(etag ? { "if-none-match": etag } : {}),
          ...(match ? { "if-match": match } : {}),
          ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
        },
        ...defined({ body: sent }),
      }));
  } catch (cause) {
    throw new Unreachable("The site cannot be reached", { cause });
  }
  if (response.status === 304) return { kind: "unchanged", etag: response.headers.get("etag") };
  if (!response.ok && path !== "/health") {
    const problem = await problemOf(response);
    if (problem.status === 401 && bearer === undefined) window.dispatchEvent(new Event(SESSION_OVER));
    throw new Refused(problem);
  }
  try {
    const body = await response.text();
    const value: T = JSON.parse(body === "" ? "null" : body);
    return { kind: "answer", value, text: body, etag: response.headers.get("etag") };
  } catch (cause) {
    throw new Unreachable("The connection closed before the answer was complete", { cause });
  }
};

/** Sends a request without an ETag and returns the parsed answer. Throws `Refused` or `Unreachable`. */
export const ask = async <T>(method: string, path: string, options: Omit<RequestOptions, "etag"> = {}): Promise<T> => {
  const answer = await request<T>(method, path, options);
  if (answer.kind === "unchanged") throw new Unreachable("An answer that nobody could use");
  return answer.value;
};

/** Describes an error of a request that reads to a person. */
export const problemFrom = (error: unknown): Problem => {
  if (error instanceof Refused) return error.problem;
  if (error instanceof Unreachable) {
    const detail = "The site did not answer. This page reconnects automatically.";
    return { title: "No connection", status: 0, detail, code: "UNREACHABLE" };
  }
  const detail = error instanceof Error ? error.message : String(error);
  return { title: "The page failed", status: 0, detail: `${detail}. Reload the page.`, code: "PAGE_FAILED" };
};

/** Describes an error of a request that changes something to a person. Without an answer its outcome is unknown. */
export const changeProblemFrom = (error: unknown): Problem => {
  const problem = problemFrom(error);
  if (!(error instanceof Unreachable)) return problem;
  return {
    ...problem,
    detail: "The site did not answer, so nothing may have happened. Check that before you try again.",
  };
};
