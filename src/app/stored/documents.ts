import { type TeamDocument, teamSchema } from "../../core/access/team.ts";
import { type Tokens, tokensSchema } from "../../core/access/tokens.ts";
import { defined } from "../../core/defined.ts";
import type { Attempt, Contention, Decision } from "../../core/document.ts";
import type { ChangeIds } from "../../core/layer/layer.ts";
import { type LayerDocument, layerDocumentSchema } from "../../core/layer/layer.ts";
import { type SiteDocument, siteDocumentSchema } from "../../core/site/site.ts";
import { documentCodec } from "../../store/codec.ts";
import { layerKey, siteKey, TEAM, TOKENS } from "../../store/keys.ts";
import { type Sending, stepBack } from "../../store/stepBack.ts";
import { drive, type Updated, update } from "../../store/update.ts";
import type { Deps } from "../deps.ts";

export const layerCodec = documentCodec<LayerDocument>(layerDocumentSchema);
export const siteCodec = documentCodec<SiteDocument>(siteDocumentSchema);
export const tokensCodec = documentCodec<Tokens>(tokensSchema);
const teamCodec = documentCodec<TeamDocument>(teamSchema);

/** How long and how often a caller of the loop tries, and whether it gives way to others. */
export interface Effort {
  readonly budget: number;
  readonly attempts: number;
  /** Pauses for a random time after a lost race. A worker does not: among many publishers it would starve. */
  readonly polite: boolean;
  /** Pauses before a write instead, if others write the same and what this one asks can wait (`stepBack`). */
  readonly stepsBack?: boolean;
}

/** Gives up with an error after seconds, because a sender does not wait longer. */
export const PUBLISH: Effort = { budget: 8000, attempts: 100, polite: false, stepsBack: true };
export const MANAGE: Effort = { budget: 8000, attempts: 30, polite: true };
/** Must succeed within a lease, against any number of publishers. */
export const WORK: Effort = { budget: 8000, attempts: 200, polite: false };
/**
 * For marks of calls. A sender may call only once a day, and often while a recent change still writes the document, so
 * a lost race is tried again. If another call has already written the mark, nothing is written.
 */
export const MARK: Effort = { budget: 4000, attempts: 6, polite: true };
/** For work that the drain repeats. */
export const ONCE: Effort = { budget: 0, attempts: 1, polite: true };

/** The longest random pause (ms). */
const POLITE = { conflict: 400, unavailable: 1500 };

const driver = (deps: Deps, effort: Effort) => ({
  store: deps.store,
  now: () => deps.clock.now(),
  elapsed: () => deps.clock.elapsed(),
  sleep: (ms: number) => deps.clock.sleep(ms),
  pause: (attempt: number, after: "conflict" | "unavailable") =>
    effort.polite || after === "unavailable" ? deps.random() * Math.min(20 * 2 ** attempt, POLITE[after]) : 0,
});

/** Decides about a layer's document. Throws as `update` does. */
export const updateLayer = <R>(
  deps: Deps,
  id: string,
  decide: (document: LayerDocument | null, attempt: Attempt) => Decision<LayerDocument, R>,
  effort: Effort,
): Promise<Updated<LayerDocument, R>> => {
  const back = (contention: Contention, sending: Omit<Sending, "random">) =>
    stepBack(contention, { ...sending, random: deps.random });
  const options = { by: deps.ids.timeOrdered(), ...effort, ...(effort.stepsBack === true ? { stepBack: back } : {}) };
  return drive(update(layerKey(id), layerCodec, decide, options), driver(deps, effort));
};

/** Decides about a site's document. Throws as `update` does. */
export const updateSite = <R>(
  deps: Deps,
  id: string,
  decide: (document: SiteDocument | null, attempt: Attempt) => Decision<SiteDocument, R>,
  effort: Effort,
): Promise<Updated<SiteDocument, R>> =>
  drive(update(siteKey(id), siteCodec, decide, { by: deps.ids.timeOrdered(), ...effort }), driver(deps, effort));

/** Decides about the document of the tokens. Throws as `update` does. */
export const updateTokens = <R>(
  deps: Deps,
  decide: (document: Tokens | null, attempt: Attempt) => Decision<Tokens, R>,
  effort: Effort,
): Promise<Updated<Tokens, R>> =>
  drive(update(TOKENS, tokensCodec, decide, { by: deps.ids.timeOrdered(), ...effort }), driver(deps, effort));

/** Decides about the document of the team. Throws as `update` does. */
export const updateTeam = <R>(
  deps: Deps,
  decide: (document: TeamDocument | null, attempt: Attempt) => Decision<TeamDocument, R>,
  effort: Effort,
): Promise<Updated<TeamDocument, R>> =>
  drive(update(TEAM, teamCodec, decide, { by: deps.ids.timeOrdered(), ...effort }), driver(deps, effort));

/** The current document of the layer; null if there is none. */
export const readLayer = async (deps: Deps, id: string): Promise<LayerDocument | null> => {
  const found = await deps.store.read(layerKey(id));
  return found === null ? null : layerCodec.decode(found.text, layerKey(id));
};

/** Whether the caller may know of this layer or tombstone. */
export const isSeen = (deps: Pick<Deps, "sees">, document: LayerDocument): boolean => deps.sees?.(document) ?? true;

/** The current document of the site; null if there is none. */
export const readSite = async (deps: Deps, id: string): Promise<SiteDocument | null> => {
  const found = await deps.store.read(siteKey(id));
  return found === null ? null : siteCodec.decode(found.text, siteKey(id));
};

/** The current document of the tokens; null if no token was ever created. */
export const readTokens = async (deps: Deps): Promise<Tokens | null> => {
  const found = await deps.store.read(TOKENS);
  return found === null ? null : tokensCodec.decode(found.text, TOKENS);
};

/** The current document of the team; null if no slug was ever used. */
export const readTeam = async (deps: Deps): Promise<TeamDocument | null> => {
  const found = await deps.store.read(TEAM);
  return found === null ? null : teamCodec.decode(found.text, TEAM);
};

/** Creates the ids of one change, which all attempts share. */
export const changeIds = (deps: Deps): ChangeIds => ({
  requestId: deps.ids.timeOrdered(),
  ...defined({ asked: deps.requestId }),
  syncId: deps.ids.timeOrdered(),
  auditIds: [deps.ids.timeOrdered(), deps.ids.timeOrdered()],
});
