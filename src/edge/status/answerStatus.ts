import type { Deps } from "../../app/deps.ts";
import { findStatusLink, type LinkedStatus, linkedStatus, NO_ENTRY } from "../../app/show/linkedStatus.ts";
import { timeOrNull } from "../../app/time.ts";
import { SECOND } from "../../core/durations.ts";
import { isPlainLine } from "../../core/plainText.ts";
import type { PublicStatus } from "../../core/status/publicStatus.ts";
import { etagOf, namesEtag } from "../api/etags.ts";
import { type Problem, problem } from "../problem.ts";
import { pageOn } from "./pageOn.ts";
import { statusBadge } from "./statusBadge.ts";
import type { StatusMemory } from "./statusMemory.ts";
import { messagePage, pageHeaders, statusPage } from "./statusPage.ts";
import { pageReason, type Subject } from "./statusText.ts";

const PATH = /^\/status\/([A-Za-z0-9_-]{16,128})(\.json|\/badge\.svg)?\/?$/;
/** The longest id of an entry, and the longest address of a page to go on to. */
const ENTRY_CHARS = 200;
const GO_CHARS = 1000;

/** What the page of a link shows. */
export interface ShownStatus extends LinkedStatus {
  readonly name: string;
  readonly frameAncestors: readonly string[];
}

/** What every answer of this function has. Other pages may read and show it: whoever has the URL may see it. */
export const STATUS_HEADERS = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "cross-origin",
  "access-control-allow-origin": "*",
  "x-robots-tag": "noindex",
} as const;

/** Browsers ask each time, and Netlify's network answers most of them. The query decides, as far as it is known. */
const CACHED = {
  "cache-control": "public, max-age=0, must-revalidate",
  "netlify-cdn-cache-control": "public, max-age=3",
  "netlify-vary": "query=entry|go",
} as const;

const jsonOf = (status: PublicStatus, subject: Subject): string => {
  const { stage, since, until, waiting, liveAfter } = status;
  return JSON.stringify({
    stage,
    since: timeOrNull(since),
    until: timeOrNull(until),
    waiting,
    secondsToLive: liveAfter === null ? null : Math.round(liveAfter / SECOND),
    reason: pageReason(status, subject),
  });
};

/** A page, or a problem document for programs. */
const refusal = (
  form: string | undefined,
  { detail, ...rest }: Problem,
  headers: Record<string, string> = {},
): Response =>
  form === ".json"
    ? problem({ ...rest, detail }, headers)
    : new Response(messagePage(detail), {
        status: rest.status,
        headers: { ...pageHeaders([]), "cache-control": "no-store", ...headers },
      });

const notFound = (form: string | undefined): Response => {
  const detail = "There is no status here. The link may have been withdrawn.";
  return refusal(form, { status: 404, code: "STATUS_LINK_NOT_FOUND", title: "No such status", detail });
};

const unavailable = (form: string | undefined): Response => {
  const detail = "The status cannot be read at the moment. It is tried again.";
  const fields = { status: 503, code: "STORE_UNAVAILABLE", title: "Not readable", detail } as const;
  return refusal(form, fields, { "retry-after": "10" });
};

/** The entry that a query asks about; null: it asks about none. */
const entryOf = (query: URLSearchParams): string | null => {
  const entry = query.get("entry");
  if (entry === null || entry === "") return null;
  return entry.length <= ENTRY_CHARS && isPlainLine(entry) ? entry : NO_ENTRY;
};

/** The status that a link shows; null: there is no such link. */
const shownStatus = async (deps: Deps, token: string, entry: string | null): Promise<ShownStatus | null> => {
  const found = await findStatusLink(deps, token);
  if (found === null) return null;
  const { name, frameAncestors = [] } = found.link;
  return { name, frameAncestors, ...(await linkedStatus(deps, found.layer, entry)) };
};

/** A time that has passed is no expectation any more. */
const withoutPast = (status: PublicStatus, now: number): PublicStatus =>
  status.until !== null && status.until <= now ? { ...status, until: null } : status;

/**
 * Answers a request for a status: a page, JSON or a badge. It reads a bounded number of documents and writes nothing. A
 * token that is unknown or withdrawn costs one or two reads.
 */
export const answerStatus = async (
  request: Request,
  deps: Deps,
  memory: StatusMemory<ShownStatus>,
): Promise<Response> => {
  if (request.method !== "GET" && request.method !== "HEAD") {
    const detail = "A status is read by GET.";
    return problem({ status: 405, code: "METHOD_NOT_ALLOWED", title: "Send GET", detail }, { allow: "GET, HEAD" });
  }
  const { pathname, searchParams } = new URL(request.url);
  const [, token, form] = PATH.exec(pathname) ?? [];
  if (token === undefined) return notFound(form);
  const entry = entryOf(searchParams);
  let shown: ShownStatus | null;
  try {
    const key = JSON.stringify([deps.digest(token), entry]);
    shown = await memory.answer(key, deps, (reading) => shownStatus(reading, token, entry));
  } catch (error) {
    const name = error instanceof Error ? error.name : "unknown";
    deps.report({ kind: "trouble", where: "status", error: name });
    return unavailable(form);
  }
  if (shown === null) return notFound(form);
  const { name, frameAncestors } = shown;
  const status = withoutPast(shown.status, deps.clock.now());
  const subject = entry === null ? "layer" : "entry";
  if (form === ".json") return conditional(request, jsonOf(status, subject), { "content-type": "application/json" });
  if (form === "/badge.svg") {
    return conditional(request, statusBadge(name, status), { "content-type": "image/svg+xml; charset=utf-8" });
  }
  const go = searchParams.get("go");
  const target = go === null || go.length > GO_CHARS ? null : pageOn(shown.publicUrls, go);
  return conditional(request, statusPage(name, status, subject, target), pageHeaders(frameAncestors));
};

/** The answer with a body, or 304 if the caller has it already. */
const conditional = (request: Request, body: string, headers: Record<string, string>): Response => {
  const etag = etagOf(body);
  const ifNoneMatch = request.headers.get("if-none-match");
  const common = { ...CACHED, etag };
  return ifNoneMatch !== null && namesEtag(ifNoneMatch, etag)
    ? new Response(null, { status: 304, headers: { ...headers, ...common } })
    : new Response(body, { status: 200, headers: { ...headers, ...common } });
};
