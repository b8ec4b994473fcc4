import { describe, expect, test } from "vitest";
import { DOCUMENT_BYTES, NAME_CHARS, RECENT, TOKEN_LAYERS, TOKENS } from "../../src/core/limits.ts";
import { hasRoom } from "../../src/core/owed.ts";
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
} from "../../src/core/tokens.ts";
import { aChange, ada, counter } from "../support/builders.ts";

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

  test("one is expired from the very moment it says, and never if it says none", () => {
    expect(isExpired(aToken({ expiresAt: 10 }), 9)).toBe(false);
    expect(isExpired(aToken({ expiresAt: 10 }), 10)).toBe(true);
    expect(isExpired(aToken(), Number.MAX_SAFE_INTEGER)).toBe(false);
  });

  test("deleting one leaves the others, and its entry says which it was", () => {
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

  test("before the first there is a list of none, which is a document like any other", () => {
    const empty = noTokens();
    expect(empty).toEqual({ v: 1, rev: 0, by: "", at: 0, kind: "tokens", tokens: [], recent: [], owed: [] });
    expect(tokensSchema.parse(empty)).toEqual(empty);
  });

  test("changes are remembered, as many as a lost reply may need and no more", () => {
    let document = noTokens();
    for (let i = 0; i < RECENT + 5; i += 1) document = addToken(document, aToken(), aChange({ requestId: `r${i}` }));
    expect(document.recent).toHaveLength(RECENT);
    expect(document.recent.at(-1)).toBe(`r${RECENT + 4}`);
  });

  test("as many as there may be, each as large as it may be, with all that may be owed, fit into a document", () => {
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
  test("are kept until they would have ended, and the newest 500 of them", () => {
    let document = noTokens();
    for (let i = 0; i < 600; i += 1) document = endSession(document, { id: `session-${i}`, until: 1000 + i }, 0);
    expect(document.endedSessions).toHaveLength(500);
    expect([hasEnded(document, "session-99"), hasEnded(document, "session-100")]).toEqual([false, true]);
    document = endSession(document, { id: "last", until: 5000 }, 1598);
    expect(document.endedSessions).toEqual([
      { id: "last", until: 5000 },
      { id: "session-599", until: 1599 },
    ]);
  });
});
