import { z } from "zod/mini";
import { defined } from "../defined.ts";
import { envelope } from "../document.ts";
import { type ChangeBy, type LayerDocument, uidOf } from "../layer/layer.ts";
import { ENDED_SESSIONS, ENDED_SESSIONS_OF_ONE, RECENT } from "../limits.ts";
import { type AuditAction, type AuditEntry, type Owed, oweAudit, owedSchema } from "../owed.ts";
import { actorSchema } from "../slot/sync.ts";

/** A bearer token created at run time. Only the hash of the token is stored. */
export const storedTokenSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  role: z.string(),
  /** SHA-256 of the token, in hex. A token is 256 random bits, so a slow hash would add nothing. */
  hash: z.string(),
  /** The data layers that the token may see and change; absent: all of them. */
  dataLayers: z.optional(z.array(z.string())),
  /**
   * The uid of each data layer, in the same order, because an id may be used again. Absent in tokens of the release
   * before.
   */
  layerUids: z.optional(z.array(z.string())),
  createdAt: z.number(),
  createdBy: actorSchema,
  /** When the token expires (ms); absent: never. */
  expiresAt: z.optional(z.number()),
  /** Updated at most once in ten minutes. */
  lastUsedAt: z.optional(z.number()),
});
export type StoredToken = z.infer<typeof storedTokenSchema>;

/** An ended session. */
export interface Session {
  /** A digest of the session's cookie. */
  readonly id: string;
  /** The token or account that began the session. */
  readonly holder: string;
  /** When the session began, and when it expires by itself (ms). */
  readonly begun: number;
  readonly until: number;
}

/** An ended session as it is stored. The release before stored neither holder nor beginning. */
const endedSessionSchema = z.looseObject({
  id: z.string(),
  until: z.number(),
  holder: z.optional(z.string()),
  begun: z.optional(z.number()),
});
type EndedSession = z.infer<typeof endedSessionSchema>;

/** Ends every session of a holder that began at `begunUntil` or before. */
const endedHolderSchema = z.looseObject({ holder: z.string(), begunUntil: z.number(), until: z.number() });

/** All tokens in one document, so that one write creates or deletes a token. The team's plan is stored with them. */
export const tokensSchema = z.looseObject({
  ...envelope,
  kind: z.literal("tokens"),
  tokens: z.array(storedTokenSchema),
  /** Sessions that a person ended before they expired. */
  endedSessions: z.optional(z.array(endedSessionSchema)),
  /** Holders who ended so many sessions that these are no longer stored one by one. */
  endedHolders: z.optional(z.array(endedHolderSchema)),
  /** The credits that the team's plan has in a month; absent: nobody said. */
  planCredits: z.optional(z.number()),
  /** Changes remembered by id, so that a change whose reply was lost is not made again. */
  recent: z.array(z.string()),
  owed: z.array(owedSchema),
});
export type Tokens = z.infer<typeof tokensSchema>;

/** The document before the first token was created. */
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
 * Whether a token is for this very layer (or its tombstone), and not for another layer of the same id. A token without
 * uids was created while its layers existed, so a younger layer is not among them.
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

/** Whether a token has expired. */
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

const withChange = (document: Tokens, by: ChangeBy, tokens: StoredToken[], entry: Owed): Tokens => ({
  ...document,
  tokens,
  recent: [...document.recent, by.ids.requestId].slice(-RECENT),
  owed: [...document.owed, entry],
});

/** Whether a change under this id has already been made. */
export const hasChangedTokens = ({ recent }: Tokens, by: ChangeBy): boolean => recent.includes(by.ids.requestId);

/** Adds a token. */
export const addToken = (document: Tokens, token: StoredToken, by: ChangeBy): Tokens => {
  const { role, dataLayers = null, expiresAt = null } = token;
  const entry = audit(token, by, "token.created", { role, dataLayers, expiresAt });
  return withChange(document, by, [...document.tokens, token], entry);
};

/** Deletes a token, which is refused from this write on. */
export const deleteToken = (document: Tokens, token: StoredToken, by: ChangeBy): Tokens => {
  const left = document.tokens.filter(({ id }) => id !== token.id);
  return withChange(document, by, left, audit(token, by, "token.deleted", { role: token.role }));
};

/** Stores the credits that the team's plan has in a month; null: nobody says. */
export const setPlan = (document: Tokens, credits: number | null, by: ChangeBy): Tokens => {
  const { planCredits: former, ...rest } = document;
  const entry = oweAudit({
    id: by.ids.auditIds[0],
    at: by.now,
    actor: by.actor,
    action: "plan.updated",
    target: { type: "plan", id: "plan", name: "Plan" },
    dataLayerId: null,
    ...defined({ requestId: by.ids.asked }),
    detail: { before: former ?? null, credits },
  });
  return withChange({ ...rest, ...defined({ planCredits: credits ?? undefined }) }, by, document.tokens, entry);
};

/** Whether a session was ended. */
export const hasEnded = ({ endedSessions = [], endedHolders = [] }: Tokens, session: Session): boolean =>
  endedSessions.some(({ id }) => id === session.id) ||
  endedHolders.some(({ holder, begunUntil }) => holder === session.holder && session.begun <= begunUntil);

/** The holder with the most ended sessions, if they are too many; null: none has too many. */
const crowdedHolder = (ended: readonly EndedSession[]): string | null => {
  const counts = new Map<string, number>();
  for (const { holder } of ended) if (holder !== undefined) counts.set(holder, (counts.get(holder) ?? 0) + 1);
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  if (most === undefined) return null;
  return most[1] > ENDED_SESSIONS_OF_ONE || ended.length > ENDED_SESSIONS ? most[0] : null;
};

/**
 * Ends a session. If its holder has ended too many, all of the holder's sessions that began before the newest of them
 * end together, so that no holder pushes out what another ended.
 */
export const endSession = (document: Tokens, session: Session, now: number): Tokens => {
  const unexpired = <T extends { readonly until: number }>(items: readonly T[] = []): T[] =>
    items.filter(({ until }) => until > now);
  const others = unexpired(document.endedSessions).filter(({ id }) => id !== session.id);
  const ended: EndedSession[] = [...others, { ...session }];
  const holders = unexpired(document.endedHolders);
  const holder = crowdedHolder(ended);
  if (holder === null) return { ...document, endedSessions: ended, endedHolders: holders };
  const sessionsOfHolder = ended.filter((one) => one.holder === holder);
  const endOfAll = {
    holder,
    begunUntil: Math.max(...sessionsOfHolder.map(({ begun = 0 }) => begun)),
    until: Math.max(...sessionsOfHolder.map(({ until }) => until)),
  };
  return {
    ...document,
    endedSessions: ended.filter((one) => one.holder !== holder),
    endedHolders: [...holders.filter((one) => one.holder !== holder), endOfAll].slice(-ENDED_SESSIONS),
  };
};

/** Notes that a token was used. */
export const touchToken = (document: Tokens, id: string, now: number): Tokens => ({
  ...document,
  tokens: document.tokens.map((token) => (token.id === id ? { ...token, lastUsedAt: now } : token)),
});
