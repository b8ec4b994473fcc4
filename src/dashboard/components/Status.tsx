import type { LayerStatus, SyncStatus } from "../api/types.ts";
import { statusWords } from "../text/words.ts";
import {
  Ban,
  CircleCheck,
  CircleDashed,
  CirclePause,
  CircleX,
  Clock,
  CornerDownRight,
  LoaderCircle,
  RotateCw,
} from "./icons.tsx";

const looks = {
  idle: { tone: "", Icon: CircleDashed },
  paused: { tone: "warn", Icon: CirclePause },
  pending: { tone: "warn", Icon: Clock },
  running: { tone: "live", Icon: LoaderCircle },
  retrying: { tone: "warn", Icon: RotateCw },
  succeeded: { tone: "good", Icon: CircleCheck },
  failed: { tone: "bad", Icon: CircleX },
  cancelled: { tone: "", Icon: Ban },
  superseded: { tone: "", Icon: CornerDownRight },
} as const;

/** A status, shown by an icon, a word and a colour. */
export const Status = ({ of }: { readonly of: SyncStatus | LayerStatus }) => {
  const { tone, Icon } = looks[of];
  return (
    <span class={`badge ${tone}`}>
      <Icon class={of === "running" ? "icon spin" : "icon"} />
      {statusWords[of]}
    </span>
  );
};

/** Returns the colour of a status for a bar or a box. */
export const toneOf = (status: SyncStatus | LayerStatus): string => looks[status].tone || "none";
