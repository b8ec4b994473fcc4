import type { httpSettings, probeSettings } from "../../../core/layer/source.ts";
import type { Layer } from "../../api/types.ts";
import { slugOf } from "../../text/slugOf.ts";
import { objectOf, type Pair } from "../form/pair.ts";

export interface SourceDraft {
  readonly type: "http" | "probe";
  readonly slug: string;
  readonly name: string;
  readonly url: string;
  readonly pick: string;
  readonly checkEvery: string;
  readonly timeoutSeconds: string;
  readonly settleSeconds: string;
  /** The headers of a probe; null: the stored ones, whose values nobody may read. */
  readonly headers: readonly Pair[] | null;
  /** The names of the stored headers. */
  readonly storedHeaders: readonly string[];
}

export const emptySource: SourceDraft = {
  type: "http",
  slug: "",
  name: "",
  url: "",
  pick: "",
  checkEvery: "",
  timeoutSeconds: "900",
  settleSeconds: "3",
  headers: [],
  storedHeaders: [],
};

const headersOf = (storedHeaders: readonly string[]): Pick<SourceDraft, "headers" | "storedHeaders"> => ({
  headers: storedHeaders.length === 0 ? [] : null,
  storedHeaders,
});

/** Makes the form's draft from a source. */
export const draftOf = (source: Layer["dataSources"][number]): SourceDraft => ({
  ...emptySource,
  type: source.type,
  slug: source.slug,
  name: source.name,
  url: source.url,
  ...(source.type === "probe"
    ? { pick: source.pick ?? "", checkEvery: source.checkEvery ?? "", ...headersOf(Object.keys(source.headers)) }
    : { timeoutSeconds: String(source.timeoutSeconds), settleSeconds: String(source.settleSeconds) }),
});

/**
 * Makes the API's input from a draft. It names every setting, because the API resets an omitted one to its default. A new
 * source gets a slug from its name that is not among the layer's others.
 */
export const sourceInput = (draft: SourceDraft, others: readonly string[] = []): object => {
  const { name, url, type } = draft;
  const named = { slug: draft.slug || slugOf(name, others), name, url, type };
  if (draft.type === "http") {
    const settings = {
      timeoutSeconds: Number(draft.timeoutSeconds),
      settleSeconds: Number(draft.settleSeconds),
    } satisfies Record<keyof typeof httpSettings, unknown>;
    return { ...named, ...settings };
  }
  const settings = {
    pick: draft.pick || undefined,
    checkEvery: draft.checkEvery || undefined,
  } satisfies Record<keyof typeof probeSettings, unknown>;
  return { ...named, ...settings, headers: draft.headers === null ? undefined : objectOf(draft.headers) };
};
