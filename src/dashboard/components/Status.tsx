import type { LayerStatus, Stage, SyncStatus } from "../api/types.ts";
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
  refused: { tone: "bad", Icon: CircleX },
  ignored: { tone: "", Icon: Ban },
  syncing: { tone: "live", Icon: LoaderCircle },
  waiting: { tone: "warn", Icon: Clock },
  building: { tone: "live", Icon: LoaderCircle },
  held: { tone: "warn", Icon: CirclePause },
  live: { tone: "good", Icon: CircleCheck },
  asked: { tone: "", Icon: CircleCheck },
} as const;

const SPINNING: ReadonlySet<SyncStatus | LayerStatus | Stage> = new Set(["running", "syncing", "building"]);

/** The icon of a status or a stage. It turns while the work is under way. */
export const StatusIcon = ({ of }: { readonly of: SyncStatus | LayerStatus | Stage }) => {
  const { Icon } = looks[of];
  return <Icon class={SPINNING.has(of) ? "icon spin" : "icon"} />;
};

/** A status or a stage, shown by an icon, a word and a colour. */
export const Status = ({ of }: { readonly of: SyncStatus | LayerStatus | Stage }) => (
  <span class={`badge ${looks[of].tone}`}>
    <StatusIcon of={of} />
    {statusWords[of]}
  </span>
);

/** Returns the colour of a status for a bar or a box. */
export const toneOf = (status: SyncStatus | LayerStatus | Stage): string => looks[status].tone || "none";
