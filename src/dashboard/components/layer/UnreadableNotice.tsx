import type { Overview } from "../../api/types.ts";
import { Notice } from "../Notice.tsx";

const reasons = { newer: "written by a later release", corrupt: "damaged" } as const;

/** Names the layers or sites that this release cannot read. Renders nothing if it can read all. */
export const UnreadableNotice = ({
  what,
  unreadable,
}: {
  readonly what: "layer" | "site";
  readonly unreadable: Overview["unreadable"]["sites"];
}) =>
  unreadable.length === 0 ? null : (
    <Notice tone="bad">
      This release cannot read {unreadable.length === 1 ? `one ${what}` : `${unreadable.length} ${what}s`} and leaves{" "}
      {unreadable.length === 1 ? "it" : "them"} unchanged:{" "}
      {unreadable.map(({ id, reason }, index) => (
        <span key={id}>
          {index === 0 ? "" : ", "}
          <code>{id}</code> ({reasons[reason]})
        </span>
      ))}
      . {unreadable.some(({ reason }) => reason === "newer") ? "Deploy the later release again." : null}
    </Notice>
  );
