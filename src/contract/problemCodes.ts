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
    meaning:
      "Layerhook could not archive the audit entries of earlier changes, and has no room left to hold the entry of another change.",
    remedy: "Nothing was changed. Try again in a minute. Publish webhooks still accept deliveries in the meantime.",
  },
  BODY_INCOMPLETE: {
    statuses: [400],
    meaning: "The connection closed before the whole body arrived.",
    remedy: "Nothing was changed or recorded. Send the request again.",
  },
  BODY_NOT_KEPT: {
    statuses: [413],
    meaning: "The webhook is strict, and the body is longer than Layerhook stores for a sync job.",
    remedy:
      "Send a shorter body, or set the webhook's `strict` to `false`. The whole source is then synced without the body.",
  },
  BODY_NOT_VERIFIABLE: {
    statuses: [401],
    meaning:
      "Layerhook could not verify the body: it did not arrive completely, it is too long, or its signature would also fit another request.",
    remedy:
      "`detail` says which. A signed body must be shorter than 6 MB, and a body that contains the secret shorter than 1 MB.",
  },
  BODY_TOO_LARGE: {
    statuses: [413],
    meaning: "The body is longer than this path accepts.",
    remedy: "`detail` gives the allowed length. A publish webhook accepts a body of any length.",
  },
  BUILD_IN_PROGRESS: {
    statuses: [409],
    meaning:
      "The site already has a build that runs, waits, is held or is tried again, and this request conflicts with it: a test of the build hook, or a build of another branch.",
    remedy:
      "The build hook was not called. `detail` says what to wait for. `GET /api/v1/sites/{id}` shows the site's builds.",
  },
  BUILD_NOT_FOUND: {
    statuses: [404],
    meaning: "The site has no build with this id.",
    remedy: "List the site's builds.",
  },
  CALLBACK_CLOSED: {
    statuses: [409],
    meaning:
      "The call that this callback URL belongs to has ended: the job already reported, the call timed out, or a newer call replaced it.",
    remedy: "Nothing to do. The first report counts, or the newer call.",
  },
  CALLBACK_NOT_FOUND: {
    statuses: [404],
    meaning: "Layerhook never gave this callback URL to a job.",
    remedy: "Use `callbackUrl` exactly as the sync job received it.",
  },
  CHANGED_SINCE: {
    statuses: [412],
    meaning: "`If-Match` names an older version: the resource has changed since you read it.",
    remedy: "Read the resource again and repeat your change.",
  },
  CMS_CANNOT_PROVE: {
    statuses: [409],
    meaning: "The webhook requires a verification that this CMS cannot send.",
    remedy:
      "Change the webhook's verification, or choose another CMS. `GET /api/v1/recipes` lists what each CMS can send.",
  },
  DATA_LAYER_NOT_FOUND: {
    statuses: [404],
    meaning: "No data layer has this id, or your token has no access to the data layer.",
    remedy: "Copy the webhook's URL again from the data layer's settings, or list the data layers.",
  },
  DATA_LAYER_UNKNOWN: {
    statuses: [422],
    meaning: "The input names a data layer that does not exist.",
    remedy: "Create the data layer first, or correct its id.",
  },
  DATA_SOURCE_NOT_FOUND: {
    statuses: [404],
    meaning: "The data layer has no data source with this slug.",
    remedy: "Read the data layer: `dataSources` lists its sources.",
  },
  KEYS_UNAVAILABLE: {
    statuses: [503],
    meaning: "Layerhook could not fetch the keys of the sender's key set, so it cannot verify the request.",
    remedy:
      "Nothing was accepted. Send the delivery again after `Retry-After`. If it keeps failing, check `jwksUrl` in the webhook's settings.",
  },
  NETLIFY_NOT_CONNECTED: {
    statuses: [409],
    meaning: "The request needs Netlify's API, but a Netlify token or the site's id at Netlify is missing.",
    remedy:
      "Nothing was changed. `detail` says what is missing. You can also enter the URL and the secret at Netlify by hand.",
  },
  NOTIFICATION_NOT_FOUND: {
    statuses: [404],
    meaning: "The data layer has no notification with this id.",
    remedy: "Read the data layer: `notifications` lists its notifications.",
  },
  DEPLOY_RECEIVER_NOT_FOUND: {
    statuses: [404],
    meaning: "No site receives deploy notifications at this URL, or the URL was disconnected.",
    remedy: "Create a URL with `POST /api/v1/sites/{id}/deploy-notifications` and enter it at Netlify.",
  },
  DEFAULT_WEBHOOK_OFF: {
    statuses: [401, 409],
    meaning:
      "The data layer's default webhook is off, because the layer has webhooks of its own or forbids its default webhook.",
    remedy: "Use the URL of one of the layer's webhooks, or create a webhook.",
  },
  DELIVERY_NOT_FOUND: {
    statuses: [404],
    meaning: "The data layer's log has no delivery with this id.",
    remedy:
      "List the deliveries. A delivery appears in the log a moment after its answer, and the log keeps only the newest deliveries.",
  },
  DELIVERY_NOT_RESENDABLE: {
    statuses: [409],
    meaning: "The delivery was a test, a handshake, or refused before its sender was known, so it is no publish.",
    remedy: "Ask for a sync of the data layer instead.",
  },
  DOCUMENT_NEWER: {
    statuses: [503],
    meaning: "A later release of Layerhook wrote this document, and the deployed release cannot read it.",
    remedy: "Nothing was accepted or changed. Deploy the later release again, and then repeat the request.",
  },
  DOCUMENT_UNREADABLE: {
    statuses: [503],
    meaning: "The stored document is damaged.",
    remedy: "Nothing was accepted or changed. The function's log says what is wrong with the document.",
  },
  DOOR_UNREACHABLE: {
    statuses: [409],
    meaning: "Layerhook sent a test request to its own publish URL over the network and got no answer.",
    remedy:
      "`detail` says why. Common causes are a private site, a wrong `LAYERHOOK_PUBLIC_URL` and a proxy. Each of them blocks real senders too.",
  },
  EXPORT_TOO_LARGE: {
    statuses: [409],
    meaning: "The configuration is too long for one answer.",
    remedy:
      "Read the configuration in pages with `limit` and `cursor`, or run `npm run config -- pull`, which joins the pages.",
  },
  FORBIDDEN: {
    statuses: [403],
    meaning: "Your role does not allow this action.",
    remedy: "`roles` lists the roles that allow the action. Ask an Owner.",
  },
  FOREIGN_ORIGIN: {
    statuses: [403, 421],
    meaning:
      "`403`: a request with a session came from a page of another site. `421`: a request to `npm run dev` used a host name that does not belong to this machine.",
    remedy:
      "Send the request from Layerhook's own pages, or use a token instead of a session. To use another name for the local server, set `LAYERHOOK_PUBLIC_URL`.",
  },
  IDENTITY_UNAVAILABLE: {
    statuses: [503],
    meaning: "Layerhook could not verify your Netlify token, because Netlify's API is down, slow or limiting requests.",
    remedy: "Nothing was changed. Try again after `Retry-After`, or use a Layerhook token.",
  },
  ID_TAKEN: {
    statuses: [409],
    meaning: "The id you chose is already in use.",
    remedy: "Choose another id, or leave the id out to get a new one.",
  },
  IMPORT_INTERRUPTED: {
    statuses: [409],
    meaning:
      "Someone changed the configuration during the import. The changes before the conflict are made, and the rest are not.",
    remedy: "Import the same document again. The import continues from the current state.",
  },
  INTERNAL_ERROR: {
    statuses: [500, 502],
    meaning: "Layerhook has a defect. The change may or may not have been made.",
    remedy:
      "Check whether the change was made before you repeat the request. The function's log names the place of the error.",
  },
  INVALID_INPUT: {
    statuses: [400],
    meaning:
      "The body, the query or the path is not valid. Unknown fields and parameters are refused, and so is a parameter that is given twice.",
    remedy: "`errors` names each field or parameter and says what is wrong.",
  },
  LIMIT_REACHED: {
    statuses: [409],
    meaning: "The change would exceed a limit on the number or the size of these resources.",
    remedy: "`limit` gives the limit. Delete a resource first, or shorten its settings.",
  },
  MALFORMED_JSON: {
    statuses: [400],
    meaning: "The body is not valid JSON.",
    remedy: "`position` and `line` say where the JSON breaks.",
  },
  METHOD_NOT_ALLOWED: {
    statuses: [403, 405],
    meaning: "This path does not support the method. A background function answers `403` instead of `405`.",
    remedy:
      "`Allow` lists the supported methods. A publish webhook accepts POST, and also answers HEAD requests and handshakes at a working URL.",
  },
  MISCONFIGURED: {
    statuses: [503],
    meaning: "Environment variables are missing or wrong, so Layerhook cannot verify anyone.",
    remedy:
      "`problems` says what each variable must be. The log of the function `api` says what is wrong. Correct the variables and deploy again.",
  },
  NOTHING_TO_RETRY: {
    statuses: [409],
    meaning: "No data source of this sync failed or waits for a retry.",
    remedy: "Start a new sync instead.",
  },
  NOT_A_MEMBER: {
    statuses: [403],
    meaning:
      "Your Netlify token is valid, but you are not a member of this site's team, or Layerhook cannot read your role.",
    remedy: "Ask an Owner to invite you to the team or to create a Layerhook token for you.",
  },
  NO_SECRET: {
    statuses: [409],
    meaning: "The data source is a probe. A probe signs no requests, so it has no secret to rotate.",
    remedy: "Change the probe's `headers` instead.",
  },
  NOT_PUBLISHED: {
    statuses: [409],
    meaning: "You reached an old production deploy by its permalink. Only the published deploy has access to the data.",
    remedy: "Use the site's main URL.",
  },
  PLAN_SET_BY_VARIABLE: {
    statuses: [409],
    meaning: "The environment variable `LAYERHOOK_PLAN` sets the team's plan, and counts before what is stored here.",
    remedy: "Nothing was changed. Change the variable, or remove it, deploy, and set the plan here.",
  },
  ROUTE_NOT_FOUND: {
    statuses: [404],
    meaning: "The API has no such path.",
    remedy: "`/api/v1/openapi.json` describes every path.",
  },
  SCHEME_UNKNOWN: {
    statuses: [401, 409],
    meaning:
      "The webhook uses a verification scheme that this release does not support. A later release set the scheme.",
    remedy: "Deploy the later release again, or choose another scheme.",
  },
  SECRET_UNREADABLE: {
    statuses: [401, 409],
    meaning: "The webhook's secret is blank, or was encrypted with a key that Layerhook no longer has.",
    remedy: "Enter a new secret in the webhook's settings and at the sender.",
  },
  SESSION_OVER: {
    statuses: [401],
    meaning: "Your session has expired, or the token that started the session is no longer valid.",
    remedy: "Sign in again.",
  },
  SIGNATURE_INVALID: {
    statuses: [401],
    meaning: "The signature does not match the body and the secret of this URL.",
    remedy: "Nothing was recorded. Enter the secret at the sender again, exactly as Layerhook showed the secret.",
  },
  SIGNATURE_MALFORMED: {
    statuses: [401],
    meaning: "The signature or secret is not in the format of the webhook's verification scheme.",
    remedy: "`detail` names the header and the expected format. Choose the scheme that your CMS uses.",
  },
  SIGNATURE_MISMATCH: {
    statuses: [401],
    meaning: "The signature or secret does not match the webhook's secret and the body that arrived.",
    remedy: "Enter the same secret at the sender and in the webhook's settings.",
  },
  SIGNATURE_MISSING: {
    statuses: [401],
    meaning: "This URL accepts only signed requests, and the request has no signature.",
    remedy: "Enter the secret at the sender, next to the URL.",
  },
  SITE_IN_USE: {
    statuses: [409],
    meaning: "Data layers are connected to this site, and their syncs would fail without the site.",
    remedy:
      "`dataLayers` names the first ten layers, and `more` counts the rest. Disconnect the site from these layers, or delete the site with `?disconnect=true`, which does both.",
  },
  SITE_NOT_FOUND: {
    statuses: [404],
    meaning: "No site has this id, or your token has no access to the site.",
    remedy: "List the sites.",
  },
  SITE_UNKNOWN: {
    statuses: [422],
    meaning: "The input names a site that does not exist.",
    remedy: "Create the site first, or give `name` and `buildHook`.",
  },
  STATUS_LINK_NOT_FOUND: {
    statuses: [404],
    meaning: "The data layer has no status link of this ref.",
    remedy: "List the data layer's status links.",
  },
  STORE_MISCONFIGURED: {
    statuses: [503],
    meaning: "Layerhook cannot use its store with the current setup. Every request fails until the setup is corrected.",
    remedy: "`fault` names the cause, and `detail` says what to do. The health check gives the same advice.",
  },
  STORE_UNAVAILABLE: {
    statuses: [503],
    meaning: "The store did not confirm the change in time. The change may or may not have been made.",
    remedy: "You can safely send a delivery or a report again. Check any other change before you repeat the request.",
  },
  SYNC_ENDED: {
    statuses: [409],
    meaning: "The sync has ended, so nothing in the sync can be cancelled.",
    remedy: "Nothing to do.",
  },
  SYNC_NOT_FOUND: {
    statuses: [404],
    meaning: "The data layer has no sync with this id.",
    remedy: "List the data layer's syncs.",
  },
  TIMESTAMP_OUT_OF_RANGE: {
    statuses: [401],
    meaning: "The signature is correct, but its timestamp is too old or in the future.",
    remedy:
      "`detail` gives the difference. Correct the sender's clock, or raise the tolerance in the webhook's settings.",
  },
  TOKEN_EXPIRED: {
    statuses: [401],
    meaning: "The token has expired.",
    remedy: "Ask an Owner for a new token.",
  },
  TOKEN_NOT_FOUND: {
    statuses: [404],
    meaning: "No token has this id.",
    remedy: "List the tokens.",
  },
  TOKEN_SCOPED: {
    statuses: [403],
    meaning: "Your token is limited to some data layers, and this request affects other layers too.",
    remedy: "Use a token without `dataLayers`.",
  },
  TOO_MANY_TRIES: {
    statuses: [429],
    meaning: "A data layer's probes were tried too often within a minute.",
    remedy: "Nothing was called. Wait for as long as `Retry-After` says, and try again.",
  },
  UNAUTHENTICATED: {
    statuses: [401],
    meaning: "The request has no valid token.",
    remedy: "Send `Authorization: Bearer <token>`. A deleted token stops working at once.",
  },
  UNKNOWN_DATA_SOURCE: {
    statuses: [422],
    meaning: "The request names a data source that the data layer does not have.",
    remedy: "Name one of the layer's sources, or leave `dataSource` out to sync all of them.",
  },
  VERIFIER_FAILED: {
    statuses: [401],
    meaning: "Layerhook cannot read the signature or secret with the webhook's verification scheme.",
    remedy: "Choose the scheme that your CMS uses.",
  },
  WEBHOOK_DELETED: {
    statuses: [401, 410],
    meaning: "This webhook was deleted.",
    remedy: "Create a new webhook and give its URL to the sender.",
  },
  WEBHOOK_NOT_FOUND: {
    statuses: [404],
    meaning: "The data layer has no webhook with this id or `ref`.",
    remedy: "List the data layer's webhooks.",
  },
  WEBHOOK_NOT_RESTORABLE: {
    statuses: [409],
    meaning:
      "The deleted webhook can no longer be restored. Layerhook keeps a layer's last ten deleted webhooks for a day.",
    remedy: "Create a new webhook and give its URL to the sender.",
  },
  WEBHOOK_ROTATED: {
    statuses: [401],
    meaning: "The webhook has a new URL, and the grace period of this old URL has ended.",
    remedy: "Copy the new URL from the data layer's settings and give the new URL to the sender.",
  },
  WEBHOOK_UNKNOWN: {
    statuses: [401],
    meaning: "The data layer exists, but this URL belongs to none of its webhooks.",
    remedy: "Copy the URL again from the data layer's settings.",
  },
} as const satisfies Readonly<Record<string, About>>;

export type ProblemCode = keyof typeof problemCodes;

/** The page with a section for each code. */
export const PROBLEMS_PAGE = `${REPOSITORY}/blob/main/docs/problems.md`;

/** A problem's `type`: the URL of its section. */
export const problemType = (code: ProblemCode): string => `${PROBLEMS_PAGE}#${code.toLowerCase()}`;
