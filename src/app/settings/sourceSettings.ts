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
import { keptUrl } from "./storedUrl.ts";

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
 * Stored headers may not go to another origin: a person who may not see them could send them to a server of their own.
 */
export interface HeadersElsewhere {
  readonly headersElsewhere: number;
}

/** A masked URL that was sent back and is not the mask of any URL of this layer. */
export interface UrlMasked {
  readonly urlMasked: number;
}

/** Why such a URL is refused. */
export const URL_MASKED = "is masked with … and stands for no URL of this layer; give the whole URL";

const httpSource = (standing: Source | undefined, input: HttpSourceInput, seals: Seals): HttpSource => {
  const before = standing?.type === "http" ? standing : undefined;
  const { slug, name, type, url, secret: chosen } = input;
  return defined({
    ...before,
    slug,
    name: name ?? standing?.name ?? slug,
    type,
    url: keptUrl(standing?.url ?? null, url),
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
  const standing = before?.headers ?? {};
  if (headers !== undefined) {
    const sealed = Object.entries(headers).map(
      ([name, value]) => [name, seals.credential(value, sealedParts.header(slug, name), own(standing, name))] as const,
    );
    return Object.fromEntries(sealed);
  }
  const follows = URL.parse(before?.url ?? "")?.origin === URL.parse(url)?.origin;
  return Object.keys(standing).length === 0 || follows ? standing : "elsewhere";
};

const probeSource = (
  standing: Source | undefined,
  input: ProbeSourceInput,
  seals: Seals,
): ProbeSource | "elsewhere" => {
  const before = standing?.type === "probe" ? standing : undefined;
  const headers = sealedHeaders(before, input, seals);
  if (headers === "elsewhere") return headers;
  const { slug, name, type, url } = input;
  return defined({
    ...before,
    slug,
    name: name ?? standing?.name ?? slug,
    type,
    url: keptUrl(standing?.url ?? null, url),
    headers: Object.keys(headers ?? {}).length === 0 ? undefined : headers,
    ...valuesOf(probeSettings, input),
  });
};

/** The sources of a layer after a patch that replaces all of them. A source that keeps its slug keeps its secrets. */
export const sourcesAfter = (
  standing: readonly Source[],
  given: readonly SourceInput[],
  seals: Seals,
): Source[] | HeadersElsewhere | UrlMasked => {
  const made: Source[] = [];
  for (const [index, sent] of given.entries()) {
    const before = standing.find(({ slug }) => slug === sent.slug);
    const url = unmasked(sent.url, before?.url);
    if (url === null) return { urlMasked: index };
    const input = { ...sent, url };
    const source = input.type === "http" ? httpSource(before, input, seals) : probeSource(before, input, seals);
    if (source === "elsewhere") return { headersElsewhere: index };
    made.push(source);
  }
  return made;
};
