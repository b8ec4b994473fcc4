import { useState } from "preact/hooks";
import { ask } from "../../api/request.ts";
import { type SettingsProps, useSettings } from "../../api/useSettings.ts";
import { wordsFor } from "../../text/words.ts";
import { RoleButton } from "../Button.tsx";
import { Code } from "../CopyButton.tsx";
import { ConfirmDialog } from "../Dialog.tsx";
import { later } from "../form/later.tsx";
import { Plus } from "../icons.tsx";
import { Moment } from "../Moment.tsx";
import { Panel } from "../Page.tsx";
import { notificationInputs } from "./notificationInputs.ts";
import { eventWords, formatWords } from "./notificationWords.ts";

const ChangeNotification = later(async () => (await import("./ChangeNotification.tsx")).ChangeNotification);

/** The layer's notifications: where messages go when a sync or a build ends. */
export const NotificationSettings = (props: SettingsProps) => {
  const { layer } = props;
  const settings = useSettings(props, true);
  /** The id of the notification that is changed; null: a new one; undefined: none. */
  const [changing, setChanging] = useState<string | null>();
  const [doomed, setDoomed] = useState<string>();
  const [rotating, setRotating] = useState<string>();
  const nameOf = (wanted: string | undefined): string =>
    layer.notifications.find(({ id }) => id === wanted)?.name ?? "the notification";
  return (
    <Panel
      title="Notifications"
      actions={
        <RoleButton needs="writer" small onClick={() => setChanging(null)}>
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
              </div>
              <div class="row">
                <RoleButton needs="writer" small label={`Change ${title}`} onClick={() => setChanging(id)}>
                  Change
                </RoleButton>
                <RoleButton needs="writer" small look="danger" label={`Delete ${title}`} onClick={() => setDoomed(id)}>
                  Delete
                </RoleButton>
              </div>
            </div>
            <ul class="chips">
              {about.map((event) => (
                <li class="chip" key={event} title={event}>
                  {wordsFor(event, eventWords)}
                </li>
              ))}
            </ul>
            <p class="small muted">{wordsFor(as, formatWords)}</p>
            {lastTry === null ? null : (
              <p class="small muted">
                {lastTry.outcome === "sent" ? "Last sent " : "Not sent "}
                <Moment at={lastTry.at} />
                {lastTry.error === null ? "" : `: ${lastTry.error}`}
                {waiting === 0 ? "." : `; ${waiting} pending.`}
              </p>
            )}
            {secret === undefined || secret === null ? null : (
              <details>
                <summary>Signing secret</summary>
                <div class="stack try">
                  <Code text={secret} what={`the secret of ${title}`} secret={secret} />
                  <RoleButton needs="writer" small onClick={() => setRotating(id)} label={`Rotate secret of ${title}`}>
                    Rotate secret
                  </RoleButton>
                </div>
              </details>
            )}
          </div>
        ),
      )}
      {changing === undefined ? null : (
        <ChangeNotification {...props} id={changing} onClose={() => setChanging(undefined)} />
      )}
      <ConfirmDialog
        open={doomed !== undefined}
        onClose={() => setDoomed(undefined)}
        title={`Delete ${nameOf(doomed)}?`}
        action="Delete notification"
        doing="Deleting…"
        onConfirm={() => {
          const notifications = notificationInputs(layer).filter(({ id }) => id !== doomed);
          return settings.saveOrThrow({ notifications }, "Notification deleted.");
        }}
      >
        <p>Its URL and its signing secret are deleted with it, so you must enter the URL again to get it back.</p>
      </ConfirmDialog>
      <ConfirmDialog
        open={rotating !== undefined}
        onClose={() => setRotating(undefined)}
        title={`Rotate the secret of ${nameOf(rotating)}?`}
        action="Rotate secret"
        doing="Rotating…"
        onConfirm={async () => {
          await ask("POST", `/data-layers/${layer.id}/notifications/${rotating ?? ""}/secret`);
          await props.refresh();
        }}
      >
        <p>
          For a day, both the new and the previous secret sign. Enter the new secret where you receive the messages.
        </p>
      </ConfirmDialog>
    </Panel>
  );
};
