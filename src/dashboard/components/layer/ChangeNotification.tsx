import { useState } from "preact/hooks";
import { type SettingsProps, useSettings } from "../../api/useSettings.ts";
import { Dialog } from "../Dialog.tsx";
import { Checkbox, errorAt, Field, Select } from "../Field.tsx";
import { notificationInputs } from "./notificationInputs.ts";
import { eventWords, formatWords } from "./notificationWords.ts";

/** The dialog for a new notification, or for one that exists. */
export const ChangeNotification = (
  props: SettingsProps & {
    /** The notification; null: a new one. */
    readonly id: string | null;
    readonly onClose: () => void;
  },
) => {
  const { layer, id, onClose } = props;
  const storedIn = (from: SettingsProps["layer"]) => from.notifications.find((one) => one.id === id);
  const settings = useSettings(props, true, storedIn);
  const stored = storedIn(layer);
  const [name, setName] = useState(stored?.name ?? "");
  const [url, setUrl] = useState("");
  const [format, setFormat] = useState<string>(stored?.format ?? "standard");
  const [chosen, setChosen] = useState<readonly string[]>(
    stored?.events ?? ["build.failed", "build.held", "sync.failed"],
  );
  const inputs = notificationInputs(layer);
  const at = stored === undefined ? inputs.length : layer.notifications.indexOf(stored);
  const error = (field: string): string | undefined => errorAt(settings.problem, `notifications.${at}.${field}`);
  const submit = async (): Promise<void> => {
    const notifications: object[] = [...inputs];
    notifications[at] = {
      ...(stored === undefined ? {} : { id: stored.id }),
      name,
      events: chosen,
      format,
      ...(url === "" ? {} : { url }),
    };
    if (await settings.save({ notifications })) onClose();
  };
  return (
    <Dialog
      onClose={onClose}
      title={id === null ? "Add a notification" : "Change the notification"}
      change={settings}
      action={stored === undefined ? "Add" : "Save"}
      ready={chosen.length !== 0}
      onSubmit={submit}
    >
      <Field label="Name" value={name} onInput={setName} required placeholder="On call" error={error("name")} />
      <Field
        label={stored === undefined ? "URL" : "Replace URL"}
        type="url"
        value={url}
        onInput={setUrl}
        required={stored === undefined}
        placeholder="https://"
        hint={
          stored !== undefined
            ? `Current: ${stored.url}. Leave empty to keep it.`
            : format === "standard"
              ? "This URL receives signed JSON (Standard Webhooks)."
              : "The URL of an incoming webhook."
        }
        error={error("url")}
      />
      <Select
        label="Format"
        value={format}
        onChange={setFormat}
        options={Object.entries(formatWords)}
        error={error("format")}
      />
      <fieldset class="stack">
        <legend class="field-label">When</legend>
        {Object.entries(eventWords).map(([event, text]) => (
          <Checkbox
            key={event}
            checked={chosen.includes(event)}
            onChange={(on) => setChosen(on ? [...chosen, event] : chosen.filter((one) => one !== event))}
          >
            {text}
          </Checkbox>
        ))}
      </fieldset>
    </Dialog>
  );
};
