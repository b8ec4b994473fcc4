import type { z } from "@hono/zod-openapi";
import type { Deps } from "../../../app/deps.ts";
import { MASK, maskedQuery } from "../../../app/settings/maskedQuery.ts";
import { openerOf, sealedParts } from "../../../app/stored/sealing.ts";
import { isoTime } from "../../../app/time.ts";
import type { sourceSchema } from "../../../contract/resources/sourceSchemas.ts";
import type { Layer } from "../../../core/layer/layer.ts";
import { shownOf } from "../../../core/layer/settings.ts";
import { type HttpSource, httpSettings, type ProbeSource, probeSettings } from "../../../core/layer/source.ts";
import { own } from "../../../core/slot/slot.ts";

type SourceView = z.input<typeof sourceSchema>;

/** How much of a layer is shown. */
export interface Shown {
  /** The reader may change the layer, and so sees whole URLs. */
  readonly writer: boolean;
  /** With signing secrets. */
  readonly secrets: boolean;
}

const urlFor = ({ writer }: Shown, url: string): string => (writer ? url : maskedQuery(url));

const httpView = (deps: Deps, layer: Layer, source: HttpSource, show: Shown): SourceView => {
  const { slug, name, type, url, previousSecret } = source;
  const shown = { slug, name, type, url: urlFor(show, url), ...shownOf(httpSettings, source) };
  if (!show.secrets) return shown;
  const overlaps = previousSecret !== undefined && previousSecret.until > deps.clock.now();
  return {
    ...shown,
    secret: openerOf(deps.sealer, layer, sealedParts.source(slug)).open(source.secret),
    previousSecretExpiresAt: overlaps ? isoTime(previousSecret.until) : null,
  };
};

const probeView = (source: ProbeSource, show: Shown, checked: number | undefined): SourceView => ({
  slug: source.slug,
  name: source.name,
  type: source.type,
  url: urlFor(show, source.url),
  // Nobody may read the value again. The input refuses this mask, so that it never becomes a value.
  headers: Object.fromEntries(Object.keys(source.headers ?? {}).map((name) => [name, MASK])),
  ...shownOf(probeSettings, source),
  checkedAt: checked === undefined ? null : isoTime(checked),
});

/** A layer's data sources. */
export const sourceViews = (deps: Deps, layer: Layer, show: Shown): SourceView[] =>
  layer.sources.map((source) =>
    source.type === "probe"
      ? probeView(source, show, own(layer.slot.checked ?? {}, source.slug))
      : httpView(deps, layer, source, show),
  );
