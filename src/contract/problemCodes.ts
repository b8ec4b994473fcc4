import { REPOSITORY } from "./repository.ts";

/** The meaning of a code, for callers of the API. */
interface About {
  readonly statuses: readonly number[];
  readonly meaning: string;
  readonly remedy: string;
}

/**
 * Every problem that the API returns. Codes are stable because programs rely on them. `type` links to the section of
 * `docs/problems.md` for the code, which is generated from this table.
 */
export const problemCodes = {
  AUDIT_BACKLOG: {
    statuses: [503],
    meaning: "Entries of earlier changes could not be archived yet, and another one would have nowhere to go.",
    remedy: "Nothing was changed. Try again in a minute; deliveries are taken all the while.",
  },
  BODY_INCOMPLETE: {
    statuses: [400],
    meaning: "The body broke off before its end.",
    remedy: "Nothing was changed or recorded. Send it again.",
  },
  BODY_NOT_KEPT: {
    statuses: [413],
    meaning: "A strict webhook got a body that is longer than what is kept.",
    remedy: "Send less, or let the webhook not be strict: then the source is synced in full.",
  },
  BODY_NOT_VERIFIABLE: {
    statuses: [401],
    meaning:
      "The body was not read to its end, or the proof could also stand for another request, so the proof cannot be checked.",
    remedy:
      "`detail` says which. A signed body must be shorter than 6 MB, a body that holds the secret shorter than 1 MB.",
  },
  BODY_TOO_LARGE: {
    statuses: [413],
    meaning: "The body is longer than what is sent here can be.",
    remedy: "`detail` says how long it may be. A publish webhook takes any length.",
  },
  BUILD_IN_PROGRESS: {
    statuses: [409],
    meaning:
      "A test of the build hook was asked for while a build of the site runs or waits, or a build of another branch while publishes wait.",
    remedy: "Nothing was called. `detail` says what to wait for; `GET /api/v1/sites/{id}` shows the builds.",
  },
  BUILD_NOT_FOUND: {
    statuses: [404],
    meaning: "The site has no build of this id.",
    remedy: "List the site's builds.",
  },
  CALLBACK_CLOSED: {
    statuses: [409],
    meaning: "The call this callback URL belongs to is not open any more: reported, timed out or taken over.",
    remedy: "Nothing to do. What was reported first, or the newer call, counts.",
  },
  CALLBACK_NOT_FOUND: {
    statuses: [404],
    meaning: "This is not a callback URL that was given to a job.",
    remedy: "Use `callbackUrl` exactly as the call had it.",
  },
  CHANGED_SINCE: {
    statuses: [412],
    meaning: "`If-Match` names a version that does not stand any more: somebody changed it meanwhile.",
    remedy: "Read it again and repeat the change.",
  },
  CMS_CANNOT_PROVE: {
    statuses: [409],
    meaning: "The webhook asks its senders for a proof that this CMS cannot send.",
    remedy: "Change the webhook's verification, or choose another CMS. `GET /api/v1/recipes` says what each can.",
  },
  DATA_LAYER_NOT_FOUND: {
    statuses: [404],
    meaning: "There is no data layer of this id, or your token is for others.",
    remedy: "Copy the webhook's URL again from the data layer's settings, or list the data layers.",
  },
  DATA_LAYER_UNKNOWN: {
    statuses: [422],
    meaning: "The input names a data layer that is not there.",
    remedy: "Create it first.",
  },
  DATA_SOURCE_NOT_FOUND: {
    statuses: [404],
    meaning: "The data layer has no data source of this slug.",
    remedy: "Read the data layer; its sources are listed there.",
  },
  NETLIFY_NOT_CONNECTED: {
    statuses: [409],
    meaning: "Netlify's API was to be called for a site, and a token or the site's id at Netlify is missing.",
    remedy: "Nothing was changed. `detail` says what is missing; the address can also be entered at Netlify by hand.",
  },
  NOTIFICATION_NOT_FOUND: {
    statuses: [404],
    meaning: "The data layer has no notification of this id.",
    remedy: "Read the data layer; its notifications are listed there.",
  },
  DEPLOY_RECEIVER_NOT_FOUND: {
    statuses: [404],
    meaning: "Nothing is heard of deploys at this address (any more).",
    remedy: "Make one with `POST /api/v1/sites/{id}/deploy-notifications` and enter it at Netlify.",
  },
  DEFAULT_WEBHOOK_OFF: {
    statuses: [401, 409],
    meaning: "The data layer's default webhook is off: it has webhooks of its own, or forbids the default for good.",
    remedy: "Use the URL of one of its webhooks, or add one.",
  },
  DELIVERY_NOT_FOUND: {
    statuses: [404],
    meaning: "The log of the data layer has no delivery of this id.",
    remedy: "A delivery is logged a moment after its answer, and the log keeps the newest. List the deliveries.",
  },
  DOCUMENT_NEWER: {
    statuses: [503],
    meaning: "A later release wrote this document, and the one that is deployed does not understand it.",
    remedy:
      "Nothing was accepted or changed. Deploy the later release again; sending a publish again helps only after that.",
  },
  DOCUMENT_UNREADABLE: {
    statuses: [503],
    meaning: "The stored document is damaged.",
    remedy: "Nothing was accepted or changed. The function's log says what is wrong with it.",
  },
  DOOR_UNREACHABLE: {
    statuses: [409],
    meaning: "A test was sent to the publish address over the network, and no answer came.",
    remedy: "`detail` says why. A private site, a wrong `LAYERHOOK_PUBLIC_URL` and a proxy keep real senders out too.",
  },
  EXPORT_TOO_LARGE: {
    statuses: [409],
    meaning: "The configuration is longer than what one answer carries.",
    remedy: "Read it in pages with `limit` and `cursor`, or use `npm run config -- pull`, which puts them together.",
  },
  FORBIDDEN: {
    statuses: [403],
    meaning: "Your role may not do this.",
    remedy: "`roles` says whose may. Ask an Owner.",
  },
  FOREIGN_ORIGIN: {
    statuses: [403, 421],
    meaning:
      "A request came with a session, and from a page of another site. `421`: `npm run dev` was called by a name that is not this machine's.",
    remedy:
      "Send it from this system's own pages, or send a token. For another name of the local server set `LAYERHOOK_PUBLIC_URL`.",
  },
  IDENTITY_UNAVAILABLE: {
    statuses: [503],
    meaning: "Netlify could not be asked whose token this is: it is down, slow, or limits calls.",
    remedy: "Nothing was done. Try again after `Retry-After`, or use a token of this system.",
  },
  ID_TAKEN: {
    statuses: [409],
    meaning: "Something of the id you chose is there already.",
    remedy: "Choose another, or leave it out to get a new one.",
  },
  IMPORT_INTERRUPTED: {
    statuses: [409],
    meaning: "Somebody changed something while an import was at work; what came before it is done, the rest is not.",
    remedy: "Import the same document again: it goes on from what stands.",
  },
  INTERNAL_ERROR: {
    statuses: [500, 502],
    meaning: "A defect of this system. A change may or may not have been made.",
    remedy: "Look before you repeat it. The function's log names the place.",
  },
  INVALID_INPUT: {
    statuses: [400],
    meaning:
      "The body, the query or the address is not what it should be. A field or parameter that is not known is refused, and so is a parameter that is given twice.",
    remedy: "`errors` names each field or parameter, and says what is wrong with it.",
  },
  LIMIT_REACHED: {
    statuses: [409],
    meaning: "There are as many of these as there may be, or they take as many bytes as they may.",
    remedy: "`limit` is how many. Delete one first, or shorten its settings.",
  },
  MALFORMED_JSON: {
    statuses: [400],
    meaning: "The body is not JSON.",
    remedy: "`position` and `line` say where it stops being JSON.",
  },
  METHOD_NOT_ALLOWED: {
    statuses: [403, 405],
    meaning: "This method is not for this address; a background function answers `403` then.",
    remedy:
      "`Allow` names those that are. A publish webhook takes POST; its working URL also answers HEAD and handshakes.",
  },
  MISCONFIGURED: {
    statuses: [503],
    meaning: "Environment variables are missing or wrong, so nobody can be told from anybody.",
    remedy:
      "`problems` says what each must be, and the log of the function api says what is wrong. Correct them and deploy again.",
  },
  NOTHING_TO_RETRY: {
    statuses: [409],
    meaning: "Nothing of this sync waits for another try, and none of its data sources failed.",
    remedy: "Ask for a new sync instead.",
  },
  NOT_A_MEMBER: {
    statuses: [403],
    meaning: "Netlify knows your token, and you are not of this site's team, or your role cannot be learned.",
    remedy: "Ask an Owner to invite you, or for a token of this system.",
  },
  NO_SECRET: {
    statuses: [409],
    meaning: "The data source signs nothing, so it has no secret to rotate: it is a probe.",
    remedy: "Change its `headers` instead.",
  },
  NOT_PUBLISHED: {
    statuses: [409],
    meaning: "This is an old production deploy, reached by its permalink. Only the published one works on the data.",
    remedy: "Use the site's own address.",
  },
  ROUTE_NOT_FOUND: {
    statuses: [404],
    meaning: "This path is not part of the API.",
    remedy: "`/api/v1/openapi.json` describes every path that is.",
  },
  SCHEME_UNKNOWN: {
    statuses: [401, 409],
    meaning: "The webhook's verification was set by a release that knows a scheme which this one does not.",
    remedy: "Deploy that release again, or choose another scheme.",
  },
  SECRET_UNREADABLE: {
    statuses: [401, 409],
    meaning: "The webhook's secret was sealed with a key that is not known any more, or it is blank.",
    remedy: "Set the secret anew in the webhook's settings and at the sender.",
  },
  SESSION_OVER: {
    statuses: [401],
    meaning: "The session has expired, or the token it began with is not valid any more.",
    remedy: "Sign in again.",
  },
  SIGNATURE_INVALID: {
    statuses: [401],
    meaning: "The signature is not one of this body with the secret that belongs to this address.",
    remedy: "Enter the secret at the sender again, as it was shown with the address. Nothing was recorded.",
  },
  SIGNATURE_MALFORMED: {
    statuses: [401],
    meaning: "The proof that the sender gave is not of the form that its scheme has.",
    remedy: "`detail` names the header and its form. Choose the scheme that your CMS has.",
  },
  SIGNATURE_MISMATCH: {
    statuses: [401],
    meaning: "The proof matches neither the body that arrived nor the webhook's secrets.",
    remedy: "Enter the same secret at the sender and in the webhook's settings.",
  },
  SIGNATURE_MISSING: {
    statuses: [401],
    meaning: "What is sent to this address must be signed, and this was not.",
    remedy: "Enter the secret at the sender beside the address.",
  },
  SITE_IN_USE: {
    statuses: [409],
    meaning: "Data layers connect this site, and their syncs would fail without it.",
    remedy:
      "`dataLayers` names the first ten, `more` counts the others. Disconnect the site there, or delete it with `?disconnect=true`, which does both.",
  },
  SITE_NOT_FOUND: {
    statuses: [404],
    meaning: "There is no site of this id, or your token does not see it.",
    remedy: "List the sites.",
  },
  SITE_UNKNOWN: {
    statuses: [422],
    meaning: "The input names a site that is not there.",
    remedy: "Create it first, or give `name` and `buildHook`.",
  },
  STORE_MISCONFIGURED: {
    statuses: [503],
    meaning:
      "The store cannot be used as it is set up; `fault` says why. Every later request ends the same until the setup is changed.",
    remedy: "Do what `detail` says. The health check says the same.",
  },
  STORE_UNAVAILABLE: {
    statuses: [503],
    meaning: "The store did not confirm in time. What was asked for may or may not have been done.",
    remedy: "Sending a delivery or a report again is harmless; look before you repeat another change.",
  },
  SYNC_ENDED: {
    statuses: [409],
    meaning: "The sync's end is on record; nothing of it can be cancelled.",
    remedy: "Nothing to do.",
  },
  SYNC_NOT_FOUND: {
    statuses: [404],
    meaning: "The data layer has no sync of this id.",
    remedy: "List the data layer's syncs.",
  },
  TIMESTAMP_OUT_OF_RANGE: {
    statuses: [401],
    meaning: "The proof is right, but too old, or of the future.",
    remedy: "`detail` says by how much. Correct the sender's clock, or tolerate more.",
  },
  TOKEN_EXPIRED: {
    statuses: [401],
    meaning: "The token was valid until its time was over.",
    remedy: "Ask an Owner for a new one.",
  },
  TOKEN_NOT_FOUND: {
    statuses: [404],
    meaning: "There is no token of this id.",
    remedy: "List the tokens.",
  },
  TOKEN_SCOPED: {
    statuses: [403],
    meaning: "Your token is for some data layers, and this concerns more than these.",
    remedy: "Use a token without `dataLayers`.",
  },
  UNAUTHENTICATED: {
    statuses: [401],
    meaning: "No valid token came with the request.",
    remedy: "Send `Authorization: Bearer <token>`. A deleted token is refused from that moment on.",
  },
  UNKNOWN_DATA_SOURCE: {
    statuses: [422],
    meaning: "A sync was asked for by hand of a data source that the layer does not have.",
    remedy: "Name one of its sources, or none for all of them.",
  },
  VERIFIER_FAILED: {
    statuses: [401],
    meaning: "What was sent cannot be read as a proof of the webhook's scheme.",
    remedy: "Choose the scheme that your CMS has.",
  },
  WEBHOOK_DELETED: {
    statuses: [401, 410],
    meaning: "This webhook was deleted.",
    remedy: "Create a new one and give its URL to the sender.",
  },
  WEBHOOK_NOT_FOUND: {
    statuses: [404],
    meaning: "The data layer has no webhook of this id or `ref`.",
    remedy: "List the data layer's webhooks.",
  },
  WEBHOOK_NOT_RESTORABLE: {
    statuses: [409],
    meaning: "The webhook was deleted, and what it was is not kept any more: for a day, and of a layer's last ten.",
    remedy: "Create a new one and give its URL to the sender.",
  },
  WEBHOOK_ROTATED: {
    statuses: [401],
    meaning: "This URL is one that a webhook had before; the time for which it was still accepted is over.",
    remedy: "Copy the new URL from the data layer's settings and give it to the sender.",
  },
  WEBHOOK_UNKNOWN: {
    statuses: [401],
    meaning: "The data layer is there; this is not the URL of one of its webhooks.",
    remedy: "Copy the URL again from the data layer's settings.",
  },
} as const satisfies Readonly<Record<string, About>>;

export type ProblemCode = keyof typeof problemCodes;

/** The page with a section for each code. */
export const PROBLEMS_PAGE = `${REPOSITORY}/blob/main/docs/problems.md`;

/** A problem's `type`: the URL of its section. */
export const problemType = (code: ProblemCode): string => `${PROBLEMS_PAGE}#${code.toLowerCase()}`;
