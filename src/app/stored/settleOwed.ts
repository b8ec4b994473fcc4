import type { Tokens } from "../../core/access/tokens.ts";
import type { LayerDocument } from "../../core/layer/layer.ts";
import { dropAppended, type Owed, owesAnything } from "../../core/owed.ts";
import type { SiteDocument } from "../../core/site/site.ts";
import { auditKey, buildKey, syncKey } from "../../store/keys.ts";
import type { Deps, Target } from "../deps.ts";
import { withStoreFault } from "../storeFault.ts";
import { ONCE, readLayer, readSite, readTokens, updateLayer, updateSite, updateTokens } from "./documents.ts";
import { tellLayers } from "./tellLayers.ts";

/** A document with an outbox: of a slot, which may need a worker, or of settings, which never does. */
export type Debtor = Target | { readonly kind: "settings"; readonly id: "tokens" };

/** The document of the tokens. */
export const TOKENS_DEBTOR: Debtor = { kind: "settings", id: "tokens" };

const readDebtor = (deps: Deps, { kind, id }: Debtor): Promise<LayerDocument | SiteDocument | Tokens | null> => {
  if (kind === "settings") return readTokens(deps);
  return kind === "layer" ? readLayer(deps, id) : readSite(deps, id);
};

const keyOf = (target: Debtor, owed: Owed): string => {
  if (owed.kind === "audit") return auditKey(owed.entry);
  return target.kind === "layer" ? syncKey(target.id, owed.id) : buildKey(target.id, owed.id);
};

/**
 * Appends owed entries to the archive. Returns the ids of those that are there now. The key of an entry was fixed when
 * it was owed and the append only creates, so a second append, or one after a lost reply, changes nothing.
 */
export const appendOwed = async (deps: Deps, target: Debtor, owed: readonly Owed[]): Promise<string[]> => {
  const appended = await Promise.all(
    owed.map(async (entry) => {
      const value = entry.kind === "audit" ? entry.entry : entry.record;
      try {
        const key = keyOf(target, entry);
        const { kind } = await deps.archive.write(key, JSON.stringify(value), null);
        // A refused create usually means that the record exists. It may also mean that a concurrent write failed.
        if (kind === "conflict" && (await deps.archive.read(key)) === null) return [];
        return [entry.id];
      } catch (error) {
        deps.report({
          kind: "trouble",
          where: `archive of ${target.kind} ${target.id}`,
          error: withStoreFault("not appended", error),
        });
        return [];
      }
    }),
  );
  return appended.flat();
};

/**
 * Appends what a document owes and then drops it there, each with one attempt. What fails stays owed and is tried again
 * later, at the latest by the drain. `standing` are the ids of entries that are in the archive already. Returns the
 * document as it was read; null if there is none or it could not be read. Never throws.
 */
export const settleOwed = async (
  deps: Deps,
  target: Debtor,
  standing: readonly string[] = [],
): Promise<LayerDocument | SiteDocument | Tokens | null> => {
  let document: LayerDocument | SiteDocument | Tokens | null = null;
  try {
    document = await readDebtor(deps, target);
    if (document === null || !owesAnything(document)) return document;
    const missing = document.owed.filter(({ id }) => !standing.includes(id));
    const told = document.kind === "site" ? await tellLayers(deps, document) : [];
    const ids = [...standing, ...told, ...(await appendOwed(deps, target, missing))];
    if (ids.length === 0) return document;
    const drop = <D extends { owed: Owed[] }>(current: D | null) => dropAppended(current, ids);
    if (target.kind === "layer") await updateLayer(deps, target.id, drop, ONCE);
    else if (target.kind === "settings") await updateTokens(deps, drop, ONCE);
    else await updateSite(deps, target.id, drop, ONCE);
  } catch (error) {
    deps.report({
      kind: "trouble",
      where: `owed entries of ${target.kind} ${target.id}`,
      error: withStoreFault("left for later", error),
    });
  }
  return document;
};
