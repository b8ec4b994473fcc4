import { useState } from "preact/hooks";
import { type SettingsProps, useSettings } from "../../api/useSettings.ts";
import { RoleButton } from "../Button.tsx";
import { errorAt, Field } from "../Field.tsx";
import { ProblemNotice } from "../Notice.tsx";
import { Panel } from "../Page.tsx";

const numberOrNull = (text: string): number | null => (text.trim() === "" ? null : Number(text));

/** When a layer counts as overdue or silent. Its notifications announce it. */
export const WatchSettings = (props: SettingsProps) => {
  const { layer } = props;
  const settings = useSettings(props);
  const [overdue, setOverdue] = useState(String(layer.overdueMinutes));
  const [silent, setSilent] = useState(layer.silentHours === null ? "" : String(layer.silentHours));
  const [quiet, setQuiet] = useState(layer.quietHours ?? "");
  const submit = (event: Event): void => {
    event.preventDefault();
    const quietHours = quiet.trim() === "" ? null : quiet.trim();
    void settings.save({ overdueMinutes: Number(overdue), silentHours: numberOrNull(silent), quietHours });
  };
  return (
    <Panel title="Alarms">
      <form class="form" onSubmit={submit}>
        <p class="muted">
          A notification that announces these alarms is sent once when one begins, and once when it is over.
        </p>
        <Field
          label="Overdue after (minutes)"
          value={overdue}
          onInput={setOverdue}
          hint="From the publish until it is live. Waits that the site's pacing wants do not count."
          error={errorAt(settings.problem, "overdueMinutes")}
        />
        <Field
          label="Silent after (hours)"
          value={silent}
          onInput={setSilent}
          hint="Without a publish. Empty: long after the layer's own rhythm."
          error={errorAt(settings.problem, "silentHours")}
        />
        <Field
          label="Quiet hours"
          value={quiet}
          onInput={setQuiet}
          placeholder="22-7"
          hint="In UTC. Alarms of these hours are sent at their end. Empty: none."
          error={errorAt(settings.problem, "quietHours")}
        />
        <ProblemNotice problem={settings.problem} />
        <RoleButton needs="writer" type="submit" disabled={settings.running}>
          Save
        </RoleButton>
      </form>
    </Panel>
  );
};
