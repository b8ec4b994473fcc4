import { z } from "zod/mini";
import { SECOND } from "../../core/durations.ts";
import type { Sight } from "../../core/proof/look.ts";
import type { Deps, OutgoingAnswer } from "../deps.ts";

const PATH = ".well-known/layerhook.json";
const DEADLINE = 10 * SECOND;
const MARKER_BYTES = 4096;

const markerSchema = z.looseObject({
  deployId: z.nullable(z.string().check(z.minLength(1), z.maxLength(64))),
  buildId: z.nullable(z.string().check(z.minLength(1), z.maxLength(64))),
});

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

/** How old the copy is that a network for content served, in words; empty: it did not say. */
const ageText = (headers: Readonly<Record<string, string>> | undefined): string => {
  const age = Number(headers?.["age"] ?? 0);
  return age > 0 ? ` The answer was a copy, ${Math.round(age)} s old.` : "";
};

/** What an answer to the request for a marker says. */
export const readMarker = (answer: OutgoingAnswer): Sight => {
  if (answer.kind === "silence")
    return { kind: "unknown", reason: `The marker could not be fetched: ${answer.error}.` };
  const { status, text, headers } = answer;
  if (status >= 300 && status < 400) {
    return { kind: "unknown", reason: `The address redirects (${status}). Enter the address that it leads to.` };
  }
  const copy = ageText(headers);
  if (status === 404 || status === 410) return { kind: "none", reason: `There is no ${PATH} (${status}).${copy}` };
  if (status !== 200) return { kind: "unknown", reason: `The site answered ${status} instead of its marker.${copy}` };
  const parsed = markerSchema.safeParse(parseJson(text));
  // A site that is one page answers every path with it.
  if (!parsed.success) return { kind: "none", reason: `${PATH} is no marker.${copy}` };
  const { deployId, buildId } = parsed.data;
  if (deployId === null && buildId === null)
    return { kind: "none", reason: "The marker names no deploy and no build." };
  return { kind: "marker", deployId, buildId };
};

/** Fetches the marker of a site from its public URL, past caches. Never throws. */
export const fetchMarker = async (deps: Deps, publicUrl: string): Promise<Sight> => {
  const base = publicUrl.endsWith("/") ? publicUrl : `${publicUrl}/`;
  const url = URL.parse(PATH, base);
  if (url === null) return { kind: "unknown", reason: "The site's public URL is not a URL." };
  url.search = `?layerhook=${deps.clock.now().toString(36)}`;
  const answer = await deps.outgoing.send({
    method: "GET",
    url: url.href,
    headers: { accept: "application/json", "cache-control": "no-cache" },
    deadline: DEADLINE,
    maxBytes: MARKER_BYTES,
    withHeaders: true,
    signal: new AbortController().signal,
  });
  return readMarker(answer);
};
