import type { Deps } from "../../app/deps.ts";
import { readLayer } from "../../app/stored/documents.ts";
import { authenticate } from "../../core/webhook/authenticate.ts";

/** Whether a browser opens a webhook's URL. */
export const isVisit = (request: Request): boolean =>
  request.method === "GET" && (request.headers.get("accept") ?? "").includes("text/html");

/** The webhook and layer that a URL names; `webhookId` null means the default webhook. */
export interface WebhookAddress {
  readonly layerId: string;
  readonly webhookId: string | null;
}

const works = async (deps: Deps, { layerId, webhookId }: WebhookAddress): Promise<boolean> => {
  const layer = await readLayer(deps, layerId);
  return layer?.kind === "layer" && authenticate(layer, webhookId, deps.clock.now()).kind === "accepted";
};

const sentenceFor = async (deps: Deps, address: WebhookAddress | null): Promise<string> => {
  try {
    return address !== null && (await works(deps, address))
      ? "This address works: your CMS must send POST to it."
      : "This is not the address of a working webhook: copy it again from the data layer's settings.";
  } catch {
    return "This address takes publish webhooks: your CMS must send POST to it.";
  }
};

/** Tells a visitor in one sentence whether the URL of a webhook works. Reads once and writes nothing. */
export const answerVisit = async (deps: Deps, address: WebhookAddress | null): Promise<Response> =>
  new Response(`${await sentenceFor(deps, address)}\n`, {
    status: 405,
    headers: { allow: "POST", "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" },
  });
