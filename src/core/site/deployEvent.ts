import type { Deploy } from "../slot/deploy.ts";
import type { Part } from "../slot/slot.ts";
import type { NotBuilt } from "./notBuilt.ts";

/** The events to notify of: as Netlify's page names them, and as its API does. */
export const DEPLOY_EVENTS = [
  { kind: "started", title: "Deploy started", name: "deploy_building" },
  { kind: "succeeded", title: "Deploy succeeded", name: "deploy_created" },
  { kind: "failed", title: "Deploy failed", name: "deploy_failed" },
  { kind: "locked", title: "Deploy locked", name: "deploy_locked" },
  { kind: "unlocked", title: "Deploy unlocked", name: "deploy_unlocked" },
  { kind: "restored", title: "Deploy restored", name: "deploy_restored" },
] as const;

/** A deploy notification from Netlify. */
export interface DeployEvent {
  readonly kind: (typeof DEPLOY_EVENTS)[number]["kind"];
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
