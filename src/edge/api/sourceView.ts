import type { z } from "@hono/zod-openapi";
import type { Deps } from "../../app/deps.ts";
import { isoTime } from "../../app/time.ts";
import type { Layer } from "../../core/layer.ts";
import { own } from "../../core/slot.ts";
import type { HttpSource, ProbeSource } from "../../core/source.ts";
import type { sourceSchema } from "./sourceSchemas.ts";

type SourceView = z.input<typeof sourceSchema>;

/** Nobody may read a header's value again; as an input it is refused, so that it is never taken for one. */
const MASK = "…";

const httpView = (deps: Deps, source: HttpSource, secrets: boolean): SourceView => {
  const { slug, name, type, url, timeoutSeconds, settleSeconds = 0, previousSecret } = source;
  const shown = { slug, name, type, url, timeoutSeconds, settleSeconds };
  if (!secrets) return shown;
  const overlaps = previousSecret !== undefined && previousSecret.until > deps.clock.now();
  return {
    ...shown,
    secret: deps.sealer.open(source.secret),
    previousSecretExpiresAt: overlaps ? isoTime(previousSecret.until) : null,
  };
};

const probeView = (source: ProbeSource, checked: number | undefined): SourceView => ({
  slug: source.slug,
  name: source.name,
  type: source.type,
  url: source.url,
  headers: Object.fromEntries(Object.keys(source.headers ?? {}).map((name) => [name, MASK])),
  pick: source.pick ?? null,
  checkEvery: source.checkEvery ?? null,
  checkedAt: checked === undefined ? null : isoTime(checked),
});

/** A layer's data sources. `secrets`: for a reader who may change them. */
export const sourceViews = (deps: Deps, layer: Layer, secrets: boolean): SourceView[] =>
  layer.sources.map((source) =>
    source.type === "probe"
      ? probeView(source, own(layer.slot.checked ?? {}, source.slug))
      : httpView(deps, source, secrets),
  );
