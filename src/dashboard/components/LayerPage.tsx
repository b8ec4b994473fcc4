import type { ComponentChildren } from "preact";
import type { Layer } from "../api/types.ts";
import { wordsOf } from "../text/words.ts";
import { Page } from "./Page.tsx";

type Section = "" | "deliveries" | "syncs" | "webhooks" | "connect" | "settings";

/** The frame of a layer's pages: its name, and the way to the others. */
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
    ["syncs", wordsOf(layer).Many],
    ["webhooks", "Webhooks"],
    ["connect", "Connect your CMS"],
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
      <nav class="tabs" aria-label={`Pages of ${layer.name}`}>
        {sections.map(([section, text]) => (
          <a
            key={section}
            href={`/layers/${layer.id}${section === "" ? "" : `/${section}`}`}
            {...(section === at ? { "aria-current": "page" } : {})}
          >
            {text}
          </a>
        ))}
      </nav>
      {children}
    </Page>
  );
};
