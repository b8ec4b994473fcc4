import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { ask } from "../api/request.ts";
import { overviewAt } from "../api/resources.ts";
import { useMember } from "../api/session.tsx";
import type { Overview, Site } from "../api/types.ts";
import { useChange } from "../api/useChange.ts";
import { joinOverviews, useWhole } from "../api/useWhole.ts";
import { Await } from "../components/Await.tsx";
import { RoleButton } from "../components/Button.tsx";
import { nextChangeIn } from "../components/chain/nextChange.ts";
import { Dialog } from "../components/Dialog.tsx";
import { Choices, errorAt, Field } from "../components/Field.tsx";
import { Globe, Plus } from "../components/icons.tsx";
import { UnreadableNotice } from "../components/layer/UnreadableNotice.tsx";
import { Moment } from "../components/Moment.tsx";
import { Empty, Page } from "../components/Page.tsx";
import { Status } from "../components/Status.tsx";
import { BuildHookField, emptyHook, hookInput } from "../components/site/BuildHookField.tsx";
import { UsagePanel } from "../components/site/UsagePanel.tsx";
import { RowTable } from "../components/table/RowTable.tsx";
import { DEFAULT_PRESET, pacingInput, presets } from "../text/pacing.ts";

/** When a site may change by itself (ms): when it builds, or when a layer that connects it may change. */
const dueOf = (overview: Overview): number =>
  overview.sites.some(({ status }) => status === "running") ? 0 : nextChangeIn(overview);

const AddSite = ({ onClose }: { readonly onClose: () => void }) => {
  const { route } = useLocation();
  const change = useChange();
  const [name, setName] = useState("");
  const [hook, setHook] = useState(emptyHook);
  const [preset, setPreset] = useState<string>(DEFAULT_PRESET);
  const add = async (): Promise<void> => {
    await change.run(async () => {
      const { id } = await ask<Site>("POST", "/sites", { body: { name, ...hookInput(hook), ...pacingInput(preset) } });
      onClose();
      route(`/sites/${id}`);
    });
  };
  return (
    <Dialog onClose={onClose} title="Add a site" change={change} action="Add site" onSubmit={add}>
      <Field label="Name" value={name} onInput={setName} required error={errorAt(change.problem, "name")} />
      <BuildHookField
        draft={hook}
        onChange={setHook}
        label="Build hook"
        hint="Create a build hook at Netlify: Project configuration, Build & deploy, Build hooks. Stored encrypted and shown masked."
        required
        problem={change.problem}
        at="buildHook"
      />
      <Choices legend="Pacing" name="add-preset" value={preset} onChange={setPreset} options={presets} />
    </Dialog>
  );
};

export const SitesPage = () => {
  const { session } = useMember();
  const live = useWhole(overviewAt, joinOverviews, dueOf);
  const [adding, setAdding] = useState(false);
  const addButton = (
    <RoleButton needs="system" look="primary" onClick={() => setAdding(true)}>
      <Plus class="icon" />
      Add a site
    </RoleButton>
  );
  return (
    <Page
      title="Sites"
      note="A site is what gets built. Layers can share a site: whichever layer asks, one build runs and one waits."
      actions={addButton}
    >
      <Await live={live}>
        {({ sites, dataLayers, unreadable }) => (
          <>
            <UnreadableNotice what="site" unreadable={unreadable.sites} />
            <div class="panel">
              {sites.length === 0 ? (
                <Empty
                  icon={<Globe class="icon" />}
                  title="No site yet"
                  text="Add a site with its build hook and connect the site to a layer. A publish then builds the site."
                >
                  {addButton}
                </Empty>
              ) : (
                <RowTable
                  caption="Sites"
                  rows={sites}
                  keyOf={({ id }) => id}
                  columns={[
                    ["Site", ({ id, name }) => <a href={`/sites/${id}`}>{name}</a>],
                    ["Status", ({ status }) => <Status of={status === "pending" ? "waiting" : status} />],
                    ["Pacing", ({ preset }) => presets.find(({ value }) => value === preset)?.title ?? "Custom"],
                    [
                      "Layers",
                      (site) =>
                        dataLayers
                          .filter(({ siteIds }) => siteIds.includes(site.id))
                          .map(({ name }) => name)
                          .join(", ") || <span class="muted">No layer</span>,
                    ],
                    [
                      "Last build",
                      ({ id, lastBuild }) =>
                        lastBuild === null ? (
                          <span class="muted">never</span>
                        ) : (
                          <span class="row">
                            <a href={`/sites/${id}/builds/${lastBuild.id}`}>
                              <Moment at={lastBuild.at} />
                            </a>
                            <Status of={lastBuild.status} />
                          </span>
                        ),
                    ],
                  ]}
                />
              )}
            </div>
            {session.dataLayers === null ? <UsagePanel /> : null}
          </>
        )}
      </Await>
      {adding ? <AddSite onClose={() => setAdding(false)} /> : null}
    </Page>
  );
};
