import { SECOND } from "../../core/durations.ts";
import { DRAIN_HINT } from "../../store/keys.ts";
import type { DrainHint } from "../stored/drainHint.ts";
import { SHARDS, saveShard } from "./shards.ts";
import { reportTrouble, type Tick } from "./tick.ts";

/** While documents are read, what was found is saved this often (ms). */
const SAVE_EVERY = 2 * SECOND;

/** Saves what a tick finds: first the shards that changed, then the hint with a note of each shard. */
export class Findings {
  readonly #tick: Tick;
  /** The stored version of the hint; undefined: another tick has saved a hint meanwhile, which stays. */
  #etag: string | null | undefined;
  #savedAt: number;
  #saving: Promise<unknown> = Promise.resolve();
  #isSaving = false;

  constructor(tick: Tick, etag: string | null) {
    this.#tick = tick;
    this.#etag = etag;
    this.#savedAt = tick.elapsed();
  }

  /** Writes the hint. Returns false if another tick has written one. Throws `StoreUnavailable`. */
  async note(hint: DrainHint): Promise<boolean> {
    if (this.#etag === undefined) return false;
    const written = await this.#tick.deps.store.write(DRAIN_HINT, JSON.stringify(hint), this.#etag);
    this.#etag = written.kind === "written" ? written.etag : undefined;
    return written.kind === "written";
  }

  /** Saves everything found so far. Returns the hint; null: another tick has written one. Throws `StoreUnavailable`. */
  async save(fields: Partial<DrainHint>): Promise<DrainHint | null> {
    await this.#saving;
    const { hint, usage } = this.#tick;
    const found = { ...hint, ...fields, usage, ...(await this.#saveSeen()) };
    return (await this.note(found)) ? found : null;
  }

  /** Saves the seen documents: few of them in the hint, more of them in shards with a note of each in the hint. */
  async #saveSeen(): Promise<Pick<DrainHint, "seen" | "shards">> {
    const { deps, hint, shards, isSmall } = this.#tick;
    if (isSmall) {
      const seen = Object.fromEntries([...shards.values()].flatMap((shard) => [...shard.seen]));
      return { seen, shards: undefined };
    }
    const notes = Array.from({ length: SHARDS }, async (_none, index) => {
      const shard = shards.get(index);
      return shard === undefined ? (hint.shards?.[index] ?? null) : saveShard(deps, shard);
    });
    return { seen: {}, shards: await Promise.all(notes) };
  }

  /** Saves between visits if that is due, so that a tick that is killed has not read in vain. Never throws. */
  async saveInTime(fields: () => Partial<DrainHint>): Promise<void> {
    const { deps, elapsed } = this.#tick;
    if (this.#isSaving || elapsed() - this.#savedAt < SAVE_EVERY) return;
    this.#isSaving = true;
    const saving = this.save(fields()).catch((error: unknown) => reportTrouble(deps, "drain", error));
    this.#saving = saving;
    await saving;
    this.#savedAt = elapsed();
    this.#isSaving = false;
  }
}
