import { answerPublish } from "../../src/edge/hooks/answerPublish.ts";
import { ApiWorld, PUBLIC_URL } from "../api/world.ts";

export const LAYER = "lab-layer-0001";
export const WEBHOOK = "whk_lab_5Zp2";
export const PATH = `/hooks/data_layer/data_source/publish/${LAYER}/${WEBHOOK}`;

/** What a sender sends. */
export interface Sent {
  readonly method?: string;
  readonly origin?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

/** A layer with one webhook, as its admin made it through the API, and its senders. */
export class SenderWorld extends ApiWorld {
  readonly #after: Promise<unknown>[] = [];

  /** Makes the layer and its webhook. */
  async open(settings: Record<string, unknown> = {}): Promise<void> {
    await this.layer({ id: LAYER, dataSources: [] });
    const made = await this.post(`/data-layers/${LAYER}/webhooks`, { name: "CMS", id: WEBHOOK, ...settings });
    if (made.status !== 201) throw new Error(made.text);
    await this.settled();
  }

  /** Changes the webhook, as its admin does. */
  async change(settings: Record<string, unknown>) {
    return this.patch(`/data-layers/${LAYER}/webhooks/${WEBHOOK}`, settings);
  }

  /** One delivery, and what goes on after its answer. */
  async send(sent: Sent): Promise<Response> {
    const response = await this.ask(sent);
    if (response.ok) this.isAccepted(await response.clone().json());
    return response;
  }

  /** Any request to a webhook's URL, and what goes on after its answer. */
  async ask({ method = "POST", origin = PUBLIC_URL, path = PATH, headers = {}, body }: Sent): Promise<Response> {
    const sent = typeof body === "string" ? body : body === undefined ? undefined : new Uint8Array(body);
    const init = { method, headers, ...(sent === undefined ? {} : { body: sent }) };
    const response = await answerPublish(new Request(`${origin}${path}`, init), this.deps, (work) => {
      this.#after.push(work);
    });
    while (this.#after.length > 0) await this.#after.shift();
    return response;
  }

  /** The status of a delivery, and the code of its refusal. */
  async outcome(sent: Sent): Promise<[number, string | null]> {
    const response = await this.send(sent);
    const { code = null } = await response.json();
    return [response.status, code];
  }
}
