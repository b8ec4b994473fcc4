import type { Deps, Fact, OutgoingAnswer } from "../../../src/app/deps.ts";
import { requestByHand } from "../../../src/app/manage/syncs.ts";
import { publish } from "../../../src/app/receive/publish.ts";
import { layerCodec } from "../../../src/app/stored/documents.ts";
import { settleOwed } from "../../../src/app/stored/settleOwed.ts";
import { work } from "../../../src/app/worker/work.ts";
import { MINUTE } from "../../../src/core/durations.ts";
import type { Layer } from "../../../src/core/layer/layer.ts";
import { oweAudit } from "../../../src/core/owed.ts";
import { RETENTION } from "../../../src/core/retention.ts";
import { accept } from "../../../src/core/slot/accept.ts";
import { emptySlot } from "../../../src/core/slot/slot.ts";
import type { AcceptedDelivery } from "../../../src/core/webhook/takeDelivery.ts";
import { layerKey } from "../../../src/store/keys.ts";
import { StoreUnavailable } from "../../../src/store/store.ts";
import { ada, aLayer, aRequest, counter, must, START } from "../../support/builders.ts";
import { commitsOf } from "./portLaws.ts";
import type { Race } from "./race.ts";
import { RaceClock } from "./raceClock.ts";

export const LAYER = "layer-1";
const target = { kind: "layer", id: LAYER } as const;
/** Workers that wakes may start in one run. */
const WAKES = 3;

/** An answer that somebody got, and the newest revision that stood when it was asked for. */
export interface Answered {
  readonly by: string;
  readonly since: number;
  readonly accepted: AcceptedDelivery;
}

/** A sync job was called. */
export interface JobCall {
  readonly by: string;
  readonly key: string;
}

/** The real use cases on one layer: publishers, people, workers and whoever settles what is owed. */
export class LayerRace {
  readonly race: Race;
  readonly clock: RaceClock;
  readonly facts: { readonly by: string; readonly fact: Fact }[] = [];
  readonly answered: Answered[] = [];
  readonly jobs: JobCall[] = [];
  readonly #ids = counter("id-");
  readonly #versions: Layer[] = [];
  #woken = 0;

  constructor(race: Race) {
    this.race = race;
    this.clock = new RaceClock(race.schedule);
  }

  /** A layer with two sources, a sync that is due, and two audit entries that nobody has appended yet. */
  async begin(): Promise<void> {
    const before = START - MINUTE;
    const { slot } = accept(emptySlot(), aRequest({ receivedAt: before }), { now: before, rev: 1, firstRev: 0 }, "due");
    const owed = ["audit-1", "audit-2"].map((id) =>
      oweAudit({
        id,
        at: START,
        actor: ada,
        action: "data_layer.updated",
        target: { type: "data_layer", id: LAYER, name: "The blog" },
        dataLayerId: LAYER,
        detail: {},
      }),
    );
    await this.race.place(
      layerKey(LAYER),
      layerCodec.encode(aLayer({ connectedSites: [] }, { owed, slot: must(slot) })),
    );
  }

  /** The layer's versions, in the order in which the store took them. */
  versions(): readonly Layer[] {
    const texts = commitsOf(this.race.evidence).filter(({ key }) => key === layerKey(LAYER));
    for (const { text, key } of texts.slice(this.#versions.length)) {
      const document = layerCodec.decode(text, key);
      if (document.kind !== "layer") throw new Error("nobody deletes a layer here");
      this.#versions.push(document);
    }
    return this.#versions;
  }

  #deps(by: string): Deps {
    const store = this.race.store(by);
    return {
      store,
      archive: store,
      clock: this.clock,
      ids: { timeOrdered: this.#ids, secret: this.#ids, ref: this.#ids, signingSecret: this.#ids },
      random: () => 0,
      retention: RETENTION,
      purge: async () => ({ kind: "purged" }),
      outgoing: {
        send: async ({ headers, signal }) => {
          const key = headers["idempotency-key"] ?? "";
          this.jobs.push({ by, key });
          const aborted = new Promise<OutgoingAnswer>((resolve) =>
            signal.addEventListener("abort", () => resolve({ kind: "silence", error: "aborted" })),
          );
          const done = async (): Promise<OutgoingAnswer> => {
            await this.race.schedule.gate(`${by}: the job answers ${key}`, null);
            return { kind: "answer", status: 200, location: null, retryAfter: null, text: "{}" };
          };
          return Promise.race([done(), aborted]);
        },
      },
      sealer: {
        keyId: "key",
        seal: (text) => text,
        open: (sealed) => sealed,
        isCurrent: () => true,
        isBound: () => true,
      },
      digest: (text) => text,
      signer: { standard: () => ({}), callbackUrl: () => "https://hook.test/callback", isCallback: () => true },
      wake: async () => {
        this.#woken += 1;
        if (this.#woken <= WAKES) this.race.schedule.start(this.worker(`woken ${this.#woken}`));
      },
      report: (fact) => this.facts.push({ by, fact }),
      publicUrl: "https://hook.test",
      release: "deploy-1",
    };
  }

  async #ask(by: string, ask: (deps: Deps) => Promise<{ readonly kind: string } | AcceptedDelivery>): Promise<void> {
    const deps = this.#deps(by);
    const since = this.versions().at(-1)?.rev ?? 0;
    try {
      const answer = await ask(deps);
      if (!("syncId" in answer)) throw new Error(`${by} was answered ${answer.kind}`);
      this.answered.push({ by, since, accepted: answer });
      if (answer.wake) await deps.wake(target);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
    }
  }

  /** A CMS that sends its deliveries one after the other; null names no source. */
  publisher(by: string, deliveries: readonly (string | null)[]): () => Promise<void> {
    return async () => {
      for (const header of deliveries) {
        await this.#ask(by, (deps) =>
          publish(deps, {
            layerId: LAYER,
            webhookId: null,
            selectors: { header, query: null, alias: null },
            body: `of ${by}`,
            receivedAt: this.clock.now(),
          }),
        );
      }
    };
  }

  /** A person who asks for a sync; an audit entry rides on the same write. */
  person(by: string): () => Promise<void> {
    return () => this.#ask(by, (deps) => requestByHand(deps, ada, LAYER, null));
  }

  worker(by: string): () => Promise<void> {
    return () => work(this.#deps(by), target, 14 * MINUTE);
  }

  /** Whoever appends what is owed and then drops it from the document. */
  settler(by: string): () => Promise<void> {
    return async () => {
      await settleOwed(this.#deps(by), target);
    };
  }
}
