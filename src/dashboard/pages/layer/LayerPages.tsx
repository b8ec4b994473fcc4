import type { RoutePropsForPath } from "preact-iso";
import { layerAt } from "../../api/resources.ts";
import type { Layer } from "../../api/types.ts";
import { useLive } from "../../api/useLive.ts";
import { Await } from "../../components/Await.tsx";
import { MissingPage } from "../MissingPage.tsx";
import { ActivityPage } from "./ActivityPage.tsx";
import { ConnectPage } from "./ConnectPage.tsx";
import { DeliveriesPage } from "./DeliveriesPage.tsx";
import { DeliveryPage } from "./DeliveryPage.tsx";
import { LayerSettingsPage } from "./LayerSettingsPage.tsx";
import { SyncPage } from "./SyncPage.tsx";
import { SyncsPage } from "./SyncsPage.tsx";
import { WebhooksPage } from "./WebhooksPage.tsx";

/** Poll interval (ms) of the pages that need only the layer's settings, which seldom change. */
const SETTINGS_EVERY = 10 * 60_000;

const Section = ({
  layer,
  section,
  refresh,
}: {
  readonly layer: Layer;
  readonly section: string;
  readonly refresh: () => Promise<void>;
}) => {
  const [name, id] = section.split("/");
  if (name === "syncs" && id !== undefined) return <SyncPage layer={layer} syncId={id} />;
  if (name === "deliveries" && id !== undefined) return <DeliveryPage layer={layer} deliveryId={id} />;
  if (id !== undefined) return <MissingPage />;
  switch (name) {
    case "deliveries":
      return <DeliveriesPage layer={layer} />;
    case "syncs":
      return <SyncsPage layer={layer} />;
    case "webhooks":
      return <WebhooksPage layer={layer} />;
    case "connect":
      return <ConnectPage layer={layer} />;
    case "settings":
      return <LayerSettingsPage layer={layer} refresh={refresh} />;
    default:
      return <MissingPage />;
  }
};

const OtherPages = ({ layerId, section }: { readonly layerId: string; readonly section: string }) => {
  const live = useLive(layerAt(layerId), () => false, SETTINGS_EVERY);
  return (
    <Await live={live} heading="A layer">
      {(layer) => <Section layer={layer} section={section} refresh={live.refresh} />}
    </Await>
  );
};

/** The pages of one layer. The first page shows live activity; the others need its settings. */
export const LayerPages = ({ params }: RoutePropsForPath<"/layers/:layerId/:section*">) => {
  const { layerId, section = "" } = params;
  return section === "" ? (
    <ActivityPage key={layerId} layerId={layerId} />
  ) : (
    <OtherPages key={layerId} layerId={layerId} section={section} />
  );
};
