import type { ComponentChildren } from "preact";
import type { Needs } from "../../api/session.tsx";
import type { Change } from "../../api/useChange.ts";
import { RoleButton } from "../Button.tsx";
import { ProblemNotice } from "../Notice.tsx";

/** Settings of a panel that are saved together, with what went wrong and the buttons. */
export const SettingsForm = ({
  change,
  onSubmit,
  needs = "writer",
  action = "Save",
  wide = false,
  beside,
  children,
}: {
  readonly change: Pick<Change, "running" | "problem">;
  readonly onSubmit: () => unknown;
  readonly needs?: Needs;
  readonly action?: string;
  /** Whether the form takes the panel's whole width. */
  readonly wide?: boolean;
  /** What stands beside the button that saves. */
  readonly beside?: ComponentChildren;
  readonly children: ComponentChildren;
}) => (
  <form
    class={wide ? "stack" : "form"}
    onSubmit={(event) => {
      event.preventDefault();
      void onSubmit();
    }}
  >
    {children}
    <ProblemNotice problem={change.problem} />
    <div class="row">
      <RoleButton needs={needs} type="submit" disabled={change.running}>
        {action}
      </RoleButton>
      {beside}
    </div>
  </form>
);
