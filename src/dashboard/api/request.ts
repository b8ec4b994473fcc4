import type { Problem } from "./types.ts";

/** How long an answer is waited for (ms). */
const DEADLINE = 15_000;

/** The API answered, and refused. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** There was no answer: the connection, the site or the platform is away. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

/** The session is over, or there never was one. Dispatched on `window`, for whoever shows the way in. */
export const SESSION_OVER = "layerhook:session-over";

export interface Answered<T> {
  readonly kind: "answered";
  readonly value: T;
  /** The body as it came. */
  readonly text: string;
  readonly etag: string | null;
}
/** It is still what the ETag stands for. */
export interface Unchanged {
  readonly kind: "unchanged";
}

interface Asked {
  readonly body?: unknown;
  /** Sent as it is, in place of `body`. */
  readonly text?: string;
  readonly etag?: string | null | undefined;
  /** The version that is to be changed; the API refuses if there is another by now. */
  readonly match?: string | null | undefined;
  readonly bearer?: string;
  readonly signal?: AbortSignal;
}

const problemOf = async (response: Response): Promise<Problem> => {
  const fallback: Problem = {
    title: "Something went wrong",
    status: response.status,
    detail: `The site answered ${response.status}. Try again; if it stays like this, look at the function's log at Netlify.`,
    code: "UNKNOWN",
  };
  if (!(response.headers.get("content-type") ?? "").includes("json")) return fallback;
  const body: Partial<Problem> = await response.json().catch(() => ({}));
  return { ...fallback, ...body };
};

/**
 * One request to the API, `path` below `/api/v1`. The session's cookie goes along by itself; `bearer` is for beginning
 * one. Throws `Refused` or `Unreachable`.
 */
export const request = async <T>(method: string, path: string, asked: Asked = {}): Promise<Answered<T> | Unchanged> => {
  const { body, text, etag, match, bearer, signal } = asked;
  const sent = text ?? (body === undefined ? undefined : JSON.stringify(body));
  const deadline = AbortSignal.timeout(DEADLINE);
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      credentials: "same-origin",
      // The ETag is ours to send: the browser's own cache would hide the 304, and with it that nothing has changed.
      cache: "no-store",
      signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
      headers: {
        accept: "application/json",
        ...(sent === undefined ? {} : { "content-type": "application/json" }),
        ...(etag ? { "if-none-match": etag } : {}),
        ...(match ? { "if-match": match } : {}),
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      },
      ...(sent === undefined ? {} : { body: sent }),
    });
  } catch (cause) {
    throw new Unreachable("The site cannot be reached", { cause });
  }
  if (response.status === 304) return { kind: "unchanged" };
  if (!response.ok && path !== "/health") {
    const problem = await problemOf(response);
    if (problem.status === 401 && bearer === undefined) window.dispatchEvent(new Event(SESSION_OVER));
    throw new Refused(problem);
  }
  try {
    const body = await response.text();
    const value: T = JSON.parse(body === "" ? "null" : body);
    return { kind: "answered", value, text: body, etag: response.headers.get("etag") };
  } catch (cause) {
    throw new Unreachable("The answer broke off", { cause });
  }
};

/** A request whose answer is wanted in full. Throws `Refused` or `Unreachable`. */
export const ask = async <T>(method: string, path: string, asked: Omit<Asked, "etag"> = {}): Promise<T> => {
  const answer = await request<T>(method, path, asked);
  if (answer.kind === "unchanged") throw new Unreachable("An answer that nobody could use");
  return answer.value;
};

/** What went wrong, for people. */
export const problemFrom = (error: unknown): Problem => {
  if (error instanceof Refused) return error.problem;
  if (error instanceof Unreachable) {
    const detail = "The site did not answer. Check your connection; this page goes on by itself when it is back.";
    return { title: "No connection", status: 0, detail, code: "UNREACHABLE" };
  }
  const detail = error instanceof Error ? error.message : String(error);
  return { title: "The page failed", status: 0, detail: `${detail}. Reload the page.`, code: "PAGE_FAILED" };
};
