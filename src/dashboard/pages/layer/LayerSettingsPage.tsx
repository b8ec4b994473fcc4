import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { ask } from "../../api/request.ts";
import { overviewAt } from "../../api/resources.ts";
import { useMember, whyNot } from "../../api/session.tsx";
import { useLive } from "../../api/useLive.ts";
import { type SettingsProps, useSettings } from "../../api/useSettings.ts";
import { Await } from "../../components/Await.tsx";
import { RoleButton } from "../../components/Button.tsx";
import { ConfirmDialog } from "../../components/Dialog.tsx";
import { Checkbox, errorAt, errorUnder, Field } from "../../components/Field.tsx";
import { later } from "../../components/form/later.tsx";
import { SettingsForm } from "../../components/form/SettingsForm.tsx";
import { LayerPage } from "../../components/layer/LayerPage.tsx";
import { LiveCheckSettings } from "../../components/layer/LiveCheckSettings.tsx";
import { NotificationSettings } from "../../components/layer/NotificationSettings.tsx";
import { StatusLinks } from "../../components/layer/StatusLinks.tsx";
import { WatchSettings } from "../../components/layer/WatchSettings.tsx";
import { Notice } from "../../components/Notice.tsx";
import { Panel } from "../../components/Page.tsx";
import { useToast } from "../../components/shell/Toasts.tsx";
import { SourceSettings } from "../../components/source/SourceSettings.tsx";

const ManyOf = later(async () => (await import("../../components/form/ManyOf.tsx")).ManyOf, <div class="field-room" />);

const General = (props: SettingsProps) => {
  const { layer } = props;
  const settings = useSettings(props);
  const [name, setName] = useState(layer.name);
  const [description, setDescription] = useState(layer.description);
  const [builds, setBuilds] = useState(layer.buildAfterConfiguration);
  const [titles, setTitles] = useState(layer.keepTitles);
  const submit = (): void => {
    void settings.save({ name, description, buildAfterConfiguration: builds, keepTitles: titles });
  };
  return (
    <Panel title="General">
      <SettingsForm change={settings} onSubmit={submit}>
        <Field label="Name" value={name} onInput={setName} required error={errorAt(settings.problem, "name")} />
        <Field
          label="Description"
          value={description}
          onInput={setDescription}
          error={errorAt(settings.problem, "description")}
        />
        <Checkbox checked={builds} onChange={setBuilds}>
          Also build the sites after a sync that a settings change started
        </Checkbox>
        <Checkbox checked={titles} onChange={setTitles}>
          Store the titles of published entries (encrypted) and pass them to builds
        </Checkbox>
      </SettingsForm>
    </Panel>
  );
};

const ConnectedSites = (props: SettingsProps) => {
  const { layer } = props;
  const live = useLive(overviewAt, () => false, 60_000);
  const settings = useSettings(props);
  const [chosen, setChosen] = useState<readonly string[]>(layer.connectedSites.map(({ siteId }) => siteId));
  const missing = layer.connectedSites.flatMap((site) => (site.missing === true ? [site.siteId] : []));
  const submit = (): void => {
    void settings.save({ connectedSites: chosen.map((siteId) => ({ siteId })) });
  };
  return (
    <Panel title="Sites to build" actions={<a href="/sites">All sites</a>}>
      <Await live={live}>
        {({ sites }) =>
          sites.length === 0 && missing.length === 0 ? (
            <p class="muted">
              No sites yet. <a href="/sites">Add one under Sites</a>
            </p>
          ) : (
            <SettingsForm change={settings} onSubmit={submit}>
              <ManyOf
                label="Sites to build"
                none="No site"
                options={[
                  ...sites.map(({ id, name }) => [id, name] as const),
                  ...missing.map((id) => [id, `${id} (deleted: syncs fail until you remove it and save)`] as const),
                ]}
                chosen={chosen}
                onChange={setChosen}
                error={errorUnder(settings.problem, "connectedSites")}
              />
            </SettingsForm>
          )
        }
      </Await>
    </Panel>
  );
};

const CachePurge = (props: SettingsProps) => {
  const { layer } = props;
  const settings = useSettings(props);
  const [tags, setTags] = useState((layer.cachePurge?.tags ?? []).join(", "));
  const [siteId, setSiteId] = useState(layer.cachePurge?.siteId ?? "");
  const submit = (): void => {
    const list = tags
      .split(",")
      .map((tag) => tag.trim())
      .filter(Boolean);
    const cachePurge = list.length === 0 ? null : { tags: list, ...(siteId === "" ? {} : { siteId }) };
    void settings.save({ cachePurge });
  };
  return (
    <Panel title="Cache purge">
      <SettingsForm change={settings} onSubmit={submit}>
        <p class="muted">
          Layerhook purges these cache tags after each change, at no cost. Pages that a function renders and Netlify
          caches need no build.
        </p>
        <Field
          label="Cache tags"
          value={tags}
          onInput={setTags}
          placeholder="posts, home"
          hint="Separate tags with commas. Leave empty for none."
          error={errorUnder(settings.problem, "cachePurge.tags")}
        />
        <Field
          label="Netlify site"
          value={siteId}
          onInput={setSiteId}
          hint="The site's id at Netlify. Leave empty for the site that Layerhook runs on. A Developer can name only a connected site."
          error={errorAt(settings.problem, "cachePurge.siteId")}
        />
      </SettingsForm>
    </Panel>
  );
};

const Ending = (props: SettingsProps) => {
  const { layer } = props;
  const member = useMember();
  const { route } = useLocation();
  const say = useToast();
  const [open, setOpen] = useState<"delete" | "default" | null>(null);
  const why = whyNot(member, "owner");
  const off = layer.defaultWebhook.setting === "off";
  const forbid = async (): Promise<void> => {
    await ask("PATCH", `/data-layers/${layer.id}`, { body: { defaultWebhook: "off" } });
    say("Default webhook switched off permanently.");
    await props.refresh();
  };
  const remove = async (): Promise<void> => {
    await ask("DELETE", `/data-layers/${layer.id}`);
    say(`${layer.name} deleted.`);
    route("/");
  };
  return (
    <Panel title="Danger zone">
      <div class="row between">
        <div>
          <strong>Switch off the default webhook permanently</strong>
          <p class="small muted">
            {off
              ? "The default webhook is permanently off."
              : "Every publish then needs a webhook URL with a secret, even when the layer has no webhooks."}
          </p>
        </div>
        <RoleButton needs="writer" look="danger" disabled={off} onClick={() => setOpen("default")}>
          Switch off
        </RoleButton>
      </div>
      <div class="row between">
        <div>
          <strong>Delete this layer</strong>
          <p class="small muted">
            Its webhooks stop working at once. Its audit entries stay. {why === null ? "" : why}
          </p>
        </div>
        <RoleButton needs="owner" look="danger" onClick={() => setOpen("delete")}>
          Delete the layer
        </RoleButton>
      </div>
      <ConfirmDialog
        open={open === "default"}
        onClose={() => setOpen(null)}
        title="Switch off the default webhook permanently?"
        action="Switch off"
        doing="Switching off…"
        onConfirm={forbid}
      >
        <p>This cannot be undone. Senders need a webhook of their own.</p>
      </ConfirmDialog>
      <ConfirmDialog
        open={open === "delete"}
        onClose={() => setOpen(null)}
        title={`Delete ${layer.name}?`}
        action="Delete the layer"
        doing="Deleting…"
        typed={layer.name}
        onConfirm={remove}
      >
        <Notice tone="warn">
          Deliveries to this layer are refused at once. The layer's sources and secrets are deleted. Its sites stay, and
          this layer no longer builds them.
        </Notice>
      </ConfirmDialog>
    </Panel>
  );
};

export const LayerSettingsPage = (props: SettingsProps) => {
  const reason = whyNot(useMember(), "writer");
  return (
    <LayerPage layer={props.layer} at="settings">
      {reason === null ? null : <Notice>You may look at the settings. {reason}</Notice>}
      <General {...props} />
      <SourceSettings {...props} />
      <ConnectedSites {...props} />
      <CachePurge {...props} />
      <LiveCheckSettings {...props} />
      <NotificationSettings {...props} />
      <WatchSettings {...props} />
      <StatusLinks layer={props.layer} />
      <Ending {...props} />
    </LayerPage>
  );
};
