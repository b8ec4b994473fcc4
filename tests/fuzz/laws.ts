import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { Fact } from "../../src/app/deps.ts";
import { problemCodes } from "../../src/contract/problemCodes.ts";
import { MINUTE } from "../../src/core/durations.ts";
import { DOCUMENT_BYTES } from "../../src/core/limits.ts";
import { auditEntrySchema } from "../../src/core/owed.ts";
import { syncSchema } from "../../src/core/slot/sync.ts";
import { MARK_EVERY } from "../../src/core/webhook/authenticate.ts";
import { isInternal } from "../../src/edge/secrets.ts";
import { slotFault } from "../support/slotFault.ts";
import { SYSTEM_SECRET, tokens } from "./fuzzWorld.ts";
import type { Description, Operation } from "./operations.ts";
import type { Document, Standing } from "./standing.ts";
import type { StoreCall } from "./watchedStore.ts";

/** Everything that a request did, seen from outside. */
export interface Happened {
  readonly door: string;
  readonly background: boolean;
  readonly method: string;
  readonly pathname: string;
  readonly authorization: string;
  /** All its header values. A handshake answers what the sender said. */
  readonly sent: string;
  readonly query: URLSearchParams;
  /** The JSON it carried, if it carried some as a whole. */
  readonly json: string | null;
  /** The route of the API that it is one of. */
  readonly operation: Operation | null;
  readonly answer: { readonly status: number; readonly headers: Headers; readonly text: string } | null;
  /** What the function threw, and what the work after its answer was rejected with. */
  readonly thrown: readonly unknown[];
  readonly calls: readonly StoreCall[];
  /** The store failed at least once meanwhile. */
  readonly storeFailed: boolean;
  readonly facts: readonly Fact[];
  readonly before: ReadonlyMap<string, string>;
  readonly after: ReadonlyMap<string, string>;
  readonly began: number;
  readonly now: number;
}

/** What a law needs to know of the world beside what happened. */
export interface Known {
  readonly description: Description;
  readonly standing: Standing;
  /** The documents before it happened. */
  readonly documentsBefore: readonly Document[];
  readonly sealed: readonly string[];
  readonly callbacks: readonly string[];
  /** When which refused URL last left its mark. */
  readonly marks: Map<string, number>;
}

type Law = (happened: Happened, known: Known) => string | null;

const isApi = ({ door }: Happened): boolean => door === "api";
const isPublic = ({ operation }: Happened): boolean => operation?.public === true;
/** Whether it was answered as a registration handshake. */
export const isHandshake = ({ facts }: Pick<Happened, "facts">): boolean =>
  facts.some((fact) => fact.kind === "delivery.ignored" && fact.code === "HANDSHAKE");
const isRead = ({ method }: Happened): boolean => method === "GET" || method === "HEAD";
const carries = ({ authorization }: Happened, roles: readonly (keyof typeof tokens)[]): boolean =>
  roles.some((role) => authorization.includes(tokens[role]));
const isWriter = (happened: Happened): boolean =>
  isApi(happened) && carries(happened, ["Owner", "Developer", "Collaborator"]);
const succeeded = ({ answer }: Happened): boolean => answer !== null && answer.status < 400;

/** Nothing but a failing store, or a drain that is late, makes the answer one of ours. */
const noFailureOfOurs: Law = ({ answer, method, thrown, storeFailed, operation, facts }) => {
  const [first] = thrown;
  if (first !== undefined) return `it threw ${first instanceof Error ? first.stack : String(first)}`;
  // Others that do not answer are no failure of ours.
  const isOfOthers = (where: string): boolean =>
    where === "run-sync" || where.startsWith("confirmation of a subscription");
  const trouble = facts.find((fact) => fact.kind === "trouble" && !isOfOthers(fact.where));
  if (trouble !== undefined && !storeFailed) return `trouble without a cause: ${JSON.stringify(trouble)}`;
  if (answer === null || answer.status < 500) return null;
  if (answer.status !== 503) return `${answer.status}: ${answer.text}`;
  if (operation?.path === "/api/v1/health") {
    return storeFailed || answer.text.includes('"late"') ? null : `unwell without a cause: ${answer.text}`;
  }
  if (!storeFailed) return `503 while the store was well: ${answer.text}`;
  const coded = method === "HEAD" || isPage(answer) || /"code":"(STORE_UNAVAILABLE|AUDIT_BACKLOG)"/.test(answer.text);
  if (!coded) return `503 without its code: ${answer.text}`;
  return /^\d+$/.test(answer.headers.get("retry-after") ?? "") ? null : "503 without Retry-After";
};

/** Whether an answer is a page for people; its refusals are pages too. */
const isPage = ({ headers }: { readonly headers: Headers }): boolean =>
  headers.get("content-type") === "text/html; charset=utf-8";

const TRACE = /node_modules|\.[jt]s:\d+|\n\s+at |[A-Z]\w*Error: /;

/** A refusal is a problem document that says what is wrong and nothing about this code. */
const refusalsAreProblems: Law = (happened, { description }) => {
  const { answer, method, operation, door } = happened;
  if (answer === null || answer.status < 400 || method === "HEAD") return null;
  if (answer.status === 503 && operation?.path === "/api/v1/health") return null;
  const visited =
    door === "publish" && answer.status === 405 && answer.headers.get("content-type")?.startsWith("text/plain");
  if (visited)
    return answer.headers.get("allow") === "POST" && answer.text.split("\n").length === 2 ? null : answer.text;
  if (door === "status" && isPage(answer))
    return TRACE.test(answer.text) ? `a trace of the code: ${answer.text}` : null;
  if (answer.headers.get("content-type") !== "application/problem+json") return `no problem document: ${answer.text}`;
  const parsed = description.checkOf("Problem").safeParse(JSON.parse(answer.text));
  if (!parsed.success) return `a problem that is none: ${parsed.error.message}`;
  const { status, title, detail, code } = JSON.parse(answer.text);
  if (status !== answer.status) return `says ${status} and is ${answer.status}`;
  const registered = Object.entries<{ statuses: readonly number[] }>(problemCodes).find(([known]) => known === code);
  if (registered?.[1].statuses.includes(status) !== true) return `${code} is not registered with ${status}`;
  if (title === "" || detail === "" || !/^[A-Z][A-Z_]+$/.test(code)) return `says too little: ${answer.text}`;
  if (TRACE.test(answer.text)) return `a trace of the code: ${answer.text}`;
  if (answer.text.length > 40_000) return `a problem of ${answer.text.length} characters`;
  return answer.status !== 405 || answer.headers.has("allow") ? null : "405 without Allow";
};

/** An answer is what the API's description says it is. */
const answersAsDescribed: Law = (happened, { description }) => {
  const { answer, method, operation, door } = happened;
  if (answer === null || !succeeded(happened) || answer.status === 304) return null;
  if (door === "publish") {
    if (isHandshake(happened)) return /[<>&\p{Cc}]/u.test(answer.text) ? `a handshake echoed ${answer.text}` : null;
    if (method === "HEAD") return answer.text === "" ? null : `HEAD was answered ${answer.text}`;
    if (method !== "POST") return `${method} was taken for a delivery`;
    const parsed = description.checkOf("Accepted").safeParse(JSON.parse(answer.text));
    return parsed.success ? null : `a delivery answered as none: ${parsed.error.message}`;
  }
  if (!isApi(happened)) return null;
  if (operation === null) return `${answer.status} from a route that is not described`;
  const schema = operation.answers.get(answer.status);
  if (schema === undefined)
    return `${operation.method} ${operation.path} does not say that it answers ${answer.status}`;
  if (answer.headers.get("content-type")?.startsWith("application/x-ndjson") && method !== "HEAD") {
    const lines = answer.text.split("\n").filter((line) => line !== "");
    const bad = lines.find((line) => !description.checkOf("AuditEntry").safeParse(JSON.parse(line)).success);
    return bad === undefined ? null : `a line of an export is no entry: ${bad}`;
  }
  if (method === "HEAD" || schema === null) {
    const empty = answer.text === "" || operation.path.endsWith("/openapi.json");
    return empty ? null : `a body where none is described: ${answer.text}`;
  }
  const parsed = schema.safeParse(JSON.parse(answer.text));
  return parsed.success ? null : `${operation.method} ${operation.path} is not as described: ${parsed.error.message}`;
};

/** Who may not is refused, and a stranger costs the store nothing. */
const strangersAreRefused: Law = (happened) => {
  const { answer, calls, operation } = happened;
  if (!isApi(happened) || answer === null || isPublic(happened)) return null;
  if (!carries(happened, ["Owner", "Developer", "Collaborator", "Reviewer"])) {
    if (succeeded(happened)) return `${answer.status} to a stranger`;
    return calls.length === 0 ? null : `a stranger cost the store ${JSON.stringify(calls)}`;
  }
  const begins = operation?.path === "/api/v1/session";
  if (succeeded(happened) && !isRead(happened) && !isWriter(happened) && !begins) return "a reader changed something";
  const owners = operation?.who.startsWith("Owner.") === true;
  return succeeded(happened) && owners && !carries(happened, ["Owner"]) ? `${operation?.method} was the Owner's` : null;
};

const withoutMark = (text: string | undefined): unknown => {
  const { rev: _rev, by: _by, at: _at, deletedWebhooks, ...unmarked } = JSON.parse(text ?? "{}");
  const { defaultSeenAt: _seen, defaultSeenSince: _since, defaultSeenBy: _caller, ...rest } = unmarked;
  const webhooks = (Array.isArray(deletedWebhooks) ? deletedWebhooks : []).map(
    ({ seenAt: _seenAt, seenSince: _seenSince, seenBy: _seenBy, ...one }) => one,
  );
  return [rest, webhooks];
};

/** The mark of a refused delivery: one in ten minutes for a URL, and nothing but a mark. */
const isMark = (
  { answer, pathname, before, after, now }: Happened,
  changed: readonly string[],
  known: Known,
): boolean => {
  const [key] = changed;
  if (!/"code":"(WEBHOOK_DELETED|DEFAULT_WEBHOOK_OFF)"/.test(answer?.text ?? "") || changed.length !== 1) return false;
  if (key === undefined || !isDeepStrictEqual(withoutMark(before.get(key)), withoutMark(after.get(key)))) return false;
  const layer = known.documentsBefore.find((one) => one.kind === "layer" && key === `layers/${one.id}`);
  if (layer?.kind !== "layer") return false;
  const named = pathname.split("/");
  const former = layer.formerIds?.find(({ id }) => named.includes(id));
  const gone = layer.deletedWebhooks.find(({ id, ref }) => named.includes(id) || ref === former?.ref);
  const mark = `${key} ${layer.createdAt} ${gone === undefined ? "default" : `${gone.id} ${gone.deletedAt}`}`;
  const last = known.marks.get(mark);
  known.marks.set(mark, now);
  return last === undefined || now - last >= MARK_EVERY;
};

/** What was not answered as done was not done. */
const nothingWrittenUnsaid: Law = (happened, known) => {
  const { before, after, answer, storeFailed, door, operation, calls } = happened;
  if (storeFailed || answer === null) return null;
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter((key) => before.get(key) !== after.get(key));
  const canary = operation?.path === "/api/v1/health";
  const strange = /"code":"(WEBHOOK_UNKNOWN|WEBHOOK_DELETED|DEFAULT_WEBHOOK_OFF|DATA_LAYER_NOT_FOUND)"/.test(
    answer.text,
  );
  const logged = (key: string) => door === "publish" && !strange && key.startsWith("deliveries/");
  // An overview notes what it has read, so that the next one need not read it again.
  const noted = (key: string) => operation?.path === "/api/v1/overview" && key.startsWith("hints/summaries/");
  const found = changed.filter((key) => !(canary && key === "hints/canary") && !logged(key) && !noted(key));
  if (found.length === 0) return null;
  // An export with secrets is on record before it is given.
  const exported = operation?.path === "/api/v1/export" && found.every((key) => key.startsWith("audit/"));
  if (exported) return succeeded(happened) && found.length === 1 ? null : `an export changed ${found}`;
  if (isApi(happened) && isRead(happened)) return `a read changed ${found}`;
  if (door === "status") return `a status changed ${found}`;
  const startsNothing = door === "publish" && (happened.method !== "POST" || isHandshake(happened));
  if (startsNothing) return `${happened.method}, which is no publish, changed ${found}`;
  if (succeeded(happened)) return null;
  if (door === "publish" && isMark(happened, found, known)) return null;
  return `${answer.status} changed ${found} (${JSON.stringify(calls)})`;
};

const keyShape =
  /^((layers|sites|order\/(layers|sites)|hints|settings|status-links)\/[\w.-]+|hints\/summaries\/[\w.-]+\/\d+\/\d+|(syncs|builds|deliveries|proofs)\/[\w-]+\/\d{4}-\d\d-\d\d\/[\w.-]+|audit\/\d{4}-\d\d-\d\d\/[\w-]+~[\w-]+~[\w.]+)$/;

/** What is stored can be read again, is not too large, and contradicts itself nowhere. */
const documentsStaySound: Law = ({ before, after }, { standing }) => {
  for (const [key, text] of after) {
    if (before.get(key) === text) continue;
    if (!keyShape.test(key)) return `a key of no kind: ${key}`;
    if (Buffer.byteLength(text) > DOCUMENT_BYTES) return `${key} has ${Buffer.byteLength(text)} bytes`;
    const value: unknown = JSON.parse(text);
    if (/^(syncs|builds)\//.test(key) && !syncSchema.safeParse(value).success) return `${key} is no record: ${text}`;
    if (key.startsWith("audit/") && !auditEntrySchema.safeParse(value).success) return `${key} is no entry: ${text}`;
  }
  for (const document of standing.documents) {
    const fault = document.kind === "layer" || document.kind === "site" ? slotFault(document.slot) : null;
    if (fault !== null) return `${document.kind} ${document.id}: ${fault}`;
  }
  return null;
};

/** Whether a route is there to give credentials away, to those who may have them. */
const givesAway = (happened: Happened): boolean => {
  const path = happened.operation?.path;
  if (path === "/api/v1/export") return carries(happened, ["Owner"]);
  return isWriter(happened) && showsUrl(path);
};

/** Whether a route shows the URL of a place that people or Netlify call, to those who may change it. */
const showsUrl = (path: string | undefined): boolean =>
  path?.endsWith("/deploy-notifications") === true || path?.endsWith("/status-links") === true;

/** No secret leaves for anybody who may not have it, nor for a log, nor for a record. */
const secretsStay: Law = (happened, { standing, sealed, callbacks }) => {
  const { answer, facts, before, after, operation, sent } = happened;
  const shown = isWriter(happened) && showsUrl(operation?.path);
  const webhooks = standing.webhookIds();
  const never = [
    SYSTEM_SECRET,
    ...Object.values(tokens),
    ...callbacks,
    ...(shown ? [] : sealed.filter((text) => !text.startsWith("whsec_") && !sent.includes(text))),
  ];
  const signing = sealed.filter((text) => text.startsWith("whsec_"));
  const said = answer === null ? "" : `${answer.text}\n${JSON.stringify([...answer.headers])}`;
  const kept = givesAway(happened) ? never.filter((secret) => !sealed.includes(secret)) : never;
  const hidden = isWriter(happened) ? kept : [...kept, ...signing];
  const told =
    hidden.find((secret) => said.includes(secret)) ?? (isWriter(happened) ? undefined : named(said, webhooks));
  if (told !== undefined) return `the answer holds a secret, ${told}: ${said}`;
  const logged = JSON.stringify(facts);
  const leaked = [...never, ...signing].find((secret) => logged.includes(secret)) ?? named(logged, webhooks);
  if (leaked !== undefined) return `the log holds a secret, ${leaked}: ${logged}`;
  for (const [key, text] of after) {
    if (before.get(key) === text) continue;
    const open = key.startsWith("layers/")
      ? [SYSTEM_SECRET, ...Object.values(tokens), ...signing]
      : [...never, ...signing];
    const plain = open.find((secret) => text.includes(secret) && !isSealed(secret));
    if (plain !== undefined) return `${key} holds ${plain} in plain text`;
    const id = /^(audit|syncs|builds)\//.test(key) ? named(text, webhooks) : undefined;
    if (id !== undefined) return `${key} names a webhook by its id, ${id}`;
  }
  return null;
};

/** The first of the ids that stands in a text as a whole. */
const named = (text: string, ids: ReadonlySet<string>): string | undefined =>
  ids.size === 0 ? undefined : text.split(/[^\w-]+/).find((word) => ids.has(word));

const isSealed = (text: string): boolean => /^1\.[0-9a-f]{8}\./.test(text);

/** What the description does not allow is refused, and a page is no longer than was asked for. */
const asDescribedOrRefused: Law = (happened) => {
  const { answer, operation, query, json, method } = happened;
  if (operation === null || operation.public || answer === null || !succeeded(happened) || method === "HEAD")
    return null;
  const asked = Object.fromEntries(query);
  if (!operation.checkedQuery.safeParse(asked).success) return `${answer.status} to ?${query}`;
  if (operation.checkedBody !== null && json !== null && !operation.checkedBody.safeParse(parsed(json)).success) {
    return `${answer.status} to ${json.slice(0, 400)}`;
  }
  if (!operation.query.some(({ name }) => name === "limit")) return null;
  const { items } = z.looseObject({ items: z.array(z.unknown()).default([]) }).parse(parsed(answer.text || "{}"));
  return items.length <= Number(asked["limit"] || 20) ? null : `a page of ${items.length} for ?${query}`;
};

/** Whoever has no business with the background worker makes it do nothing. */
const unsignedWakesDoNothing: Law = ({ background, json, calls, began }) => {
  if (!background || calls.length === 0) return null;
  const wake = z.strictObject({ target: z.string(), at: z.number(), mac: z.string() }).safeParse(parsed(json));
  const sound =
    wake.success && isInternal([SYSTEM_SECRET], wake.data.target, wake.data.at, wake.data.mac, wake.data.at);
  const fresh = wake.success && Math.abs(began - wake.data.at) <= 40 * MINUTE;
  return sound && fresh ? null : `an unsigned wake reached the store: ${json}`;
};

const parsed = (json: string | null): unknown => {
  try {
    return JSON.parse(json ?? "null");
  } catch {
    return null;
  }
};

/** A job that reports an error, in whatever form, has not succeeded. */
const errorsAreNoSuccess: Law = ({ door, answer, json, pathname, before, after, storeFailed }) => {
  if (door !== "callback" || answer?.status !== 200 || storeFailed) return null;
  const report = parsed(json);
  const error: unknown = typeof report === "object" && report !== null ? Reflect.get(report, "error") : undefined;
  if (error === undefined || error === null || error === false || error === "") return null;
  const [, , , layerId = ""] = pathname.split("/");
  const successes = (texts: ReadonlyMap<string, string>): number =>
    [...texts]
      .filter(([key]) => key === `layers/${layerId}` || key.startsWith(`syncs/${layerId}/`))
      .map(([, text]) => text.split(/"status":"succeeded"|"outcome":\{"kind":"ok"/).length - 1)
      .reduce((sum, count) => sum + count, 0);
  return successes(after) > successes(before) ? `an error counted as success: ${json?.slice(0, 200)}` : null;
};

const laws = {
  "never a failure of ours": noFailureOfOurs,
  "a refusal is a problem document": refusalsAreProblems,
  "an answer is as it is described": answersAsDescribed,
  "strangers are refused": strangersAreRefused,
  "nothing is written unsaid": nothingWrittenUnsaid,
  "documents stay sound": documentsStaySound,
  "secrets stay": secretsStay,
  "what is not allowed is refused": asDescribedOrRefused,
  "unsigned wakes do nothing": unsignedWakesDoNothing,
  "an error is no success": errorsAreNoSuccess,
} as const;

/** The first law that was broken, and how; null if none was. */
export const brokenLaw = (happened: Happened, known: Known): string | null => {
  for (const [name, law] of Object.entries(laws)) {
    const how = law(happened, known);
    if (how !== null) return `${name}: ${happened.method} ${happened.pathname.slice(0, 300)} → ${how.slice(0, 2000)}`;
  }
  return null;
};
