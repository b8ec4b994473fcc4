import type { Deploy } from "../slot/deploy.ts";
import type { Part } from "../slot/slot.ts";
import type { NotBuilt } from "./notBuilt.ts";

/** A deploy notification from Netlify. */
export interface DeployEvent {
  readonly kind: "started" | "succeeded" | "failed" | "locked" | "unlocked" | "restored";
  readonly deploy: Deploy & { readonly id: string };
  /** Whether the deploy is of the production branch. Deploys of other branches show visitors nothing. */
  readonly production: boolean;
  /** The title of the deploy, which bears the mark of the build that started it. */
  readonly title: string;
  /** Why Netlify did not build; null: it builds, or did. */
  readonly notBuilt: NotBuilt | null;
}

/** The time at which an event is judged, and the revision of the write that records it. */
export interface EventMoment {
  readonly now: number;
  readonly rev: number;
}

/**
 * The mark in the title of a deploy that names its build and attempt. A failure counts only for its own attempt; a
 * success of any attempt shows the requested change.
 */
export const deployMark = ({ syncId, callFence }: Pick<Part, "syncId" | "callFence">): string =>
  `(${syncId} #${callFence})`;

/** Whether a deploy's title bears the mark of a build, whichever attempt of the build started it. */
export const bearsBuild = (title: string, syncId: string): boolean => title.includes(`(${syncId} #`);

/** The id of the build whose mark a title bears; undefined for a deploy that Layerhook did not start. */
export const buildIdInTitle = (title: string): string | undefined => /\(([\w-]+) #\d+\)/.exec(title)?.[1];
