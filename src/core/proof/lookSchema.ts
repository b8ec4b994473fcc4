import { z } from "zod/mini";

const ms = z.number();

/** What the marker on a site's pages says: the deploy and the build that visitors are served. */
export const markerSchema = z.looseObject({
  deployId: z.nullable(z.string()),
  buildId: z.nullable(z.string()),
  /** When the marker was first seen to say so (ms). */
  seenAt: ms,
  /** Since when the pages are known to have a marker (ms); absent: nobody noted it. */
  knownAt: z.optional(ms),
  /** When the marker first showed each of the last deploys that were looked for. */
  shown: z.optional(z.array(z.looseObject({ deployId: z.string(), at: ms }))),
});
export type Marker = z.infer<typeof markerSchema>;

/** What the page of one publish showed. */
export const checkSchema = z.looseObject({
  deliveryId: z.string(),
  state: z.enum(["seen", "missing", "unknown"]),
  /** Why the publish was not seen; null: it was. */
  reason: z.nullable(z.string()),
  at: ms,
});
export type Check = z.infer<typeof checkSchema>;

/** How a site's pages were last looked at. */
export const lookSchema = z.looseObject({
  /** The site's public URL at that time. */
  url: z.string(),
  /** The deploy that was looked for. */
  deployId: z.string(),
  /** The looks at it so far, and when the last one was (ms). */
  tries: z.number(),
  at: ms,
  /** When the next look is due (ms); absent: there is no other. */
  due: z.optional(ms),
  /** Absent: the pages have no marker. */
  marker: z.optional(markerSchema),
  /** Why the marker does not show the deploy. */
  reason: z.optional(z.string()),
  /** The looks at the pages of what was published for a build, and when the next one is due. */
  content: z.optional(
    z.looseObject({
      buildId: z.string(),
      tries: z.number(),
      due: ms,
      /** What these looks have found so far; absent: there was none. */
      found: z.optional(z.array(checkSchema)),
    }),
  ),
  /** A build that is requested again at a time, because its pages do not show what was published. */
  heal: z.optional(z.looseObject({ buildId: z.string(), at: ms })),
});
export type Look = z.infer<typeof lookSchema>;

/** What is looked at. */
export interface Looked {
  readonly publicUrl?: string | null | undefined;
  readonly look?: Look | undefined;
}

/** The last look at the URL that the site has now; undefined: there was none. */
export const lookOf = ({ publicUrl, look }: Looked): Look | undefined =>
  look !== undefined && look.url === publicUrl ? look : undefined;

/** The marker of a site whose pages have one; undefined: nobody has seen one. */
export const markerOf = (site: Looked): Marker | undefined => lookOf(site)?.marker;
