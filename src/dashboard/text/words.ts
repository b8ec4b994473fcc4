import type {
  Build,
  Delivery,
  Layer,
  LayerStatus,
  OverviewLayer,
  Stage,
  Sync,
  SyncStatus,
  Trigger,
} from "../api/types.ts";

export const isBuildLayer = (layer: Layer | OverviewLayer): boolean =>
  "counts" in layer ? layer.counts.dataSources === 0 : layer.dataSources.length === 0;

export const statusWords: Readonly<Record<SyncStatus | LayerStatus | Stage, string>> = {
  idle: "Idle",
  paused: "Paused",
  pending: "Pending",
  running: "Running",
  retrying: "Retrying",
  succeeded: "Succeeded",
  failed: "Failed",
  cancelled: "Cancelled",
  superseded: "Superseded",
  refused: "Refused",
  ignored: "Ignored",
  syncing: "Running",
  waiting: "Waiting",
  building: "Building",
  held: "Held",
  live: "Live",
  asked: "Unconfirmed",
};

export const triggerWords = ({ type, webhook, actor }: Pick<Trigger, "type" | "webhook" | "actor">): string => {
  switch (type) {
    case "webhook":
      return webhook === "default" ? "Default webhook" : `Webhook ${webhook?.name ?? ""}`.trim();
    case "manual":
      return `Started by ${actor?.name ?? "a person"}`;
    case "configuration":
      return "Settings changed";
    case "build":
      return "Requested by a layer";
    case "schedule":
      return "Scheduled check";
    case "catch-up":
      return "Check after a long silence";
  }
};

export const scopeWords = (scope: "all" | string[]): string => (scope === "all" ? "everything" : scope.join(", "));

export const webhookWords = (webhook: Delivery["webhook"]): string =>
  webhook === "default" ? "Default webhook" : webhook.name;

export const outcomeWords: Readonly<Record<Delivery["outcome"], string>> = {
  queued: "Queued",
  coalesced: "Merged",
  refused: "Refused",
  ignored: "Ignored",
};

const WARNINGS: Readonly<Record<string, string>> = {
  UNKNOWN_DATA_SOURCE:
    "The delivery names a source that this layer does not have, so all sources are synced. Check the slug.",
  BODY_NOT_KEPT: "The body was longer than 16 KB and was not stored, so the whole source is synced.",
  BODY_NOT_READABLE: "The body could not be read reliably, so the webhook's conditions were not applied.",
};
export const warningWords = (warning: string): string => WARNINGS[warning] ?? warning;

const FIXES: Readonly<Record<string, string>> = {
  METHOD_NOT_ALLOWED:
    "Choose POST in the CMS, and enter this webhook's URL exactly as shown. A redirect turns a POST into a GET.",
  SIGNATURE_MISSING:
    "Turn on signing in the CMS with this webhook's secret, or turn off verification for this webhook.",
  SIGNATURE_MISMATCH: "Enter the same new secret in the CMS and in this webhook's settings.",
  SIGNATURE_MALFORMED: "Choose the verification scheme that your CMS uses.",
  TIMESTAMP_OUT_OF_RANGE: "Correct the sender's clock, or set a longer tolerance for this webhook.",
  BODY_INCOMPLETE: "The sender closed the connection. Most senders send again. If yours does not, publish again.",
  BODY_NOT_VERIFIABLE: "The cause says why. Make the CMS send a shorter body, or change what the CMS signs.",
  SECRET_UNREADABLE:
    "The webhook's secret is blank or can no longer be decrypted. Enter a new secret here and in the CMS.",
  KEYS_UNAVAILABLE: "Check the URL of the sender's key set. The sender may send the delivery again.",
  SCHEME_UNKNOWN: "A later release set this webhook's scheme. Choose a scheme that this release supports.",
  UNKNOWN_DATA_SOURCE: "Correct the slug that the CMS sends, or add a source with this slug.",
  BODY_NOT_KEPT: "Make the CMS send a shorter body, or set the webhook's `strict` to false with the API.",
  HANDSHAKE: "Nothing to do. The sender checked this URL, and Layerhook answered.",
  TEST: "Nothing to do. The CMS tested this URL, and the test worked.",
  FILTERED: "Nothing to do. If this delivery should start a sync, change the webhook's conditions.",
  REPEATED: "Nothing to do. The sender sent the same delivery twice.",
};
/** Says what to do about a delivery with this refusal code. */
export const fixFor = (code: string | null): string =>
  FIXES[code ?? ""] ?? "Compare the webhook's settings with the settings in the CMS.";

export const waitingWords: Readonly<Record<NonNullable<Build["waitingFor"]>, string>> = {
  quiet: "Waits until no one has published for a while, so that one build includes everything",
  interval: "Waits for the minimum time between builds",
  budget: "Waits for the build budget, which is used up for this day or month",
  build: "Waits until the running build has ended",
  credits: "Held, because the team's credits at Netlify are used up",
  brake: "Held back, because builds follow one another without a pause",
  "builds-stopped": "Held, because builds are stopped at Netlify",
};

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString()} ${count === 1 ? one : many}`;

export const titled = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** How many deliveries a sync covers. */
export const deliveryWords = ({
  deliveries,
  deliveriesAtLeast,
}: Pick<Sync, "deliveries" | "deliveriesAtLeast">): string =>
  `${deliveriesAtLeast ? "at least " : ""}${plural(deliveries, "delivery", "deliveries")}`;

/** Returns the end of an id, which is enough to tell two ids apart. */
export const shortId = (id: string): string => id.slice(-6);
