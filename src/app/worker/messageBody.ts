import type { Layer } from "../../core/layer/layer.ts";
import type { Message } from "../../core/layer/notification.ts";
import { showedChange, siteError, successorOf } from "../../core/slot/ending.ts";
import type { Sync } from "../../core/slot/sync.ts";
import type { SyncState } from "../stored/records.ts";
import { isoTime } from "../time.ts";

const counted = (count: number, one: string, more: string): string => `${count} ${count === 1 ? one : more}`;

/**
 * Removes markup from a text. Chat services read `<!channel>` as a mention and `<url|words>` as a link, and names and
 * errors come from people and jobs.
 */
export const withoutMarkup = (text: string): string => text.replaceAll("<", "‹").replaceAll(">", "›");

/** One sentence for chat services to show. */
const sentence = (name: string, status: string, sync: Sync): string => {
  const failed = Object.entries(sync.parts).filter(([, part]) => part.status === "failed");
  const sources = failed.map(([slug, { error }]) => (error === undefined ? slug : `${slug}: ${error}`));
  const why = [...sources, ...sync.sites.map(siteError).filter((error) => error !== null)].join("; ");
  const from = sync.deliveries > 0 ? ` (${counted(sync.deliveries, "publish", "publishes")})` : "";
  const asked = sync.sites.filter((site) => siteError(site) === null).length;
  const built = asked > 0 ? `, ${counted(asked, "build", "builds")} requested` : "";
  return `${name}: sync ${status}${from}${built}${why === "" ? "" : `. ${why}`}`;
};

type Ended = Extract<SyncState, { kind: "claimed" }>;

/** The sentence of a message, as people and jobs wrote what is in it. */
export const syncText = (layer: Pick<Layer, "name">, { sync, status }: Ended): string =>
  sentence(layer.name, status, sync);

/**
 * The exact bytes of a message. They depend on the sync's record and the layer's name alone, so that every attempt
 * sends the same unless the layer was renamed meanwhile.
 */
export const messageBody = (
  layer: Pick<Layer, "id" | "name">,
  { event, since }: Message,
  { sync, status }: Ended,
): string =>
  JSON.stringify({
    type: event,
    timestamp: isoTime(since),
    dataLayerId: layer.id,
    dataLayerName: layer.name,
    syncId: sync.id,
    status,
    deliveries: sync.deliveries,
    trigger: { type: sync.trigger.type, at: isoTime(sync.trigger.at) },
    startedAt: sync.startedAt === null ? null : isoTime(sync.startedAt),
    finishedAt: isoTime(since),
    supersededBy: successorOf(sync),
    dataSources: Object.entries(sync.parts).map(([slug, part]) => ({
      slug,
      status: part.status,
      attempts: part.attempts,
      changed: showedChange(part),
      countedBecause: part.countedBecause ?? null,
      error: part.error ?? null,
      message: part.message ?? null,
    })),
    sites: sync.sites.map((site) => {
      const { siteId, name, buildId, outcome } = site;
      return { siteId, name, buildId, outcome, error: siteError(site) };
    }),
    text: withoutMarkup(sentence(layer.name, status, sync)),
  });
