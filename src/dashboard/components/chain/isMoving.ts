import type { Standing } from "./stations.ts";

const SOON = 60_000;

/** Returns whether the standing may change within a minute, so that a page should look again soon. */
export const isMoving = ({ stage, until }: Pick<Standing, "stage" | "until">, now: number): boolean => {
  if (stage === "pending" || stage === "syncing" || stage === "building") return true;
  if (stage !== "waiting" && stage !== "retrying") return false;
  return until === null || Date.parse(until) - now < SOON;
};
