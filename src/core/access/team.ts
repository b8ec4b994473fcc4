import { z } from "zod/mini";
import { envelope } from "../document.ts";

/** A Netlify team. Netlify gives ids and team owners choose slugs, so a slug never counts as an id. */
export type Team = { readonly kind: "id"; readonly id: string } | { readonly kind: "slug"; readonly slug: string };

/** The team that a text names: 24 hex digits are an id, anything else is a slug. */
export const teamOf = (text: string): Team =>
  /^[0-9a-f]{24}$/i.test(text) ? { kind: "id", id: text.toLowerCase() } : { kind: "slug", slug: text };

/** An account as Netlify lists it. */
export interface Account {
  readonly id: string;
  readonly slug: string;
}

/**
 * The account that had the configured slug when the slug was first used. It is remembered, because a team can give up
 * its slug and another team can take it.
 */
export const teamSchema = z.looseObject({
  ...envelope,
  kind: z.literal("team"),
  slug: z.string(),
  accountId: z.string(),
  /** Whether the account was last seen with another slug, or another account with this slug. */
  moved: z.optional(z.boolean()),
});
export type TeamDocument = z.infer<typeof teamSchema>;

/** The account of a team's slug, as far as a caller's accounts prove it. */
export interface TeamAccount {
  /** The team's account; null if the slug was never seen. */
  readonly accountId: string | null;
  /** The document to write; null if it is up to date. */
  readonly write: TeamDocument | null;
}

/** Finds the account of a slug: the remembered account, or the one that has the slug now. */
export const findTeamAccount = (
  document: TeamDocument | null,
  slug: string,
  accounts: readonly Account[],
): TeamAccount => {
  const slugOwner = accounts.find((account) => account.slug === slug);
  if (document?.slug !== slug) {
    if (slugOwner === undefined) return { accountId: null, write: null };
    const { id: accountId } = slugOwner;
    const first = { v: 1, rev: 0, by: "", at: 0, kind: "team" as const, slug, accountId };
    return { accountId, write: first };
  }
  const { accountId, moved = false } = document;
  const known = accounts.find(({ id }) => id === accountId);
  const movedNow = known === undefined ? moved || slugOwner !== undefined : known.slug !== slug;
  return { accountId, write: movedNow === moved ? null : { ...document, moved: movedNow } };
};
