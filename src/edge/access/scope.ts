import type { Deps } from "../../app/deps.ts";
import { isSeen, readLayer } from "../../app/stored/documents.ts";
import { ownSince } from "../../app/stored/ownSince.ts";
import type { LayerDocument } from "../../core/layer/layer.ts";
import { madeAt } from "../../core/madeAt.ts";
import { unreadableReason } from "../../store/store.ts";
import { problem } from "../problem.ts";
import type { Member } from "./member.ts";

/** Whether a member sees a data layer. */
export const seesLayer = ({ dataLayers }: Pick<Member, "dataLayers">, layerId: string): boolean =>
  dataLayers === undefined || dataLayers.includes(layerId);

/** 403: what is asked for concerns more than the data layers of this token. */
export const tokenScoped = (): Response =>
  problem({
    status: 403,
    code: "TOKEN_SCOPED",
    title: "Your token is for some data layers only",
    detail: "This concerns more than the data layers your token is for. Use a token without `dataLayers`.",
  });

/** What a token of some data layers may be told of. */
export interface Scope {
  /** Since when what is on record under a layer's id is that layer's own (ms). A deleted layer is here as well. */
  readonly since: ReadonlyMap<string, number>;
  /** The sites that are connected to these layers. */
  readonly siteIds: ReadonlySet<string>;
}

/** The document; null too if this release cannot read it: what belongs to the other layers is seen all the same. */
const readableLayer = async (deps: Deps, id: string): Promise<LayerDocument | null> => {
  try {
    return await readLayer(deps, id);
  } catch (error) {
    if (unreadableReason(error) === null) throw error;
    return null;
  }
};

/** What a member sees; null: everything. `ids`: the only layers that matter here, so that no other is read. */
export const scopeOf = async (
  { deps, member }: { readonly deps: Deps; readonly member: Member },
  ids?: ReadonlySet<string>,
): Promise<Scope | null> => {
  if (member.dataLayers === undefined) return null;
  const wanted = member.dataLayers.filter((id) => ids?.has(id) ?? true);
  const documents = await Promise.all(wanted.map((id) => readableLayer(deps, id)));
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

/** Whether a reader of this scope may be told of a record that stands under a layer's id. */
export const seesRecord = (scope: Scope | null, layerId: string, recordId: string): boolean =>
  scope === null || (madeAt(recordId) ?? 0) >= (scope.since.get(layerId) ?? Number.POSITIVE_INFINITY);
