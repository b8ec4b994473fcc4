import type { AnyComponent } from "preact";
import { layerAt } from "../../api/resources.ts";
import type { Layer } from "../../api/types.ts";
import { useLive } from "../../api/useLive.ts";
import { Await } from "../../components/Await.tsx";

/** Poll interval (ms) of the pages that need only the layer's settings, which seldom change. */
const SETTINGS_EVERY = 10 * 60_000;

export interface LayerParams {
  readonly params: Readonly<Record<string, string>>;
}

/** What a page gets that is about a layer: the layer, and the id of the sync or delivery in its URL. */
export interface LayerPageProps {
  readonly layer: Layer;
  readonly id: string;
  readonly refresh: () => Promise<void>;
}

/** The page that reads the settings of the layer in its URL, and then shows `Section`. */
export const ofLayer = (Section: AnyComponent<LayerPageProps>): AnyComponent<LayerParams> => {
  const OfLayer = ({ layerId, id }: { readonly layerId: string; readonly id: string }) => {
    const live = useLive(layerAt(layerId), () => false, SETTINGS_EVERY);
    return (
      <Await live={live} heading="A layer">
        {(layer) => <Section layer={layer} id={id} refresh={live.refresh} />}
      </Await>
    );
  };
  return ({ params: { layerId = "", id = "" } }) => <OfLayer key={layerId} layerId={layerId} id={id} />;
};
