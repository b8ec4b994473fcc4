import type { Target } from "../deps.ts";

export interface ConfigurationChange {
  readonly type: "site" | "data_layer" | "webhook";
  /** The id in the document. For a webhook its ref, or null while it has none. */
  readonly id: string | null;
  readonly name: string;
  readonly dataLayerId: string | null;
  readonly action: "create" | "update" | "delete" | "unchanged";
  /** The fields that an update changes. */
  readonly fields: readonly string[];
}

/** A fault that makes the document impossible to apply, and its place. */
export interface ConfigurationFault {
  readonly path: string;
  readonly message: string;
}

/** One change of a plan. */
export interface Step {
  readonly change: ConfigurationChange;
  /** Carries out the step. Returns the kind of outcome and what was changed. */
  run(): Promise<{ readonly kind: string; readonly touched?: Target }>;
}

/** Runs a step that changes nothing. */
export const unchanged: Step["run"] = async () => ({ kind: "unchanged" });
