import { own, type Slot } from "../../src/core/slot/slot.ts";

/** Describes the first contradiction in a slot, or returns null. */
export const slotFault = ({ running, retry, build, open }: Slot): string | null => {
  for (const slug of Object.keys(running?.parts ?? {})) {
    if (own(retry, slug) !== undefined) return `${slug} both runs and waits for a retry`;
  }
  for (const sync of Object.values(open)) {
    const parts = Object.entries(sync.parts);
    for (const [slug, { status }] of parts) {
      if (status === "running" && own(running?.parts ?? {}, slug)?.syncId !== sync.id)
        return `${sync.id}/${slug} does not run`;
      if (status === "retrying" && own(retry, slug)?.syncId !== sync.id) return `${sync.id}/${slug} has no retry`;
    }
    const works = parts.some(([, { status }]) => status === "running" || status === "retrying");
    const waits = build?.syncIds.includes(sync.id) === true || running?.phase === "sites";
    if (!works && !waits) return `${sync.id} stays open with nothing open`;
  }
  for (const [slug, { syncId }] of Object.entries(running?.parts ?? {})) {
    if (own(open[syncId]?.parts ?? {}, slug)?.status !== "running")
      return `${slug} runs for ${syncId}, which does not say so`;
  }
  for (const [slug, { syncId }] of Object.entries(retry)) {
    if (own(open[syncId]?.parts ?? {}, slug)?.status !== "retrying")
      return `${slug} waits for ${syncId}, which does not say so`;
  }
  for (const id of build?.syncIds ?? [])
    if (open[id] === undefined) return `a build is owed for ${id}, which has ended`;
  return running?.phase === "sites" && build === null ? "the run asks its sites, but no build is owed" : null;
};
