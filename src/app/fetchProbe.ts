import { valueAt } from "../core/layer/jsonPointer.ts";
import { canonicalJson } from "./canonicalJson.ts";
import type { Deps } from "./deps.ts";

/** A longer answer is refused: comparing only its beginning would miss changes further down. */
export const PROBE_BYTES = 1024 * 1024;

export interface ProbeRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A JSON Pointer to the value that is compared; absent: the whole answer. */
  readonly pick?: string | undefined;
  /** The longest time for the answer (ms). */
  readonly deadline: number;
  readonly signal: AbortSignal;
}

export type Fetched =
  | {
      readonly kind: "seen";
      readonly status: number;
      /** The text that is compared with the one of before. With a `pick` the order of keys does not count. */
      readonly compared: string;
      readonly text: string;
    }
  /** `status` and `text` are null if there was no answer, or only the beginning of one. */
  | { readonly kind: "failed"; readonly error: string; readonly status: number | null; readonly text: string | null };

/** A text as JSON; null: it is none. */
export const parseJson = (text: string): { readonly value: unknown } | null => {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return null;
  }
};

/** The part of an answer that is compared, or why there is none. */
const picked = (pick: string | undefined, text: string): { readonly compared: string } | { readonly error: string } => {
  if (pick === undefined) return { compared: text };
  const body = parseJson(text);
  if (body === null) return { error: "the answer is not JSON, so `pick` finds no value" };
  const value = valueAt(body.value, pick);
  if (value === undefined) return { error: `the answer has nothing at ${pick}` };
  try {
    return { compared: canonicalJson(value) };
  } catch {
    return { error: "the answer is nested too deeply to be compared" };
  }
};

/** Why an answer cannot be compared; null: it can. */
const faultOf = (status: number, cut: boolean | undefined): string | null => {
  if (status >= 300 && status < 400) {
    return `the URL answered ${status}. Layerhook follows no redirects, so enter the URL that the redirect leads to`;
  }
  if (status < 200 || status >= 300) return `the URL answered ${status}`;
  return cut === true ? "the answer is longer than 1 MB. Enter a URL with a shorter answer" : null;
};

/** Requests a probe's URL once, through the guarded client, and picks what is compared. Never throws. */
export const fetchProbe = async ({ outgoing }: Pick<Deps, "outgoing">, request: ProbeRequest): Promise<Fetched> => {
  const { url, headers, pick, deadline, signal } = request;
  const answer = await outgoing.send({
    method: "GET",
    url,
    headers: { accept: "application/json", ...headers },
    deadline,
    maxBytes: PROBE_BYTES,
    signal,
  });
  if (answer.kind === "silence") return { kind: "failed", error: answer.error, status: null, text: null };
  const { status, text, cut } = answer;
  const fault = faultOf(status, cut);
  if (fault !== null) return { kind: "failed", error: fault, status, text: null };
  const part = picked(pick, text);
  return "error" in part
    ? { kind: "failed", error: part.error, status, text }
    : { kind: "seen", status, compared: part.compared, text };
};
