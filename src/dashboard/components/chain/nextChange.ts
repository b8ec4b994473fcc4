import { NEVER } from "../../api/lookAfter.ts";
import type { Overview } from "../../api/types.ts";
import type { Standing } from "./stations.ts";

/** When a standing may change by itself (ms); in the past: it changes now. */
export const nextChange = ({ stage, until }: Pick<Standing, "stage" | "until">): number => {
  if (stage === "pending" || stage === "syncing" || stage === "building") return 0;
  if (stage !== "waiting" && stage !== "retrying") return NEVER;
  return until === null ? 0 : Date.parse(until);
};

/** When a layer that is not paused may change by itself (ms). What was not read yet is read at once. */
export const nextChangeIn = ({ dataLayers, left }: Overview): number =>
  Math.min(
    left > 0 ? 0 : NEVER,
    ...dataLayers.flatMap(({ status, stage, until }) =>
      status === "paused" || stage === null ? [] : [nextChange({ stage, until })],
    ),
  );
