import { type Document, holderOf } from "./records/ledger.ts";

/** A document's registers in one line of a trace. */
export const shape = (document: Document): string => {
  const holder = holderOf(document);
  if (holder === null) return ` ${document.kind}`;
  const { pending, running, retry, build, fence } = holder.slot;
  const asked =
    pending === null ? "-" : `${pending.syncId.slice(-4)}{${pending.all ? "*" : Object.keys(pending.asks)}}`;
  const parts = Object.entries(running?.parts ?? {}).map(
    ([slug, { outcome, parked }]) =>
      `${slug}${outcome === undefined ? (parked === true ? "~" : "") : `=${outcome.kind}`}`,
  );
  const runs =
    running === null
      ? "-"
      : `${running.lead.slice(-4)}/${running.fence} ${running.phase} {${parts}}${running.by === null ? " alone" : ""}`;
  const waits = Object.entries(retry).map(([slug, { tries, lost }]) => `${slug}:${tries}/${lost}`);
  return ` fence ${fence} pending ${asked} running ${runs} retry {${waits}}${build === null ? "" : " build owed"}`;
};
