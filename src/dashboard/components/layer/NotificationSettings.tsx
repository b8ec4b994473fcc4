import { useState } from "preact/hooks";
import type { NotificationFormat } from "../../../core/layer/notification.ts";
import { type SettingsProps, useSettings } from "../../api/useSettings.ts";
import { Button, RoleButton } from "../Button.tsx";
import { Code } from "../CopyButton.tsx";
import { Dialog } from "../Dialog.tsx";
import { Checkbox, errorAt, Field, Select } from "../Field.tsx";
import { Plus } from "../icons.tsx";
import { Moment } from "../Moment.tsx";
import { ProblemNotice } from "../Notice.tsx";
import { Panel } from "../Page.tsx";

const events = [
  ["build.live", "A build is live"],
  ["build.failed", "A build failed"],
  ["build.held", "A build is held (no credits, builds stopped, too many builds)"],
  ["build.locked", "A build is ready, but the site is locked to another deploy"],
  ["publish.overdue", "A publish is overdue"],
  ["source.silent", "No publish for a long time"],
  ["tick.late", "The repair function does not run"],
  ["budget.at-risk", "A site's build budget will run out early"],
  ["sync.failed", "A sync failed"],
  ["sync.succeeded", "A sync succeeded"],
  ["sync.cancelled", "A sync was cancelled"],
  ["sync.superseded", "A sync was superseded by another sync"],
] as const;

const formats = [
  ["standard", "Signed JSON (Standard Webhooks)"],
  ["slack", "Slack"],
  ["teams", "Microsoft Teams (Workflows)"],
  ["discord", "Discord"],
] as const satisfies readonly (readonly [NotificationFormat, string])[];

/** The layer's notifications: where messages go when a sync or a build ends. */
export const NotificationSettings = (props: SettingsProps) => {
  const { layer } = props;
  const settings = useSettings(props, true);
  const [adding, setAdding] = useState(false);
  const [name, setName] = useState("");
  const [url, setUrl] = useState("");
  const [format, setFormat] = useState("standard");
  const [chosen, setChosen] = useState<readonly string[]>(["build.failed", "build.held", "sync.failed"]);
  // The API masks the URLs. A notification sent by its id, without a URL, keeps its URL.
  const current = layer.notifications.map((one) => ({ id: one.id, name: one.name, events: one.events }));
  const add = async (event: Event): Promise<void> => {
    event.preventDefault();
    const notifications = [...current, { name, url, events: chosen, format }];
    if (!(await settings.save({ notifications }))) return;
    setAdding(false);
    setName("");
    setUrl("");
  };
  return (
    <Panel
      title="Notifications"
      actions={
        <RoleButton
          needs="writer"
          small
          onClick={() => {
            settings.clear();
            setAdding(true);
          }}
        >
          <Plus class="icon" />
          Add a notification
        </RoleButton>
      }
    >
      {layer.notifications.length === 0 ? <p class="muted">No notifications.</p> : null}
      {layer.notifications.map(
        ({ id, name: title, url: hint, events: about, format: as, secret, lastTry, waiting }) => (
          <div key={id} class="source">
            <div class="row between">
              <div>
                <strong>{title}</strong> <span class="mono muted">{hint}</span>
                <p class="small muted">
                  {about.join(", ")}
                  {as === "standard" ? "" : `, for ${formats.find(([value]) => value === as)?.[1]}`}
                </p>
                {lastTry === null ? null : (
                  <p class="small muted">
                    {lastTry.outcome === "sent" ? "Last sent " : "Not sent "}
                    <Moment at={lastTry.at} />
                    {lastTry.error === null ? "" : `: ${lastTry.error}`}
                    {waiting === 0 ? "." : `; ${waiting} pending.`}
                  </p>
                )}
              </div>
              <RoleButton
                needs="writer"
                small
                look="danger"
                disabled={settings.running}
                label={`Delete ${title}`}
                onClick={() =>
                  void settings.save({ notifications: current.filter((one) => one.id !== id) }, `${title} deleted.`)
                }
              >
                Remove
              </RoleButton>
            </div>
            {secret === undefined || secret === null ? null : (
              <details>
                <summary>Signing secret</summary>
                <Code text={secret} what={`the secret of ${title}`} />
              </details>
            )}
          </div>
        ),
      )}
      {adding ? null : <ProblemNotice problem={settings.problem} />}
      <Dialog open={adding} onClose={() => setAdding(false)} title="Add a notification">
        <form onSubmit={(event) => void add(event)}>
          <Field label="Name" value={name} onInput={setName} required placeholder="On call" />
          <Field
            label="URL"
            type="url"
            value={url}
            onInput={setUrl}
            required
            placeholder="https://"
            hint={
              format === "standard"
                ? "This URL receives signed JSON (Standard Webhooks)."
                : "The URL of an incoming webhook."
            }
            error={errorAt(settings.problem, `notifications.${current.length}.url`)}
          />
          <Select label="Format" value={format} onChange={setFormat} options={formats} />
          <fieldset class="stack">
            <legend class="field-label">When</legend>
            {events.map(([event, text]) => (
              <Checkbox
                key={event}
                checked={chosen.includes(event)}
                onChange={(on) => setChosen(on ? [...chosen, event] : chosen.filter((one) => one !== event))}
              >
                {text}
              </Checkbox>
            ))}
          </fieldset>
          <ProblemNotice problem={settings.problem} />
          <div class="dialog-foot">
            <Button onClick={() => setAdding(false)}>Cancel</Button>
            <Button type="submit" look="primary" disabled={settings.running || chosen.length === 0}>
              Add
            </Button>
          </div>
        </form>
      </Dialog>
    </Panel>
  );
};
