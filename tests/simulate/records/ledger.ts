import type { LayerDocument } from "../../../src/core/layer/layer.ts";
import type { SiteDocument } from "../../../src/core/site/site.ts";
import type { SlotOwner } from "../../../src/core/slotOwner.ts";
import type { Commit } from "./register.ts";

export type Document = LayerDocument | SiteDocument;

/** The document if it has a slot. */
export const holderOf = (document: Document | null): SlotOwner | null =>
  document?.kind === "layer" || document?.kind === "site" ? document : null;

/** One committed state of a document; null: it was removed. */
export interface Version {
  readonly stamp: number;
  readonly at: number;
  readonly document: Document | null;
}

/** What an editor published with one delivery. */
export interface Published {
  readonly slug: string;
  readonly item: string;
  readonly revision: number;
}

/** A delivery, or a sync asked for by hand, that was answered with a promise. */
export interface Promised {
  readonly layerId: string;
  readonly layer: number;
  /** Sources it named, of those there were when it arrived; null: all of them. */
  readonly named: readonly string[] | null;
  /** The sources there were when it arrived. */
  readonly known: readonly string[];
  readonly published: readonly Published[];
  readonly arrived: number;
  readonly arrivedAt: number;
  readonly answered: number;
  readonly syncId: string;
  readonly byHand: boolean;
}

export type ActKind = "cancel" | "delete" | "delete-site" | "add";
/** What a person tried to do; whether it came about, only the documents know. */
export interface Act {
  readonly kind: ActKind;
  readonly id: string;
  readonly began: number;
}

/** A source's success, as it was judged in its document. */
export interface Success {
  readonly layerId: string;
  readonly slug: string;
  readonly key: string;
  readonly build: boolean;
  readonly stamp: number;
}

/** Everything that the laws at rest look back on. */
export class Ledger {
  readonly versions = new Map<string, Version[]>();
  readonly promises: Promised[] = [];
  readonly acts: Act[] = [];
  readonly successes: Success[] = [];
  /** Sources given up, and runs cancelled, with when. */
  readonly givenUp: { readonly layerId: string; readonly slug: string; readonly stamp: number }[] = [];
  readonly cancels: { readonly id: string; readonly stamp: number }[] = [];
  readonly takeOvers: { readonly id: string; readonly stamp: number }[] = [];
  /** Every owed entry there ever was: where it must stand in the end, and what it says. */
  readonly owed = new Map<string, { readonly id: string; readonly text: string; readonly stamp: number }>();

  remember(commit: Commit, at: number, document: Document | null): void {
    const versions = this.versions.get(commit.key) ?? [];
    this.versions.set(commit.key, versions);
    versions.push({ stamp: commit.stamp, at, document });
  }

  latest(key: string): Document | null {
    return this.versions.get(key)?.at(-1)?.document ?? null;
  }

  /** Every state a document was in between two moments. */
  during(key: string, from: number, to: number): readonly (Document | null)[] {
    const versions = this.versions.get(key) ?? [];
    const first = versions.findLastIndex(({ stamp }) => stamp <= from);
    const standing = first < 0 ? [null] : [];
    return [
      ...standing,
      ...versions.slice(Math.max(first, 0)).flatMap(({ stamp, document }) => (stamp <= to ? [document] : [])),
    ];
  }
}
