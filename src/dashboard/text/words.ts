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

/** The words for a layer's work. A layer without sources only builds, so its work has other words. */
export interface Words {
  readonly one: string;
  readonly One: string;
  readonly many: string;
  readonly Many: string;
}

const SYNC: Words = { one: "sync", One: "Sync", many: "syncs", Many: "Syncs" };
const BUILD: Words = { one: "build request", One: "Build request", many: "build requests", Many: "Build requests" };

export const isBuildLayer = (layer: Layer | OverviewLayer): boolean =>
  "counts" in layer ? layer.counts.dataSources === 0 : layer.dataSources.length === 0;
export const wordsOf = (layer: Layer | OverviewLayer): Words => (isBuildLayer(layer) ? BUILD : SYNC);

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
      return `Run by ${actor?.name ?? "a person"}`;
    case "configuration":
      return "Settings changed";
    case "build":
      return "A layer's change";
    case "schedule":
      return "Scheduled check";
    case "catch-up":
      return "Catching up after a silence";
  }
};

export const scopeWords = (scope: "all" | string[]): string => (scope === "all" ? "everything" : scope.join(", "));

export const webhookWords = (webhook: Delivery["webhook"]): string =>
  webhook === "default" ? "Default webhook" : webhook.name;

export const outcomeWords: Readonly<Record<Delivery["outcome"], string>> = {
  queued: "Started a new one",
  coalesced: "Merged",
  refused: "Refused",
  ignored: "Ignored",
};

const WARNINGS: Readonly<Record<string, string>> = {
  UNKNOWN_DATA_SOURCE: "It named a source this layer does not have, so everything is synced. Check the slug.",
  BODY_NOT_KEPT: "Its body was longer than 16 KB and is not kept, so its source is synced in full.",
  BODY_NOT_READABLE: "Its body cannot be read, or not for sure, so the webhook's conditions let it through.",
};
export const warningWords = (warning: string): string => WARNINGS[warning] ?? warning;

const FIXES: Readonly<Record<string, string>> = {
  METHOD_NOT_ALLOWED:
    "Choose POST at the CMS, and enter this webhook's address as it is shown: a redirect makes a GET of a POST.",
  SIGNATURE_MISSING: "Turn on signing at the CMS with this webhook's secret, or take the check off this webhook.",
  SIGNATURE_MISMATCH: "Compare the secret at the CMS with this webhook's, and set it anew at both ends if in doubt.",
  SIGNATURE_MALFORMED: "Check that the scheme of this webhook is the one your CMS signs with.",
  TIMESTAMP_OUT_OF_RANGE: "Set the sender's clock, or allow this webhook a longer tolerance.",
  BODY_INCOMPLETE: "The sender broke off. It usually sends again by itself; publish again if it does not.",
  BODY_NOT_VERIFIABLE: "See the cause: the CMS must send less, or its signature could also stand for another request.",
  SECRET_UNREADABLE: "Set the webhook's secret anew, here and at the CMS: it cannot be read any more, or it is blank.",
  KEYS_UNAVAILABLE: "Check the URL of the sender's key set. The sender may send the delivery again.",
  SCHEME_UNKNOWN: "Choose the webhook's scheme anew: it was set by a newer release.",
  UNKNOWN_DATA_SOURCE: "Correct the slug that the CMS sends, or add a source of that name.",
  BODY_NOT_KEPT: "Have the CMS send less, or take “strict” off this webhook.",
  HANDSHAKE: "Nothing to do: the sender asked whether this address expects it, and was answered.",
  TEST: "Nothing to do: the CMS tried the address, and it works.",
  FILTERED: "Nothing to do, unless it should have counted: then change the webhook's conditions.",
  REPEATED: "Nothing to do: the sender sent it twice, and once is enough.",
};
/** Says what to do about a delivery with this refusal code. */
export const fixFor = (code: string | null): string =>
  FIXES[code ?? ""] ?? "Compare the webhook's settings with those at the CMS.";

export const waitingWords: Readonly<Record<NonNullable<Build["waitingFor"]>, string>> = {
  quiet: "Waits until nobody has published for a while, so that one build takes all of it",
  interval: "Waits for the shortest time between two builds",
  budget: "Waits for the build budget: its day or month is spent",
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
