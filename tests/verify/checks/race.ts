import { SECOND } from "../../../src/core/durations.ts";
import { type Check, failed, nothing, passed, type Verdict, type Visit } from "../check.ts";
import { type Accepted, hasEnded, type LiveSite, listOf, type SyncSeen, syncSchema, until } from "../liveSite.ts";

const PUBLISHES = 30;
/** The first sync lasts longer than thirty cold starts take, so that it has not ended when the last publish arrives. */
const SETTLE_SECONDS = 10;
const WITHIN = 90 * SECOND;

/** One publish of the burst, and how it was answered. */
interface Given extends Accepted {
  readonly slug: string;
}

/** Whether the sync that a publish was answered with, or one that took over from it, called its source after it. */
const isCovered = (syncs: readonly SyncSeen[], { syncId, revision, slug }: Given): boolean => {
  const sync = syncs.find(({ id }) => id === syncId);
  if (sync === undefined) return false;
  if (sync.supersededBy !== null)
    return isCovered(syncs, { deliveryId: "", syncId: sync.supersededBy, revision, slug });
  const asked = sync.scope === "all" || sync.scope.includes(slug);
  const called = sync.dataSources.some((source) => source.slug === slug && source.status === "succeeded");
  return asked && called && sync.claimRevision !== null && sync.claimRevision > revision;
};

const burst = async (site: LiveSite, layer: string, sources: number): Promise<{ given: Given[]; lost: string[] }> => {
  const slugs = Array.from({ length: PUBLISHES }, (_, index) => `source-${index % sources}`);
  const answers = await Promise.allSettled(slugs.map((slug) => site.publish(layer, slug)));
  const given: Given[] = [];
  const lost: string[] = [];
  for (const [index, answer] of answers.entries()) {
    if (answer.status === "fulfilled") given.push({ ...answer.value, slug: slugs[index] ?? "" });
    else lost.push(answer.reason instanceof Error ? answer.reason.message : "unknown");
  }
  return { given, lost };
};

const run = async ({ outside, site }: Visit, sources: number): Promise<Verdict> => {
  const { url } = await site.createListener("Verify: jobs of the race");
  const dataSources = Array.from({ length: sources }, (_, index) => ({
    slug: `source-${index}`,
    type: "http",
    url,
    settleSeconds: SETTLE_SECONDS,
  }));
  const layer = await site.create("/data-layers", { name: "Verify: race", dataSources });
  const began = outside.now();
  const { given, lost } = await burst(site, layer, sources);
  const burstMs = Math.round(outside.now() - began);
  const figures = { publishes: PUBLISHES, answered: given.length, burstMs };
  if (lost.length > 0) return failed(`${lost.length} of ${PUBLISHES} publishes were not accepted: ${lost[0]}`, figures);
  const lastAnswer = outside.now();
  const syncs = await until(outside, { withinMs: WITHIN, everyMs: 2 * SECOND }, async () => {
    const { items } = await site.read(`/data-layers/${layer}/syncs`, listOf(syncSchema));
    return items.length > 0 && items.every(hasEnded) ? items : null;
  });
  if (syncs === null) return failed(`the syncs of the burst did not end within ${WITHIN / SECOND} s`, figures);
  const measured = { ...figures, syncs: syncs.length };
  const uncovered = given.filter((one) => !isCovered(syncs, one));
  if (uncovered.length > 0) {
    const named = uncovered.map(({ slug }) => slug).join(", ");
    return failed(`${uncovered.length} accepted publishes are covered by no sync: ${named}`, measured);
  }
  const ends = syncs.map(({ finishedAt }) => Date.parse(finishedAt ?? ""));
  if (syncs.length > 2 && Math.min(...ends) < lastAnswer) {
    return failed(`no verdict: the burst took ${burstMs} ms, longer than the first sync`, measured);
  }
  if (syncs.length > 2) return failed(`one burst cost ${syncs.length} syncs, not two at most`, measured);
  return passed(`${PUBLISHES} parallel publishes are covered by ${syncs.length} syncs`, measured);
};

/** Thirty publishes at once. The more sources, the more of them only a write of its own can keep; a layer may have 20. */
export const raceOf = (sources: number): Check => ({
  name: "race",
  title: "thirty parallel publishes are all covered, by two syncs at most",
  proves: "conditional writes and strong reads of Netlify Blobs, on the edge's route, with thirty writers",
  lacks: nothing,
  run: (visit) => run(visit, sources),
});

/** The race as it is run on a live site. */
export const race = raceOf(20);
