import { useState } from "preact/hooks";
import { type SettingsProps, useSettings } from "../../api/useSettings.ts";
import { errorAt, Field } from "../Field.tsx";
import { SettingsForm } from "../form/SettingsForm.tsx";
import { Panel } from "../Page.tsx";

const numberOrNull = (text: string): number | null => (text.trim() === "" ? null : Number(text));

/** When a layer counts as overdue or silent. Its notifications announce it. */
export const WatchSettings = (props: SettingsProps) => {
  const { layer } = props;
  const settings = useSettings(props);
  const [overdue, setOverdue] = useState(String(layer.overdueMinutes));
  const [silent, setSilent] = useState(layer.silentHours === null ? "" : String(layer.silentHours));
  const [quiet, setQuiet] = useState(layer.quietHours ?? "");
  const submit = (): void => {
    const quietHours = quiet.trim() === "" ? null : quiet.trim();
    void settings.save({ overdueMinutes: Number(overdue), silentHours: numberOrNull(silent), quietHours });
  };
  return (
    <Panel title="Alarms">
      <SettingsForm change={settings} onSubmit={submit}>
        <p class="muted">Layerhook sends a notification when an alarm starts and when the alarm ends.</p>
        <Field
          label="Overdue after (minutes)"
          value={overdue}
          onInput={setOverdue}
          required
          hint="Counted from the publish until it is live. Waiting times of the site's pacing do not count."
          error={errorAt(settings.problem, "overdueMinutes")}
        />
        <Field
          label="Silent after (hours)"
          value={silent}
          onInput={setSilent}
          hint="Time without a publish. Leave empty to use the layer's usual rhythm."
          error={errorAt(settings.problem, "silentHours")}
        />
        <Field
          label="Quiet hours"
          value={quiet}
          onInput={setQuiet}
          placeholder="22-7"
          hint="In UTC. Alarms in these hours are sent at the end of the quiet hours. Leave empty for none."
          error={errorAt(settings.problem, "quietHours")}
        />
      </SettingsForm>
    </Panel>
  );
};
