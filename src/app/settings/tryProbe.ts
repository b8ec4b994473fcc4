import { SECOND } from "../../core/durations.ts";
import type { Layer } from "../../core/layer/layer.ts";
import type { Deps } from "../deps.ts";
import { type Fetched, fetchProbe, parseJson } from "../fetchProbe.ts";
import { HEADERS_UNREADABLE, openHeaders } from "../stored/sealing.ts";
import { MASK, unmasked } from "./maskedQuery.ts";
import type { ProbeSourceInput } from "./sourceSettings.ts";

/** The longest time for the answer (ms): a person waits for the try. */
const DEADLINE = 10 * SECOND;
/** How much of the compared text is shown. */
const SHOWN_CHARS = 2000;
/** How many places in an answer are proposed, and how deep they are looked for. */
const PLACES = 20;
const DEPTH = 4;

export interface ProbeTried {
  readonly kind: "tried";
  /** Null: no answer. */
  readonly status: number | null;
  /** The text that would be compared, with secrets masked; null: there is none. */
  readonly compared: string | null;
  /** Whether `compared` is only the beginning. */
  readonly isCut: boolean;
  /** Why there is nothing to compare; null: there is. */
  readonly reason: string | null;
  /** JSON Pointers to texts and numbers in the answer. */
  readonly places: readonly string[];
  readonly durationMs: number;
}
export interface TryRefused {
  readonly kind: "url-masked" | "headers-elsewhere";
}

/** Base64 without the padding, which the other alphabet for URLs leaves out. Null: no header can hold the text. */
const base64Of = (text: string): string | null => {
  try {
    return btoa(text).replace(/=+$/, "");
  } catch {
    return null;
  }
};

/** The forms in which a URL may send a value back. A server that encodes more than the value alone is not seen through. */
const formsOf = (value: string): string[] => {
  const base64 = base64Of(value) ?? "";
  const forUrls = base64.replaceAll("+", "-").replaceAll("/", "_");
  return [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value), base64, forUrls];
};

/** A mask for the values of headers, which a URL may send back, with and without the word before them. */
const maskOf = (headers: Readonly<Record<string, string>>): ((text: string) => string) => {
  const secrets = Object.values(headers)
    .flatMap((value) => [value, value.slice(value.indexOf(" ") + 1)])
    .flatMap(formsOf)
    .filter((value) => value !== "")
    .sort((a, b) => b.length - a.length);
  return (text) => secrets.reduce((masked, secret) => masked.replaceAll(secret, MASK), text);
};

const escaped = (step: string): string => step.replaceAll("~", "~0").replaceAll("/", "~1");

/** The places of texts and numbers in JSON, the highest first. Of a list only the first item is looked at. */
const placesIn = (document: unknown): string[] => {
  const places: string[] = [];
  let level: (readonly [place: string, value: unknown])[] = [["", document]];
  for (let depth = 0; depth <= DEPTH && places.length < PLACES; depth += 1) {
    const below: (readonly [string, unknown])[] = [];
    for (const [place, value] of level) {
      if (typeof value === "string" || typeof value === "number") places.push(place);
      else if (Array.isArray(value)) below.push(...value.slice(0, 1).map((item) => [`${place}/0`, item] as const));
      else if (typeof value === "object" && value !== null) {
        const fields = Object.entries(value).slice(0, PLACES);
        below.push(...fields.map(([name, inner]) => [`${place}/${escaped(name)}`, inner] as const));
      }
    }
    level = below;
  }
  return places.filter((place) => place !== "").slice(0, PLACES);
};

const shownOf = (fetched: Fetched, mask: (text: string) => string): Omit<ProbeTried, "kind" | "durationMs"> => {
  const { status, text } = fetched;
  const document = text === null ? null : parseJson(text);
  const places = document === null ? [] : placesIn(document.value).map(mask);
  if (fetched.kind === "failed") {
    return { status, compared: null, isCut: false, reason: mask(fetched.error), places };
  }
  const compared = mask(fetched.compared);
  return {
    status,
    compared: compared.slice(0, SHOWN_CHARS),
    isCut: compared.length > SHOWN_CHARS,
    reason: null,
    places,
  };
};

/**
 * Requests a probe's URL once, as it would be saved, and says what would be compared. Stores nothing. As when a probe is
 * saved, stored headers go to their own origin alone.
 */
export const tryProbe = async (
  deps: Deps,
  layer: Layer,
  { slug, url: given, headers, pick }: ProbeSourceInput,
): Promise<ProbeTried | TryRefused> => {
  const stored = layer.sources.find((source) => source.slug === slug);
  const url = unmasked(given, stored?.url);
  if (url === null) return { kind: "url-masked" };
  const former = stored?.type === "probe" && headers === undefined ? stored : undefined;
  const isElsewhere = former !== undefined && URL.parse(former.url)?.origin !== URL.parse(url)?.origin;
  if (isElsewhere && Object.keys(former.headers ?? {}).length > 0) return { kind: "headers-elsewhere" };
  const opened = former === undefined ? (headers ?? {}) : openHeaders(deps.sealer, layer.id, former);
  const began = deps.clock.elapsed();
  const fetched: Fetched =
    opened === null
      ? { kind: "failed", error: HEADERS_UNREADABLE, status: null, text: null }
      : await fetchProbe(deps, {
          url,
          headers: opened,
          pick,
          deadline: DEADLINE,
          signal: new AbortController().signal,
        });
  const durationMs = Math.round(deps.clock.elapsed() - began);
  return { kind: "tried", ...shownOf(fetched, maskOf(opened ?? {})), durationMs };
};
