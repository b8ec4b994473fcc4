import { z } from "zod/mini";
import { envelope } from "../document.ts";
import { type ChangeBy, type LayerDocument, uidOf } from "../layer/layer.ts";
import { ENDED_SESSIONS, ENDED_SESSIONS_OF_ONE, RECENT } from "../limits.ts";
import { type AuditAction, type AuditEntry, type Owed, oweAudit, owedSchema } from "../owed.ts";
import { actorSchema } from "../slot/slot.ts";

/** A bearer token that was made at run time. The token itself is nowhere: only its hash is. */
export const storedTokenSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  role: z.string(),
  /** SHA-256 of the token, in hex. A token is 256 random bits, so there is nothing to guess and no need for a slow hash. */
  hash: z.string(),
  /** The data layers it sees and changes; absent: all of them. */
  dataLayers: z.optional(z.array(z.string())),
  /** The uid of each, in the same order: an id may be used anew. Absent: the release before made this token. */
  layerUids: z.optional(z.array(z.string())),
  createdAt: z.number(),
  createdBy: actorSchema,
  /** From then on it is refused (ms); absent: never. */
  expiresAt: z.optional(z.number()),
  /** Moved once in a while, not at every use. */
  lastUsedAt: z.optional(z.number()),
});
export type StoredToken = z.infer<typeof storedTokenSchema>;

/** A session as its end is recorded. */
export interface Session {
  /** A digest of its cookie. */
  readonly id: string;
  /** What it rests on: a token, or an account. */
  readonly holder: string;
  /** When it was begun, and when it ends by itself (ms). */
  readonly begun: number;
  readonly until: number;
}

/** A session that was ended. The release before knows neither its holder nor its beginning. */
const endedSessionSchema = z.looseObject({
  id: z.string(),
  until: z.number(),
  holder: z.optional(z.string()),
  begun: z.optional(z.number()),
});
type EndedSession = z.infer<typeof endedSessionSchema>;

/** Every session of a holder that was begun until a time is over. */
const endedHolderSchema = z.looseObject({ holder: z.string(), begunUntil: z.number(), until: z.number() });

/** All tokens there are: one document, so that a token is made or gone in one write. */
export const tokensSchema = z.looseObject({
  ...envelope,
  kind: z.literal("tokens"),
  tokens: z.array(storedTokenSchema),
  /** Sessions that a person ended before their time. */
  endedSessions: z.optional(z.array(endedSessionSchema)),
  /** Holders who ended so many sessions that these are no longer kept one by one. */
  endedHolders: z.optional(z.array(endedHolderSchema)),
  /** Changes remembered by id: one whose reply was lost is not made again. */
  recent: z.array(z.string()),
  owed: z.array(owedSchema),
});
export type Tokens = z.infer<typeof tokensSchema>;

/** Before the first token was made. */
export const noTokens = (): Tokens => ({
  v: 1,
  rev: 0,
  by: "",
  at: 0,
  kind: "tokens",
  tokens: [],
  recent: [],
  owed: [],
});

/**
 * Whether a token is for this very layer (or for the one that was deleted), not for another one under the same id. A
 * token without uids was made while its layers existed, so a layer that is younger is not one of them.
 */
export const isForLayer = (
  { dataLayers, layerUids, createdAt }: Pick<StoredToken, "dataLayers" | "layerUids" | "createdAt">,
  layer: LayerDocument,
): boolean => {
  if (dataLayers === undefined) return true;
  const index = dataLayers.indexOf(layer.id);
  if (index === -1) return false;
  const uid = layerUids?.[index];
  if (uid === undefined) return layer.kind === "layer" && layer.createdAt <= createdAt;
  return uid === (layer.kind === "layer" ? uidOf(layer) : layer.uid);
};

/** Whether a token is refused because its time is over. */
export const isExpired = ({ expiresAt }: Pick<StoredToken, "expiresAt">, now: number): boolean =>
  expiresAt !== undefined && expiresAt <= now;

const audit = ({ id, name }: StoredToken, by: ChangeBy, action: AuditAction, detail: AuditEntry["detail"]): Owed =>
  oweAudit({
    id: by.ids.auditIds[0],
    at: by.now,
    actor: by.actor,
    action,
    target: { type: "token", id, name },
    dataLayerId: null,
    detail,
  });

const changed = (document: Tokens, by: ChangeBy, tokens: StoredToken[], entry: Owed): Tokens => ({
  ...document,
  tokens,
  recent: [...document.recent, by.ids.requestId].slice(-RECENT),
  owed: [...document.owed, entry],
});

/** Whether a change under this id stands already, or stood. */
export const hasChangedTokens = ({ recent }: Tokens, by: ChangeBy): boolean => recent.includes(by.ids.requestId);

/** Adds a token. */
export const addToken = (document: Tokens, token: StoredToken, by: ChangeBy): Tokens => {
  const { role, dataLayers = null, expiresAt = null } = token;
  const entry = audit(token, by, "token.created", { role, dataLayers, expiresAt });
  return changed(document, by, [...document.tokens, token], entry);
};

/** Deletes a token: from this write on it is refused. */
export const deleteToken = (document: Tokens, token: StoredToken, by: ChangeBy): Tokens => {
  const left = document.tokens.filter(({ id }) => id !== token.id);
  return changed(document, by, left, audit(token, by, "token.deleted", { role: token.role }));
};

/** Whether a session was ended. */
export const hasEnded = ({ endedSessions = [], endedHolders = [] }: Tokens, session: Session): boolean =>
  endedSessions.some(({ id }) => id === session.id) ||
  endedHolders.some(({ holder, begunUntil }) => holder === session.holder && session.begun <= begunUntil);

/** The holder whose ended sessions are too many; null: none is. */
const crowded = (ended: readonly EndedSession[]): string | null => {
  const counts = new Map<string, number>();
  for (const { holder } of ended) if (holder !== undefined) counts.set(holder, (counts.get(holder) ?? 0) + 1);
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  if (most === undefined) return null;
  return most[1] > ENDED_SESSIONS_OF_ONE || ended.length > ENDED_SESSIONS ? most[0] : null;
};

/**
 * Ends a session. Of a holder who ended too many, all that were begun until the newest of these are ended together: no
 * holder can push out what another one ended.
 */
export const endSession = (document: Tokens, session: Session, now: number): Tokens => {
  const lasting = <T extends { readonly until: number }>(items: readonly T[] = []): T[] =>
    items.filter(({ until }) => until > now);
  const standing = lasting(document.endedSessions).filter(({ id }) => id !== session.id);
  const ended: EndedSession[] = [...standing, { ...session }];
  const holders = lasting(document.endedHolders);
  const holder = crowded(ended);
  if (holder === null) return { ...document, endedSessions: ended, endedHolders: holders };
  const theirs = ended.filter((one) => one.holder === holder);
  const together = {
    holder,
    begunUntil: Math.max(...theirs.map(({ begun = 0 }) => begun)),
    until: Math.max(...theirs.map(({ until }) => until)),
  };
  return {
    ...document,
    endedSessions: ended.filter((one) => one.holder !== holder),
    endedHolders: [...holders.filter((one) => one.holder !== holder), together].slice(-ENDED_SESSIONS),
  };
};

/** Notes that a token was used. */
export const touchToken = (document: Tokens, id: string, now: number): Tokens => ({
  ...document,
  tokens: document.tokens.map((token) => (token.id === id ? { ...token, lastUsedAt: now } : token)),
});
