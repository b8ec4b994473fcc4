import { describe, expect, test } from "vitest";
import {
  addToken,
  deleteToken,
  endSession,
  hasChangedTokens,
  hasEnded,
  isExpired,
  isForLayer,
  noTokens,
  type StoredToken,
  setPlan,
  tokensSchema,
  touchToken,
} from "../../../src/core/access/tokens.ts";
import { tombstone } from "../../../src/core/layer/configureLayer.ts";
import { uidOf } from "../../../src/core/layer/layer.ts";
import {
  DOCUMENT_BYTES,
  ENDED_SESSIONS,
  ENDED_SESSIONS_OF_ONE,
  NAME_CHARS,
  RECENT,
  TOKEN_LAYERS,
  TOKENS,
} from "../../../src/core/limits.ts";
import { hasRoom } from "../../../src/core/owed.ts";
import { aChange, ada, aLayer, counter, START } from "../../support/builders.ts";

const next = counter("token-");
const aToken = (more: Partial<StoredToken> = {}): StoredToken => ({
  id: next(),
  name: "The dashboard",
  role: "Developer",
  hash: "f".repeat(64),
  createdAt: 1,
  createdBy: ada,
  ...more,
});

describe("the credits of the team's plan", () => {
  const by = aChange({ now: START, requestId: "r" });
  const asked = { ...by, ids: { ...by.ids, asked: "request-7" } };

  test("a plan's credits are stored with an audit entry that says what they were, and leave the tokens as they are", () => {
    const made = addToken(noTokens(), aToken(), aChange());
    const planned = setPlan(made, 3000, asked);
    expect(planned).toMatchObject({ planCredits: 3000, tokens: made.tokens });
    expect(planned.owed).toEqual([
      ...made.owed,
      {
        kind: "audit",
        id: "r-audit-1",
        entry: {
          ...{ id: "r-audit-1", at: START, actor: ada, action: "plan.updated", dataLayerId: null },
          ...{ target: { type: "plan", id: "plan", name: "Plan" }, requestId: "request-7" },
          detail: { before: null, credits: 3000 },
        },
      },
    ]);
    expect(hasChangedTokens(planned, by)).toBe(true);
  });

  test("a plan that nobody names any more leaves no credits behind, and the audit log says what they were", () => {
    const removed = setPlan(setPlan(noTokens(), 3000, aChange()), null, by);
    expect("planCredits" in removed).toBe(false);
    const entry = removed.owed.at(-1);
    expect(entry?.kind === "audit" && [entry.entry.detail, "requestId" in entry.entry]).toEqual([
      { before: 3000, credits: null },
      false,
    ]);
  });
});

describe("tokens that are made at run time", () => {
  test("a change owes one entry that names the token and not its hash", () => {
    const token = aToken({ dataLayers: ["layer-1"], expiresAt: 9 });
    const made = addToken(noTokens(), token, aChange());
    const gone = deleteToken(made, token, aChange());
    expect(gone.tokens).toEqual([]);
    expect(gone.owed.map((owed) => owed.kind === "audit" && [owed.entry.action, owed.entry.detail])).toEqual([
      ["token.created", { role: "Developer", dataLayers: ["layer-1"], expiresAt: 9 }],
      ["token.deleted", { role: "Developer" }],
    ]);
    expect(JSON.stringify(gone.owed)).not.toContain(token.hash);
  });

  test("a use moves the time of that token alone, and owes nothing", () => {
    const [first, second] = [aToken(), aToken()];
    const made = addToken(addToken(noTokens(), first, aChange()), second, aChange());
    const touched = touchToken(made, second.id, 7);
    expect(touched.tokens.map(({ lastUsedAt }) => lastUsedAt)).toEqual([undefined, 7]);
    expect(touched.owed).toEqual(made.owed);
  });

  test("a token is expired from the very moment it says, and never if it says none", () => {
    expect(isExpired(aToken({ expiresAt: 10 }), 9)).toBe(false);
    expect(isExpired(aToken({ expiresAt: 10 }), 10)).toBe(true);
    expect(isExpired(aToken(), Number.MAX_SAFE_INTEGER)).toBe(false);
  });

  test("a deleted token leaves the others, and its entry says which it was", () => {
    const [first, second] = [aToken(), aToken({ name: "CI" })];
    const made = addToken(addToken(noTokens(), first, aChange()), second, aChange());
    const left = deleteToken(made, second, aChange());
    expect(left.tokens).toEqual([first]);
    const [entry] = left.owed.slice(-1);
    expect(entry?.kind === "audit" && entry.entry.target).toEqual({ type: "token", id: second.id, name: "CI" });
  });

  test("a change is known by its id once it was made", () => {
    const by = aChange();
    const made = addToken(noTokens(), aToken(), by);
    expect([hasChangedTokens(made, by), hasChangedTokens(made, aChange()), hasChangedTokens(noTokens(), by)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test("a list of tokens is empty before the first, and a document like any other", () => {
    const empty = noTokens();
    expect(empty).toEqual({ v: 1, rev: 0, by: "", at: 0, kind: "tokens", tokens: [], recent: [], owed: [] });
    expect(tokensSchema.parse(empty)).toEqual(empty);
  });

  test("a list of tokens remembers changes, as many as a lost reply may need and no more", () => {
    let document = noTokens();
    for (let i = 0; i < RECENT + 5; i += 1) document = addToken(document, aToken(), aChange({ requestId: `r${i}` }));
    expect(document.recent).toHaveLength(RECENT);
    expect(document.recent.at(-1)).toBe(`r${RECENT + 4}`);
  });

  test("a list of the most tokens, each of the largest size, fits into a document with a full outbox", () => {
    const name = "語".repeat(NAME_CHARS);
    const actor = { id: `netlify:${"x".repeat(120)}`, name, email: `${"x".repeat(240)}@example.com` };
    let document = noTokens();
    for (let i = 0; i < TOKENS; i += 1) {
      const dataLayers = Array.from({ length: TOKEN_LAYERS }, () => "x".repeat(128));
      const token = aToken({
        name,
        role: "語".repeat(40),
        dataLayers,
        createdBy: actor,
        expiresAt: 1e12,
        lastUsedAt: 1e12,
      });
      const added = addToken(document, token, { ...aChange(), actor });
      document = hasRoom(document) ? added : { ...added, owed: document.owed };
    }
    expect(hasRoom(document)).toBe(false);
    expect(Buffer.byteLength(JSON.stringify(document))).toBeLessThan(DOCUMENT_BYTES);
  });
});

describe("the layers of a token", () => {
  const layer = aLayer();
  const uid = uidOf(layer);
  const other = aLayer({}, { uid: "another life" });

  test("a token without data layers is for all of them", () => {
    for (const document of [layer, other, tombstone(layer, aChange())]) {
      expect(isForLayer(aToken(), document)).toBe(true);
    }
    expect(isForLayer(aToken({ dataLayers: [] }), layer)).toBe(false);
  });

  test("a token is for the very layers that it was created for, and for no later layer of the same id", () => {
    const token = aToken({ dataLayers: ["layer-0", "layer-1"], layerUids: ["another life", uid] });
    expect(isForLayer(token, layer)).toBe(true);
    expect(isForLayer(token, other)).toBe(false);
    expect(isForLayer(token, tombstone(layer, aChange()))).toBe(true);
    expect(isForLayer(token, tombstone(other, aChange()))).toBe(false);
    expect(isForLayer(token, { ...layer, id: "layer-2" })).toBe(false);
    const { uid: _uid, ...old } = layer;
    const byTime = aToken({ dataLayers: ["layer-1"], layerUids: [String(START)] });
    expect([isForLayer(byTime, old), isForLayer(byTime, layer)]).toEqual([true, false]);
    const { uid: _deleted, ...oldTombstone } = tombstone(layer, aChange());
    expect(isForLayer(byTime, oldTombstone)).toBe(false);
  });

  test("a token of the release before is for no layer that is younger than the token, and for no deleted one", () => {
    const token = (createdAt: number, layerUids?: string[]) =>
      aToken({ dataLayers: ["layer-1"], createdAt, ...(layerUids && { layerUids }) });
    expect(isForLayer(token(START), layer)).toBe(true);
    expect(isForLayer(token(START - 1), layer)).toBe(false);
    expect(isForLayer(token(START, []), layer)).toBe(true);
    expect(isForLayer(token(START), { ...layer, id: "layer-2" })).toBe(false);
    expect(isForLayer(token(START), tombstone(layer, aChange()))).toBe(false);
  });
});

describe("ended sessions", () => {
  const session = (holder: string, number: number) => ({
    id: `${holder} ${number}`,
    holder,
    begun: number,
    until: 100_000 + number,
  });

  test("an ended session is kept until it would have ended by itself", () => {
    const document = [1, 2, 3].reduce((tokens, n) => endSession(tokens, session("ada", n), 0), noTokens());
    expect([1, 2, 3, 4].map((n) => hasEnded(document, session("ada", n)))).toEqual([true, true, true, false]);
    const later = endSession(document, session("ada", 9), 100_002);
    expect(later.endedSessions?.map(({ id }) => id)).toEqual(["ada 3", "ada 9"]);
  });

  test("ended sessions of one holder, however many, push out no session that another holder ended", () => {
    let document = endSession(noTokens(), session("owner", 0), 0);
    for (let i = 1; i <= 2000; i += 1) document = endSession(document, session("reader", i), 0);
    expect(hasEnded(document, session("owner", 0))).toBe(true);
    expect(hasEnded(document, session("owner", 1))).toBe(false);
    for (const i of [1, 1000, 2000]) expect(hasEnded(document, session("reader", i))).toBe(true);
    // One begun since goes on.
    expect(hasEnded(document, session("reader", 2001))).toBe(false);
    expect(document.endedSessions?.length).toBeLessThanOrEqual(21);
  });

  test("ended sessions of many holders stay a bounded number, and all of them stay ended", () => {
    let document = noTokens();
    const all = Array.from({ length: 1000 }, (_, i) => session(`holder ${i % 60}`, i));
    for (const one of all) document = endSession(document, one, 0);
    expect(all.filter((one) => !hasEnded(document, one))).toEqual([]);
    expect(document.endedSessions?.length).toBeLessThanOrEqual(500);
  });

  test("a session that ended twice is kept once, and one that expired is kept no longer", () => {
    const one = session("ada", 1);
    const twice = endSession(endSession(noTokens(), one, 0), one, 0);
    expect(twice.endedSessions).toEqual([one]);
    const at = (now: number) => endSession(twice, session("bob", 50), now).endedSessions?.map(({ id }) => id);
    expect(at(one.until - 1)).toEqual(["ada 1", "bob 50"]);
    expect(at(one.until)).toEqual(["bob 50"]);
    const holder = { holder: "eve", begunUntil: 5, until: 100 };
    const held = { ...noTokens(), endedHolders: [holder] };
    expect(endSession(held, one, 99).endedHolders).toEqual([holder]);
    expect(endSession(held, one, 100).endedHolders).toEqual([]);
  });

  test("a holder's sessions end one by one up to a bound, and with the next one all end that began until then", () => {
    let document = noTokens();
    for (let i = 1; i <= ENDED_SESSIONS_OF_ONE; i += 1) document = endSession(document, session("ada", i), 0);
    expect([document.endedSessions?.length, document.endedHolders]).toEqual([ENDED_SESSIONS_OF_ONE, []]);
    const older = endSession(document, session("ada", 0), 0);
    expect([older.endedSessions, older.endedHolders]).toEqual([
      [],
      [{ holder: "ada", begunUntil: ENDED_SESSIONS_OF_ONE, until: 100_000 + ENDED_SESSIONS_OF_ONE }],
    ]);
    expect([older, noTokens()].map((tokens) => hasEnded(tokens, session("bob", 1)))).toEqual([false, false]);
    const again = endSession(
      Array.from({ length: ENDED_SESSIONS_OF_ONE }, (_, i) => i + 30).reduce(
        (tokens, i) => endSession(tokens, session("ada", i), 0),
        older,
      ),
      session("ada", 60),
      0,
    );
    expect(again.endedHolders).toEqual([{ holder: "ada", begunUntil: 60, until: 100_060 }]);
  });

  test("an ended session of the release before has no holder, and is never one of too many", () => {
    const unnamed = Array.from({ length: ENDED_SESSIONS }, (_, i) => ({ id: `old ${i}`, until: 100 }));
    const full = endSession({ ...noTokens(), endedSessions: unnamed }, session("ada", 1), 0);
    expect([full.endedSessions, full.endedHolders]).toEqual([
      unnamed,
      [{ holder: "ada", begunUntil: 1, until: 100_001 }],
    ]);
    const roomy = { ...noTokens(), endedSessions: unnamed.slice(1) };
    expect(endSession(roomy, session("ada", 1), 0).endedHolders).toEqual([]);
    const alone = { ...noTokens(), endedSessions: Array.from({ length: 30 }, (_, i) => ({ id: `${i}`, until: 100 })) };
    expect(endSession(alone, session("ada", 1), 0).endedSessions).toHaveLength(31);
    const begunUnknown = Array.from({ length: ENDED_SESSIONS_OF_ONE }, (_, i) => ({
      ...{ id: `${i}`, holder: "ada", until: 100 },
    }));
    const ended = endSession({ ...noTokens(), endedSessions: begunUnknown }, { ...session("ada", 7), until: 50 }, 0);
    expect(ended.endedHolders).toEqual([{ holder: "ada", begunUntil: 7, until: 100 }]);
  });

  test("the holders with too many ended sessions are kept up to a bound, the newest", () => {
    const endedHolders = Array.from({ length: ENDED_SESSIONS }, (_, i) => ({
      ...{ holder: `h${i}`, begunUntil: 1, until: 100 },
    }));
    const many = Array.from({ length: ENDED_SESSIONS_OF_ONE }, (_, i) => session("ada", i));
    const document = endSession({ ...noTokens(), endedSessions: many, endedHolders }, session("ada", 99), 0);
    expect(document.endedHolders).toHaveLength(ENDED_SESSIONS);
    expect([document.endedHolders?.[0]?.holder, document.endedHolders?.at(-1)?.holder]).toEqual(["h1", "ada"]);
  });

  test("the holder with the most ended sessions is the one whose sessions all end, and the others keep theirs", () => {
    const bob = { ...session("bob", 99_999), until: 999_999 };
    let document = endSession(noTokens(), bob, 0);
    for (let i = 0; i <= ENDED_SESSIONS_OF_ONE; i += 1) document = endSession(document, session("ada", i), 0);
    expect(document.endedSessions).toEqual([bob]);
    const last = ENDED_SESSIONS_OF_ONE;
    expect(document.endedHolders).toEqual([{ holder: "ada", begunUntil: last, until: 100_000 + last }]);
  });

  test("a holder's sessions that began at the last ended one's beginning are ended too", () => {
    const document = { ...noTokens(), endedHolders: [{ holder: "ada", begunUntil: 5, until: 100 }] };
    expect([4, 5, 6].map((begun) => hasEnded(document, { ...session("ada", 0), begun }))).toEqual([true, true, false]);
    expect(hasEnded(document, { ...session("bob", 0), begun: 4 })).toBe(false);
  });
});
