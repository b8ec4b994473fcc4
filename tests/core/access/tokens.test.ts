import { describe, expect, test } from "vitest";
import {
  addToken,
  deleteToken,
  endSession,
  hasChangedTokens,
  hasEnded,
  isExpired,
  noTokens,
  type StoredToken,
  tokensSchema,
  touchToken,
} from "../../../src/core/access/tokens.ts";
import { DOCUMENT_BYTES, NAME_CHARS, RECENT, TOKEN_LAYERS, TOKENS } from "../../../src/core/limits.ts";
import { hasRoom } from "../../../src/core/owed.ts";
import { aChange, ada, counter } from "../../support/builders.ts";

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
});
