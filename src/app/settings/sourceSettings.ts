import { defined } from "../../core/defined.ts";
import { type Given, valuesOf } from "../../core/layer/settings.ts";
import {
  type HttpSource,
  httpSettings,
  type ProbeSource,
  probeSettings,
  type Source,
} from "../../core/layer/source.ts";
import { own } from "../../core/slot/slot.ts";
import { sealedParts } from "../stored/sealing.ts";
import { unmasked } from "./maskedQuery.ts";
import type { Seals } from "./seals.ts";
import { urlAfter } from "./storedUrl.ts";

interface NamedInput {
  readonly slug: string;
  readonly name?: string | undefined;
  readonly url: string;
}

export interface HttpSourceInput extends NamedInput, Given<typeof httpSettings> {
  readonly type: "http";
  /** The signing secret; absent: the stored one, or a new one. */
  readonly secret?: string | undefined;
}

export interface ProbeSourceInput extends NamedInput, Given<typeof probeSettings> {
  readonly type: "probe";
  /** Headers by their lower-case names. Absent: the stored headers of this slug are kept. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export type SourceInput = HttpSourceInput | ProbeSourceInput;

/**
 * The index of a source that moves to another origin without its headers. Stored headers do not go along: a person who
 * may not see them could send them to a server of their own.
 */
export interface HeadersElsewhere {
  readonly headersElsewhere: number;
}

/** The index of a source whose URL is masked, but is not the masked form of its stored URL. */
export interface UrlMasked {
  readonly urlMasked: number;
}

/** The message for headers that would go elsewhere. */
export const HEADERS_ELSEWHERE =
  "must be given again when the scheme, the host or the port of the URL changes; send {} for no headers";

/** The message for such a URL. */
export const URL_MASKED = "is masked with … and matches no URL of this layer; give the whole URL";

const httpSource = (former: Source | undefined, input: HttpSourceInput, seals: Seals): HttpSource => {
  const before = former?.type === "http" ? former : undefined;
  const { slug, name, type, url, secret: chosen } = input;
  return defined({
    ...before,
    slug,
    name: name ?? former?.name ?? slug,
    type,
    url: urlAfter(former?.url ?? null, url),
    ...valuesOf(httpSettings, input),
    secret:
      chosen === undefined
        ? (before?.secret ?? seals.secretOf(sealedParts.source(slug)))
        : seals.credential(chosen, sealedParts.source(slug), before?.secret),
  });
};

const sealedHeaders = (
  before: ProbeSource | undefined,
  { slug, headers, url }: ProbeSourceInput,
  seals: Seals,
): ProbeSource["headers"] | "elsewhere" => {
  const storedHeaders = before?.headers ?? {};
  if (headers !== undefined) {
    const sealed = Object.entries(headers).map(
      ([name, value]) =>
        [name, seals.credential(value, sealedParts.header(slug, name), own(storedHeaders, name))] as const,
    );
    return Object.fromEntries(sealed);
  }
  const isSameOrigin = URL.parse(before?.url ?? "")?.origin === URL.parse(url)?.origin;
  return Object.keys(storedHeaders).length === 0 || isSameOrigin ? storedHeaders : "elsewhere";
};

const probeSource = (former: Source | undefined, input: ProbeSourceInput, seals: Seals): ProbeSource | "elsewhere" => {
  const before = former?.type === "probe" ? former : undefined;
  const headers = sealedHeaders(before, input, seals);
  if (headers === "elsewhere") return headers;
  const { slug, name, type, url } = input;
  return defined({
    ...before,
    slug,
    name: name ?? former?.name ?? slug,
    type,
    url: urlAfter(former?.url ?? null, url),
    headers: Object.keys(headers ?? {}).length === 0 ? undefined : headers,
    ...valuesOf(probeSettings, input),
  });
};

/** The sources of a layer after a patch that replaces all of them. A source that keeps its slug keeps its secrets. */
export const sourcesAfter = (
  sourcesBefore: readonly Source[],
  given: readonly SourceInput[],
  seals: Seals,
): Source[] | HeadersElsewhere | UrlMasked => {
  const sources: Source[] = [];
  for (const [index, sent] of given.entries()) {
    const before = sourcesBefore.find(({ slug }) => slug === sent.slug);
    const url = unmasked(sent.url, before?.url);
    if (url === null) return { urlMasked: index };
    const input = { ...sent, url };
    const source = input.type === "http" ? httpSource(before, input, seals) : probeSource(before, input, seals);
    if (source === "elsewhere") return { headersElsewhere: index };
    sources.push(source);
  }
  return sources;
};
