import { type Account, findTeamAccount } from "../../core/access/team.ts";
import { SECOND } from "../../core/durations.ts";
import type { Deps } from "../deps.ts";
import { type Effort, readTeam, updateTeam } from "../stored/documents.ts";

/** A short effort, because a person waits to sign in. */
const SEE: Effort = { budget: 2 * SECOND, attempts: 4, polite: true };

/**
 * The id of the account with a team's slug, given the accounts of a caller; null if no account is known. The first
 * account seen with the slug is remembered in the store. Throws `StoreUnavailable`.
 */
export const accountOfSlug = async (deps: Deps, slug: string, accounts: readonly Account[]): Promise<string | null> => {
  const { result } = await updateTeam<string | null>(
    deps,
    (document) => {
      const { accountId, write } = findTeamAccount(document, slug, accounts);
      return write === null
        ? { kind: "keep", result: accountId }
        : { kind: "write", document: write, result: accountId };
    },
    SEE,
  );
  return result;
};

/** Whether the slug belongs to another account than at its first use. Throws `StoreUnavailable`. */
export const hasMoved = async (deps: Deps, slug: string): Promise<boolean> => {
  const document = await readTeam(deps);
  return document?.slug === slug && document.moved === true;
};
