import {
  addToken,
  deleteToken,
  endSession,
  hasChangedTokens,
  hasEnded,
  noTokens,
  type Session,
  type StoredToken,
  type Tokens,
  touchToken,
} from "../../core/access/tokens.ts";
import { defined } from "../../core/defined.ts";
import type { Decision } from "../../core/document.ts";
import { MINUTE, SECOND } from "../../core/durations.ts";
import { type NoRoom, refuseIfFull } from "../../core/layer/decideOnce.ts";
import { type ChangeBy, uidOf } from "../../core/layer/layer.ts";
import { TOKENS } from "../../core/limits.ts";
import type { Actor } from "../../core/slot/sync.ts";
import { orderKey } from "../../store/keys.ts";
import type { Deps } from "../deps.ts";
import { changeIds, type Effort, MANAGE, readTokens, updateTokens } from "../stored/documents.ts";
import { type Page, type PageRequest, pageOf } from "../stored/pages.ts";
import { TOKENS_DEBTOR } from "../stored/settleOwed.ts";
import { withStoreFault } from "../storeFault.ts";
import { withRoom } from "./changes.ts";
import { findLayer } from "./layers.ts";

/** A token's last use is recorded at most this often, so that busy tokens cause few writes (ms). */
export const TOUCH_EVERY = 10 * MINUTE;
/**
 * The effort for recording a use. Concurrent requests record the same use, and those that lose the race find it
 * recorded.
 */
const TOUCH: Effort = { budget: 2 * SECOND, attempts: 4, polite: true };

/**
 * The current token of a hash; null if there is none (any more). Hashes are compared directly, because the time this
 * takes reveals nothing about a token. Throws `StoreUnavailable`.
 */
export const findTokenByHash = async (deps: Deps, hash: string): Promise<StoredToken | null> => {
  const document = await readTokens(deps);
  return document?.tokens.find((token) => token.hash === hash) ?? null;
};

/** The current token of an id; null if there is none (any more). Throws `StoreUnavailable`. */
export const findToken = async (deps: Deps, id: string): Promise<StoredToken | null> => {
  const document = await readTokens(deps);
  return document?.tokens.find((token) => token.id === id) ?? null;
};

/** Whether a session was ended, and the current token of an id. Throws `StoreUnavailable`. */
export const lookUpSession = async (
  deps: Deps,
  session: Session,
  tokenId: string | null,
): Promise<{ readonly ended: boolean; readonly token: StoredToken | null }> => {
  const document = await readTokens(deps);
  if (document === null) return { ended: false, token: null };
  const token = document.tokens.find(({ id }) => id === tokenId) ?? null;
  return { ended: hasEnded(document, session), token };
};

/** Ends a session on every instance. Throws `StoreUnavailable`. */
export const recordEnd = async (deps: Deps, session: Session): Promise<void> => {
  await updateTokens<null>(
    deps,
    (document, { now }) => {
      const current = document ?? noTokens();
      return session.until <= now || hasEnded(current, session)
        ? { kind: "keep", result: null }
        : { kind: "write", document: endSession(current, session, now), result: null };
    },
    MANAGE,
  );
};

/** One page of the tokens. */
export const listTokens = async (deps: Deps, request: PageRequest): Promise<Page<StoredToken>> => {
  const tokens = (await readTokens(deps))?.tokens ?? [];
  const positions = new Map(tokens.map((token) => [orderKey("", token.createdAt, token.id), token]));
  const page = pageOf(positions.keys(), request);
  return { ...page, items: page.items.flatMap((position) => positions.get(position) ?? []) };
};

/** A person's change of the document of the tokens. `tried`: an earlier attempt may have made the change. */
export const changeTokens = <R>(
  deps: Deps,
  actor: Actor,
  decide: (document: Tokens, by: ChangeBy, tried: boolean) => Decision<Tokens, R>,
): Promise<R | NoRoom> => {
  const ids = changeIds(deps);
  let tried = false;
  return withRoom(deps, TOKENS_DEBTOR, async () => {
    const { result } = await updateTokens<R | NoRoom>(
      deps,
      (document, attempt) => {
        const current = document ?? noTokens();
        const decision = refuseIfFull(current, decide(current, { actor, now: attempt.now, ids, attempt }, tried));
        tried ||= decision.kind === "write";
        return decision;
      },
      MANAGE,
    );
    return result;
  });
};

/** The settings of a token, and the hash of the token that the edge created. */
export interface TokenInput {
  readonly name: string;
  readonly role: string;
  readonly hash: string;
  readonly dataLayers: readonly string[] | null;
  /** When the token expires (ms). */
  readonly expiresAt: number | null;
}

export type TokenCreated =
  | { readonly kind: "created"; readonly token: StoredToken }
  | { readonly kind: "too-many" }
  | { readonly kind: "over-already" }
  /**
   * One of the data layers does not exist. A token for it would see nothing, and its creator would learn that too late.
   */
  | { readonly kind: "unknown-layers"; readonly dataLayers: readonly string[] };

/** Creates a token. Throws `StoreUnavailable`. */
export const createToken = async (deps: Deps, actor: Actor, input: TokenInput): Promise<TokenCreated | NoRoom> => {
  const id = deps.ids.timeOrdered();
  const now = deps.clock.now();
  const { name, role, hash, expiresAt } = input;
  if (expiresAt !== null && expiresAt <= now) return { kind: "over-already" };
  const dataLayers = input.dataLayers === null ? null : [...new Set(input.dataLayers)];
  const layers = await Promise.all((dataLayers ?? []).map((layerId) => findLayer(deps, layerId)));
  const unknown = (dataLayers ?? []).filter((_, index) => layers[index] === null);
  if (unknown.length > 0) return { kind: "unknown-layers", dataLayers: unknown };
  const token: StoredToken = {
    id,
    name,
    role,
    hash,
    ...(dataLayers === null
      ? {}
      : { dataLayers, layerUids: layers.flatMap((layer) => (layer === null ? [] : [uidOf(layer)])) }),
    createdAt: now,
    createdBy: actor,
    ...defined({ expiresAt: expiresAt ?? undefined }),
  };
  return changeTokens<TokenCreated>(deps, actor, (document, by) => {
    // This holds also if somebody has deleted the token since: it must not come back.
    if (hasChangedTokens(document, by)) return { kind: "keep", result: { kind: "created", token } };
    if (document.tokens.length >= TOKENS) return { kind: "keep", result: { kind: "too-many" } };
    return { kind: "write", document: addToken(document, token, by), result: { kind: "created", token } };
  });
};

export type TokenDeleted = { readonly kind: "deleted" } | { readonly kind: "unknown-token" };

/** Deletes a token. Every later read refuses it. Throws `StoreUnavailable`. */
export const removeToken = (deps: Deps, actor: Actor, id: string): Promise<TokenDeleted | NoRoom> =>
  changeTokens<TokenDeleted>(deps, actor, (document, by, tried) => {
    const token = document.tokens.find((known) => known.id === id);
    if (token === undefined) return { kind: "keep", result: { kind: tried ? "deleted" : "unknown-token" } };
    return { kind: "write", document: deleteToken(document, token, by), result: { kind: "deleted" } };
  });

/** Whether a use of a token must be recorded. */
export const wantsTouch = ({ lastUsedAt }: StoredToken, now: number): boolean =>
  lastUsedAt === undefined || now - lastUsedAt >= TOUCH_EVERY;

/** Records that a token was used. Never throws: if it fails, the token's next use is recorded. */
export const recordUse = async (deps: Deps, id: string): Promise<void> => {
  try {
    await updateTokens<null>(
      deps,
      (document, { now }) => {
        const token = document?.tokens.find((known) => known.id === id);
        return document === null || token === undefined || !wantsTouch(token, now)
          ? { kind: "keep", result: null }
          : { kind: "write", document: touchToken(document, id, now), result: null };
      },
      TOUCH,
    );
  } catch (error) {
    deps.report({ kind: "trouble", where: "use of a token", error: withStoreFault("not noted", error) });
  }
};
