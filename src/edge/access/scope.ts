import type { Deps } from "../../app/deps.ts";
import { isSeen, readLayer } from "../../app/stored/documents.ts";
import { ownSince } from "../../app/stored/ownSince.ts";
import type { LayerDocument } from "../../core/layer/layer.ts";
import { madeAt } from "../../core/madeAt.ts";
import { unreadableReason } from "../../store/store.ts";
import { problem } from "../problem.ts";
import type { Member } from "./member.ts";

/** Whether a member may see a data layer. */
export const seesLayer = ({ dataLayers }: Pick<Member, "dataLayers">, layerId: string): boolean =>
  dataLayers === undefined || dataLayers.includes(layerId);

/** 403: the request is about more than the data layers of this token. */
export const tokenScoped = (): Response =>
  problem({
    status: 403,
    code: "TOKEN_SCOPED",
    title: "Your token is limited to some data layers",
    detail:
      "Your token is limited to some data layers, and this request affects other layers too. Use a token without `dataLayers`.",
  });

/** What a scoped token may see. */
export interface Scope {
  /** Since when the records under a layer's id belong to that layer (ms). Includes deleted layers. */
  readonly since: ReadonlyMap<string, number>;
  /** The sites that these layers connect. */
  readonly siteIds: ReadonlySet<string>;
}

/** The document; null if it is missing or unreadable, so that the token still sees its other layers. */
const readableLayer = async (deps: Deps, id: string): Promise<LayerDocument | null> => {
  try {
    return await readLayer(deps, id);
  } catch (error) {
    if (unreadableReason(error) === null) throw error;
    return null;
  }
};

/** What a member may see; null: everything. With `ids`, no other layers are read. */
export const scopeOf = async (
  { deps, member }: { readonly deps: Deps; readonly member: Member },
  ids?: ReadonlySet<string>,
): Promise<Scope | null> => {
  if (member.dataLayers === undefined) return null;
  const layerIds = member.dataLayers.filter((id) => ids?.has(id) ?? true);
  const documents = await Promise.all(layerIds.map((id) => readableLayer(deps, id)));
  const seen = documents.filter((document) => document !== null).filter((document) => isSeen(deps, document));
  return {
    since: new Map(seen.map((document) => [document.id, ownSince(document)])),
    siteIds: new Set(
      seen.flatMap((document) =>
        document.kind === "layer" ? document.connectedSites.map(({ siteId }) => siteId) : [],
      ),
    ),
  };
};

/** Whether a reader with this scope may see a record under a layer's id. */
export const seesRecord = (scope: Scope | null, layerId: string, recordId: string): boolean =>
  scope === null || (madeAt(recordId) ?? 0) >= (scope.since.get(layerId) ?? Number.POSITIVE_INFINITY);
