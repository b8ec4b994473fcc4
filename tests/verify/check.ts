import type { LiveSite } from "./liveSite.ts";
import type { DeployNotificationHooks } from "./netlify/netlify.ts";
import type { Outside } from "./outside.ts";

/** What a check measured, by name; the unit is part of the name. */
export type Figures = Readonly<Record<string, number | string>>;

export interface Verdict {
  readonly result: "passed" | "failed" | "skipped";
  /** What was seen, in a sentence. */
  readonly says: string;
  readonly figures: Figures;
}

export const passed = (says: string, figures: Figures = {}): Verdict => ({ result: "passed", says, figures });
export const failed = (says: string, figures: Figures = {}): Verdict => ({ result: "failed", says, figures });

/** A deploy that was made. */
export interface Deployed {
  readonly id: string;
  /** The address of this deploy alone. */
  readonly permalink: string;
}

/** What there is to look at. What is null is not there, and checks that need it are skipped. */
export interface Visit {
  readonly outside: Outside;
  readonly site: LiveSite;
  /** Whether Netlify's edge stands before the site: it counts requests. */
  readonly behindEdge: boolean;
  /** Whether no publish has reached the site since it was deployed. */
  readonly isFresh: boolean;
  /** Whether to wait for half an hour, to see a cold answer once more. */
  readonly isPatient: boolean;
  /** Has Netlify notify an address of the site's deploys. */
  readonly hooks: DeployNotificationHooks | null;
  /** Deploys once more; the same deploy however often it is asked for. */
  readonly deployAgain: (() => Promise<Deployed>) | null;
  /** The address of a production deploy that is no longer published. */
  readonly formerPermalink: (() => Promise<string>) | null;
  /** The address of a draft deploy. */
  readonly draft: (() => Promise<string>) | null;
}

/** One point that is checked from outside. */
export interface Check {
  readonly name: string;
  /** What holds, if it passes. */
  readonly title: string;
  /** Which assumption about the platform it proves. */
  readonly proves: string;
  /** Why it cannot be checked here; null: it can. */
  lacks(visit: Visit): string | null;
  /** Throws `Unexpected` if the system does not answer as it must, `Interrupted` after Ctrl-C. */
  run(visit: Visit): Promise<Verdict>;
}

/** For checks that need nothing but the site. */
export const nothing = (): null => null;
