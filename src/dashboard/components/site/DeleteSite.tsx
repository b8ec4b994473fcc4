import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { ask } from "../../api/request.ts";
import { overviewAt } from "../../api/resources.ts";
import type { Overview, Site } from "../../api/types.ts";
import { joinOverviews, readWhole } from "../../api/useWhole.ts";
import { plural } from "../../text/words.ts";
import { RoleButton } from "../Button.tsx";
import { ConfirmDialog } from "../Dialog.tsx";
import { Panel } from "../Page.tsx";
import { useToast } from "../shell/Toasts.tsx";

type LayerItem = Overview["dataLayers"][number];

const Connected = ({ layers }: { readonly layers: readonly LayerItem[] }) => (
  <>
    <p>
      {plural(layers.length, "layer connects", "layers connect")} this site. The layers are disconnected first, and
      their publishes no longer build the site:
    </p>
    <ul>
      {layers.map(({ id, name }) => (
        <li key={id}>
          <a href={`/layers/${id}/settings`}>{name}</a>
        </li>
      ))}
    </ul>
  </>
);

export const DeleteSite = ({ site }: { readonly site: Site }) => {
  const [open, setOpen] = useState(false);
  const [layers, setLayers] = useState<readonly LayerItem[]>([]);
  const { route } = useLocation();
  const say = useToast();
  const look = async (): Promise<void> => {
    const first = await ask<Overview>("GET", overviewAt.path);
    const { dataLayers } = await readWhole(overviewAt.path, first, joinOverviews);
    setLayers(dataLayers.filter(({ siteIds }) => siteIds.includes(site.id)));
  };
  useEffect(() => {
    // If the overview fails, the dialog lists no layers. The API then refuses to delete a connected site and names the
    // layers.
    if (open) void look().catch(() => {});
  }, [open]);
  const remove = async (): Promise<void> => {
    try {
      await ask("DELETE", `/sites/${site.id}${layers.length > 0 ? "?disconnect=true" : ""}`);
    } catch (error) {
      await look().catch(() => {});
      throw error;
    }
    say(`${site.name} deleted.`);
    route("/sites");
  };
  return (
    <Panel title="Danger zone">
      <div class="row between">
        <div>
          <strong>Delete this site</strong>
          <p class="small muted">The confirmation lists the connected layers. The site at Netlify is not changed.</p>
        </div>
        <RoleButton needs="system" look="danger" onClick={() => setOpen(true)}>
          Delete the site
        </RoleButton>
      </div>
      <ConfirmDialog
        open={open}
        onClose={() => setOpen(false)}
        title={`Delete ${site.name}?`}
        action={layers.length > 0 ? "Disconnect and delete" : "Delete the site"}
        doing="Deleting…"
        typed={site.name}
        onConfirm={remove}
      >
        <p>Layerhook deletes the build hook and no longer shows the builds.</p>
        {layers.length > 0 ? <Connected layers={layers} /> : null}
      </ConfirmDialog>
    </Panel>
  );
};
