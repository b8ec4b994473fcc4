import { type Account, findTeamAccount } from "../../core/access/team.ts";
import { hasChangedTokens, setPlan } from "../../core/access/tokens.ts";
import { SECOND } from "../../core/durations.ts";
import type { NoRoom } from "../../core/layer/decideOnce.ts";
import type { Actor } from "../../core/slot/sync.ts";
import { PLANS } from "../../core/usage/credits.ts";
import type { Deps } from "../deps.ts";
import { type Effort, readTeam, readTokens, updateTeam } from "../stored/documents.ts";
import { CHANGED_SINCE, type ChangedSince } from "./changes.ts";
import { changeTokens } from "./tokens.ts";

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

export interface PlanSet {
  readonly kind: "set";
}

/** The credits that the team's plan has in a month, and who says so. If nobody does, a Free plan counts. */
export interface TeamPlan {
  readonly credits: number;
  readonly source: "variable" | "setting" | "default";
}

const storedPlan = ({ planCredits: credits }: { readonly planCredits?: number | undefined }): TeamPlan =>
  credits === undefined ? { credits: PLANS.free, source: "default" } : { credits, source: "setting" };

export interface PlanSet {
  readonly kind: "set";
}

const PLAN_SET: PlanSet = { kind: "set" };

/**
 * Stores the credits that the team's plan has in a month; null: nobody says. `matches` judges the current plan. Throws
 * `StoreUnavailable`.
 */
export const changePlan = (
  deps: Deps,
  actor: Actor,
  credits: number | null,
  matches: (plan: TeamPlan) => boolean,
): Promise<PlanSet | ChangedSince | NoRoom> =>
  changeTokens<PlanSet | ChangedSince>(deps, actor, (document, by) => {
    if (hasChangedTokens(document, by)) return { kind: "keep", result: PLAN_SET };
    if (!matches(storedPlan(document))) return { kind: "keep", result: CHANGED_SINCE };
    return (document.planCredits ?? null) === credits
      ? { kind: "keep", result: PLAN_SET }
      : { kind: "write", document: setPlan(document, credits, by), result: PLAN_SET };
  });

/**
 * The team's plan. The variable counts before the setting, so that a deploy always has what its operator wrote. Throws
 * `StoreUnavailable`.
 */
export const readPlan = async (deps: Deps): Promise<TeamPlan> => {
  const { monthlyCredits } = deps;
  if (monthlyCredits !== undefined) return { credits: monthlyCredits, source: "variable" };
  return storedPlan((await readTokens(deps)) ?? {});
};
