import { findLayer } from "../../app/layers.ts";
import { problem } from "../problem.ts";
import type { Call } from "./call.ts";
import type { Member } from "./options.ts";

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

/** The sites a member sees: those that are connected to a data layer they see. Null: all of them. */
export const visibleSites = async ({
  deps,
  member,
}: Pick<Call<unknown, unknown>, "deps" | "member">): Promise<ReadonlySet<string> | null> => {
  if (member.dataLayers === undefined) return null;
  const layers = await Promise.all(member.dataLayers.map((id) => findLayer(deps, id)));
  return new Set(layers.flatMap((layer) => layer?.connectedSites.map(({ siteId }) => siteId) ?? []));
};
