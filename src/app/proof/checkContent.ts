import { SECOND } from "../../core/durations.ts";
import { valueAt } from "../../core/layer/jsonPointer.ts";
import type { Layer } from "../../core/layer/layer.ts";
import { PAGES_LOOKED_AT } from "../../core/limits.ts";
import { asPath, type Expected, fill, type Judged, judgePage, type LiveCheck } from "../../core/proof/pageCheck.ts";
import type { Deps } from "../deps.ts";
import { findDelivery, type LoggedDelivery } from "../stored/deliveryLog.ts";
import { readLayer } from "../stored/documents.ts";
import { ifReadable } from "./ifReadable.ts";
import { readProof } from "./proofRecord.ts";

/** How much of a page is read. */
const PAGE_BYTES = 256 * 1024;
const DEADLINE = 10 * SECOND;

/** A page to look at, with the values of the delivery; or why there is none. */
export type PageToCheck = { readonly url: string; readonly expect: Expected } | { readonly reason: string };

/** The page of a delivery, and what is expected there. */
export const pageFor = (
  deps: Deps,
  layerId: string,
  { url, expect }: LiveCheck,
  { request }: Pick<LoggedDelivery, "request">,
): PageToCheck => {
  const delivered = deps.readRequest?.(layerId, request) ?? null;
  if (delivered === null) return { reason: "The log does not keep the delivery's body." };
  const place = fill(url, delivered, asPath);
  const [field = "", template = ""] =
    Object.entries(expect).find(([name]) => name === "text" || name === "value") ?? [];
  const wanted = fill(String(template), delivered);
  const missing = "missing" in place ? place.missing : "missing" in wanted ? wanted.missing : null;
  if (missing !== null || "missing" in place || "missing" in wanted) {
    return { reason: `The delivery has no \`${missing}\`.` };
  }
  return { url: place.text, expect: { ...expect, [field]: wanted.text } };
};

export interface PageChecked extends Judged {
  /** The status of the answer; null: there was none, or no call. */
  readonly status: number | null;
}

/** Fetches a page as a visitor does, and says whether it shows the publish. Never throws. */
export const checkPage = async (deps: Deps, page: PageToCheck): Promise<PageChecked> => {
  if ("reason" in page) return { state: "unknown", reason: page.reason, status: null };
  const answer = await deps.outgoing.send({
    method: "GET",
    url: page.url,
    headers: { accept: "text/html,application/json;q=0.9,*/*;q=0.8" },
    deadline: DEADLINE,
    maxBytes: PAGE_BYTES,
    withHeaders: true,
    signal: new AbortController().signal,
  });
  if (answer.kind === "silence") {
    return { state: "unknown", reason: `The page could not be fetched: ${answer.error}.`, status: null };
  }
  const { status, text, headers = {}, cut } = answer;
  const judged = judgePage(page.expect, { status, text, headers }, valueAt);
  const isInDoubt = cut === true && judged.state === "missing" && status === 200;
  return isInDoubt
    ? { state: "unknown", reason: `It is not in the first ${PAGE_BYTES / 1024} KB of the page.`, status }
    : { ...judged, status };
};

/** A publish of a build whose layer says how it is recognised, with its page. */
export interface Publish {
  readonly layerId: string;
  readonly deliveryId: string;
  readonly page: PageToCheck;
  readonly settleSeconds: number;
}

/** Events that take an entry's page away, so that it rightly answers 404. */
const TAKES_AWAY = /delet|unpublish|archiv|trash/i;
/** Where the body of an unknown sender may name its event. */
const EVENT_NAMES = ["event", "event_type", "eventType", "type", "action", "operation", "topic", "trigger"];

/** Whether an unknown sender's body names an event that takes its page away. */
const namesRemoval = (deps: Deps, layerId: string, { request }: LoggedDelivery): boolean => {
  const bodyValue = deps.readRequest?.(layerId, request) ?? null;
  return EVENT_NAMES.some((name) => {
    const value = bodyValue?.(name);
    return typeof value === "string" && TAKES_AWAY.test(value);
  });
};

/**
 * The newest publishes of a build that are looked for on their pages, ten at most: first those that name their entry. Of
 * the others the newest of each page is looked for, because an older one may rightly not be there any more. An event that
 * takes its page away is none of them. Throws `StoreUnavailable`.
 */
export const publishesToCheck = async (deps: Deps, siteId: string, buildId: string): Promise<readonly Publish[]> => {
  const proof = await readProof(deps, siteId, buildId);
  const found: Publish[] = [];
  const pages = new Set<string>();
  const layers = new Map<string, Layer | null>();
  const unnamed = (proof?.unnamed ?? []).map((one) => ({ ...one, event: null, id: null }));
  for (const { layerId, deliveryId, event, id } of [...(proof?.subjects ?? []), ...unnamed]) {
    if (found.length === PAGES_LOOKED_AT) break;
    if (TAKES_AWAY.test(event ?? "")) continue;
    if (!layers.has(layerId)) {
      const document = await ifReadable(() => readLayer(deps, layerId));
      layers.set(layerId, document?.kind === "layer" ? document : null);
    }
    const layer = layers.get(layerId);
    const delivery = layer?.live == null ? null : await findDelivery(deps, layer, deliveryId);
    if (layer?.live == null || delivery === null) continue;
    if (event === null && namesRemoval(deps, layerId, delivery)) continue;
    const page = pageFor(deps, layerId, layer.live, delivery);
    const key = "url" in page ? JSON.stringify([layerId, page.url]) : deliveryId;
    if (id === null && pages.has(key)) continue;
    pages.add(key);
    found.push({ layerId, deliveryId, page, settleSeconds: layer.live.settleSeconds });
  }
  return found;
};
