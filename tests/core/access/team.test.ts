import { describe, expect, test } from "vitest";
import { boundedActor } from "../../../src/core/access/boundedActor.ts";
import { findTeamAccount, type TeamDocument, teamOf, teamSchema } from "../../../src/core/access/team.ts";
import { jsonBytes } from "../../../src/core/bytes.ts";
import { ACTOR_EMAIL_BYTES, ACTOR_ID_BYTES, ACTOR_NAME_BYTES } from "../../../src/core/limits.ts";

describe("the name of a team", () => {
  test("a team's name of 24 hexadecimal digits is an id, in small letters, and any other name is a slug", () => {
    const id = "5f3a0123456789abcdefABCD";
    expect(teamOf(id)).toEqual({ kind: "id", id: id.toLowerCase() });
    for (const slug of ["acme", id.slice(1), `${id}0`, `x${id}`, `${id}x`, id.replace("5", "g"), ""]) {
      expect(teamOf(slug)).toEqual({ kind: "slug", slug });
    }
  });
});

describe("the account of a team's slug", () => {
  const acme = { id: "a1", slug: "acme" };
  const other = { id: "b2", slug: "other" };
  const known = (fields: Partial<TeamDocument> = {}): TeamDocument => ({
    ...{ v: 1, rev: 3, by: "x", at: 9, kind: "team", slug: "acme", accountId: "a1" },
    ...fields,
  });

  test("a slug's account is the one that has it when it is first used, and is remembered", () => {
    const first = { v: 1, rev: 0, by: "", at: 0, kind: "team", slug: "acme", accountId: "a1" };
    expect(findTeamAccount(null, "acme", [other, acme])).toEqual({ accountId: "a1", write: first });
    expect(teamSchema.parse(first)).toEqual(first);
    expect(findTeamAccount(known({ slug: "former" }), "acme", [acme])).toEqual({ accountId: "a1", write: first });
    for (const document of [null, known({ slug: "former" })]) {
      expect(findTeamAccount(document, "acme", [other])).toEqual({ accountId: null, write: null });
    }
  });

  test("a slug that another account took still means the account that was remembered", () => {
    const taken = { id: "c3", slug: "acme" };
    expect(findTeamAccount(known(), "acme", [other, taken])).toEqual({
      accountId: "a1",
      write: known({ moved: true }),
    });
    const renamed = { id: "a1", slug: "acme-2" };
    expect(findTeamAccount(known(), "acme", [renamed])).toEqual({ accountId: "a1", write: known({ moved: true }) });
    expect(findTeamAccount(known(), "acme", [renamed, taken]).write).toEqual(known({ moved: true }));
  });

  test("a remembered account is written again only if it moved, or came back", () => {
    for (const accounts of [[acme], [acme, other], [other], []]) {
      expect(findTeamAccount(known(), "acme", accounts)).toEqual({ accountId: "a1", write: null });
    }
    const moved = known({ moved: true });
    for (const accounts of [[other], [], [{ id: "c3", slug: "acme" }], [{ id: "a1", slug: "acme-2" }]]) {
      expect(findTeamAccount(moved, "acme", accounts)).toEqual({ accountId: "a1", write: null });
    }
    expect(findTeamAccount(moved, "acme", [acme])).toEqual({ accountId: "a1", write: known({ moved: false }) });
    expect(findTeamAccount(known({ moved: false }), "acme", [acme]).write).toBeNull();
  });
});

describe("a stored actor", () => {
  test("an actor's texts are each cut to their own bound", () => {
    const long = "é".repeat(500);
    const { id, name, email } = boundedActor({ id: long, name: long, email: long });
    expect([id, name, email].map(jsonBytes)).toEqual([ACTOR_ID_BYTES, ACTOR_NAME_BYTES, ACTOR_EMAIL_BYTES]);
    const short = { id: "ada", name: "Ada", email: "ada@example.com" };
    expect(boundedActor(short)).toEqual(short);
    expect(boundedActor({ ...short, id: long, more: 1 })).toEqual({ ...short, id });
  });
});
