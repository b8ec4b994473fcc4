import { TROUBLE, troubleOf } from "../../core/stage/shownStatus.ts";
import type { LayerStatus, OverviewLayer, Stage } from "../api/types.ts";

/** What a layer says of itself. */
type Standing = Pick<OverviewLayer, "status" | "stage">;
type Listed = Standing & Pick<OverviewLayer, "name" | "lastDeliveryAt" | "lastSync">;

/** Where a layer stands, in one word: a trouble first, then that it is paused, then its stage. */
export const verdictOf = ({ status, stage }: Standing): LayerStatus | Stage =>
  troubleOf(stage ?? undefined) ?? (status === "paused" ? status : (stage ?? status));

export const needsAttention = ({ stage }: Pick<Standing, "stage">): boolean => troubleOf(stage ?? undefined) !== null;

/** When something last happened in a layer (ms). 0: never. */
const lastActivityOf = ({ lastDeliveryAt, lastSync }: Listed): number =>
  Math.max(Date.parse(lastDeliveryAt ?? "") || 0, Date.parse(lastSync?.at ?? "") || 0);

const rankOf = ({ stage }: Listed): number => {
  const trouble = troubleOf(stage ?? undefined);
  return trouble === null ? TROUBLE.length : TROUBLE.indexOf(trouble);
};

/** Orders layers: first what needs attention, the worst first, and then by the last activity. */
export const byAttention = (a: Listed, b: Listed): number =>
  rankOf(a) - rankOf(b) || lastActivityOf(b) - lastActivityOf(a) || a.name.localeCompare(b.name);
