import { madeAt } from "../../core/madeAt.ts";
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
import { clockOfDayText } from "./times.ts";

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

export const waitingWords: Readonly<Record<NonNullable<Build["waitingFor"]>, string>> = {
  quiet: "Waits until no one has published for a while, so that one build includes everything",
  interval: "Waits for the minimum time between builds",
  budget: "Waits for the build budget, which is used up for this day or month",
  build: "Waits until the running build has ended",
  credits: "Held, because the team's credits at Netlify are used up",
  brake: "Waits longer, because builds follow one another without a pause",
  "builds-stopped": "Held, because builds are stopped at Netlify",
};

/** The words for an id of the API, from a table. An id of a later release is not in the table, and is shown itself. */
export const wordsFor = (id: string, words: Readonly<Record<string, string>>): string => words[id] ?? id;

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString()} ${count === 1 ? one : many}`;

export const titled = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** How many deliveries a sync covers. */
export const deliveryWords = ({
  deliveries,
  deliveriesAtLeast,
}: Pick<Sync, "deliveries" | "deliveriesAtLeast">): string =>
  `${deliveriesAtLeast ? "at least " : ""}${plural(deliveries, "delivery", "deliveries")}`;

/** What a sync or a build is called: the time at which it was requested, which its id holds. */
export const requestTime = (id: string): string => {
  const at = madeAt(id);
  return at === null ? `…${id.slice(-6)}` : clockOfDayText(at, Date.now());
};

/** The word for a sync. One that succeeded and started no build has nothing to confirm. */
export const syncWord = ({
  stage,
  status,
  sites,
}: Pick<Sync, "stage" | "status"> & { readonly sites: readonly unknown[] }): Stage | SyncStatus =>
  stage === "asked" && status === "succeeded" && sites.length === 0 ? status : stage;
