import type { z } from "@hono/zod-openapi";
import { DocumentTooLarge } from "../../core/layer/decideOnce.ts";
import { DOCUMENT_BYTES, WEBHOOK_SETTINGS_BYTES } from "../../core/limits.ts";
import type { KeepLimits } from "../../core/retention.ts";
import { StoreMisconfigured, StoreUnavailable } from "../../store/store.ts";
import { problem } from "../problem.ts";
import { storeMisconfigured } from "../storeMisconfigured.ts";
import { unreadable } from "../unreadable.ts";
import type { ApiOptions } from "./options.ts";

/** A fault in one field of the input. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** 400: the problem lists the faults, field by field. */
export const invalidInput = (where: "body" | "query", errors: readonly FieldError[]): Response => {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  const what =
    first === undefined
      ? ""
      : ` ${first.path === "" ? where : first.path}: ${first.message.replace(/\.$/, "")}${more}.`;
  return problem({
    status: 400,
    code: "INVALID_INPUT",
    title: "Invalid input",
    detail: `The ${where} is not valid.${what}`,
    errors: errors.slice(0, 50),
  });
};

const dotted = (path: readonly PropertyKey[]): string => path.map(String).join(".").slice(0, 200);

/** The faults found by a schema, field by field. An unknown field is named by its own path. */
export const fieldErrors = (error: z.ZodError): FieldError[] =>
  error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => ({ path: dotted([...issue.path, key]), message: "unknown field" }))
      : [{ path: dotted(issue.path), message: issue.message }],
  );

const things = {
  DATA_LAYER: "data layer",
  WEBHOOK: "webhook",
  DELIVERY: "delivery",
  SYNC: "sync",
  SITE: "site",
  BUILD: "build",
  DATA_SOURCE: "data source",
  TOKEN: "token",
  NOTIFICATION: "notification",
  STATUS_LINK: "status link",
} as const;
export type Thing = keyof typeof things;

const paramThings: Readonly<Record<string, Thing>> = {
  layerId: "DATA_LAYER",
  webhook: "WEBHOOK",
  deliveryId: "DELIVERY",
  syncId: "SYNC",
  siteId: "SITE",
  buildId: "BUILD",
  slug: "DATA_SOURCE",
  tokenId: "TOKEN",
  notificationId: "NOTIFICATION",
  statusLink: "STATUS_LINK",
};

/** What the parameter of a path names. */
export const thingOf = (param: string): Thing => paramThings[param] ?? "DATA_LAYER";

/** 404: the resource does not exist. The answer does not repeat the path, which may hold a secret. */
export const notFound = (thing: Thing, more = ""): Response =>
  problem({
    status: 404,
    code: `${thing}_NOT_FOUND`,
    title: `No such ${things[thing]}`,
    detail: `No ${things[thing]} has this id.${more}`,
  });

const records = { DELIVERY: "Deliveries", SYNC: "Syncs", BUILD: "Builds" } as const;
type RecordThing = keyof typeof records;

/** Says how long and how many records of a layer or site are kept; nothing if all are. */
const keptText = (thing: RecordThing, { days, count }: KeepLimits): string =>
  Number.isFinite(days)
    ? ` ${records[thing]} are kept for ${days} days, at most the newest ${count.toLocaleString("en-US")} of each ${thing === "BUILD" ? "site" : "data layer"}.`
    : "";

/** 404: the record does not exist or is no longer kept. */
export const recordNotFound = (thing: RecordThing, limits: KeepLimits): Response =>
  notFound(thing, keptText(thing, limits));

/** 412: `If-Match` names another version. `done` says what was changed before that; null: nothing. */
export const changedSince = (done: string | null = null): Response =>
  problem({
    status: 412,
    code: "CHANGED_SINCE",
    title: "The resource has changed",
    detail: `If-Match names an older version.${done === null ? "" : ` ${done}.`} Read the resource again and repeat your change.`,
  });

/** 503: there is no room for the audit entry of a change. `done` says what was changed before that; null: nothing. */
export const noRoom = (done: string | null = null): Response =>
  problem(
    {
      status: 503,
      code: "AUDIT_BACKLOG",
      title: "No room for the audit entry",
      detail: `Layerhook could not archive the audit entries of earlier changes. ${done ?? "Nothing was changed"}. Try again in a minute.`,
    },
    { "retry-after": "60" },
  );

/** The answers to refusals that are the same for every route, by the kind of the result. */
const refusals = {
  "no-room": () => noRoom(),
  "changed-since": () => changedSince(),
  "unknown-layer": () => notFound("DATA_LAYER"),
  "unknown-site": () => notFound("SITE"),
  "unknown-token": () => notFound("TOKEN"),
  "unknown-webhook": () => notFound("WEBHOOK"),
  "unknown-status-link": () => notFound("STATUS_LINK"),
  "secret-needed": () =>
    invalidInput("body", [
      {
        path: "verification.secret",
        message: "is required, because the webhook has no secret for this scheme and algorithm",
      },
    ]),
  "settings-too-long": () => {
    const detail = `The settings of all webhooks of a data layer may have at most ${WEBHOOK_SETTINGS_BYTES} bytes together. Shorten some settings or delete a webhook.`;
    const limit = WEBHOOK_SETTINGS_BYTES;
    return problem({ status: 409, code: "LIMIT_REACHED", title: "The webhooks' settings are too long", detail, limit });
  },
} satisfies Readonly<Record<string, () => Response>>;

type Refusal = { readonly kind: keyof typeof refusals };

/** Whether a result is a refusal with the same answer for every route. */
export const isRefused = <R extends { readonly kind: string }>(result: R): result is Extract<R, Refusal> =>
  Object.hasOwn(refusals, result.kind);

/** The answer to such a refusal. */
export const refuse = ({ kind }: Refusal): Response => refusals[kind]();

/** 503: the configuration is wrong, so callers cannot be identified and nothing can be sealed. */
export const misconfigured = (sentences: readonly string[]): Response =>
  problem({
    status: 503,
    code: "MISCONFIGURED",
    title: "Environment variables are missing or wrong",
    detail: `${sentences.join(" ")} Correct the environment variables and deploy again. The log of the function api says what is wrong.`,
    problems: sentences,
  });

/** The answer to an exception: the store did not answer, or our code is wrong. Never has a stack trace. */
export const cannotAnswer = (error: unknown, where: string, { deps }: Pick<ApiOptions, "deps">): Response => {
  if (error instanceof StoreMisconfigured) return storeMisconfigured(error);
  if (error instanceof StoreUnavailable) {
    const detail =
      "The store did not confirm the change in time. The change may or may not have been made. Check before you repeat the request.";
    const title = "The store does not answer";
    return problem({ status: 503, code: "STORE_UNAVAILABLE", title, detail }, { "retry-after": "5" });
  }
  if (error instanceof DocumentTooLarge) {
    const title = "The settings are too large";
    const detail = `With this change the settings would take ${error.bytes} bytes, and the limit is ${DOCUMENT_BYTES}. Nothing was changed. Delete webhooks, data sources or notifications, or shorten their URLs and headers.`;
    return problem({ status: 409, code: "LIMIT_REACHED", title, detail, limit: DOCUMENT_BYTES });
  }
  deps.report({
    kind: "trouble",
    where,
    error: error instanceof Error ? `${error.name}: ${error.message}` : "unknown",
  });
  const unread = unreadable(error, "Nothing was changed.");
  if (unread !== null) return unread;
  const detail =
    "Layerhook has a defect. The change may or may not have been made. Check before you repeat the request.";
  return problem({ status: 500, code: "INTERNAL_ERROR", title: "Internal error", detail });
};
