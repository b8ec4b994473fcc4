import type { ComponentChildren } from "preact";
import type { Layer } from "../../api/types.ts";
import { LinkBar } from "../LinkBar.tsx";
import { Page } from "../Page.tsx";

type Section = "" | "deliveries" | "syncs" | "webhooks" | "connect" | "set-up" | "settings";

/** The frame of a layer's pages: the layer's name and links to the other pages. */
export const LayerPage = ({
  layer,
  at,
  beside,
  actions,
  children,
}: {
  readonly layer: Layer;
  readonly at: Section;
  readonly beside?: ComponentChildren;
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
}) => {
  const sections: readonly (readonly [Section, string])[] = [
    ["", "Activity"],
    ["deliveries", "Deliveries"],
    ["syncs", "Syncs"],
    ["webhooks", "Webhooks"],
    ["connect", "Connect your CMS"],
    ["set-up", "Set up"],
    ["settings", "Settings"],
  ];
  const here = sections.find(([section]) => section === at)?.[1] ?? "";
  return (
    <Page
      title={layer.name}
      name={at === "" ? layer.name : `${here}, ${layer.name}`}
      crumbs={<a href="/">Layers</a>}
      beside={beside}
      note={layer.description === "" ? undefined : layer.description}
      actions={actions}
    >
      <LinkBar
        look="tabs"
        label={`Pages of ${layer.name}`}
        links={sections.map(([section, text]) => ({
          to: `/layers/${layer.id}${section === "" ? "" : `/${section}`}`,
          text,
          here: section === at,
        }))}
      />
      {children}
    </Page>
  );
};
