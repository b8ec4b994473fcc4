import { type Account, seeTeam } from "../../core/access/team.ts";
import { SECOND } from "../../core/durations.ts";
import type { Deps } from "../deps.ts";
import { type Effort, readTeam, updateTeam } from "../stored/documents.ts";

/** A person waits for this to sign in. */
const SEE: Effort = { budget: 2 * SECOND, attempts: 4, polite: true };

/**
 * The id of the account that a team's slug stands for, given the accounts of whoever calls; null if no account is known
 * for it. The first account seen under the slug is remembered in the store. Throws `StoreUnavailable`.
 */
export const accountOfSlug = async (deps: Deps, slug: string, accounts: readonly Account[]): Promise<string | null> => {
  const { result } = await updateTeam<string | null>(
    deps,
    (document) => {
      const { accountId, write } = seeTeam(document, slug, accounts);
      return write === null
        ? { kind: "keep", result: accountId }
        : { kind: "write", document: write, result: accountId };
    },
    SEE,
  );
  return result;
};

/** Whether the slug leads elsewhere since its first use. Throws `StoreUnavailable`. */
export const hasMoved = async (deps: Deps, slug: string): Promise<boolean> => {
  const document = await readTeam(deps);
  return document?.slug === slug && document.moved === true;
};
