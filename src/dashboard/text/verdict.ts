import { TROUBLE, troubleOf } from "../../core/stage/shownStatus.ts";
import type { OverviewLayer } from "../api/types.ts";

type Listed = Pick<OverviewLayer, "stage" | "name" | "lastDeliveryAt" | "lastSync">;

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
