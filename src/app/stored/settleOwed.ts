import type { Tokens } from "../../core/access/tokens.ts";
import type { LayerDocument } from "../../core/layer/layer.ts";
import { dropAppended, type Owed } from "../../core/owed.ts";
import type { SiteDocument } from "../../core/site/site.ts";
import { auditKey, buildKey, syncKey } from "../../store/keys.ts";
import type { Deps, Target } from "../deps.ts";
import { withStoreFault } from "../storeFault.ts";
import { ONCE, readLayer, readSite, readTokens, updateLayer, updateSite, updateTokens } from "./documents.ts";

/** A document that owes entries: a slot's, for which a worker may come, or one of settings, for which none does. */
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
 * Appends owed entries to the archive and says which are known to stand there. The key of an entry was fixed when it was
 * owed and the append only creates, so whoever comes second, or tries again after a lost reply, appends nothing.
 */
export const appendOwed = async (deps: Deps, target: Debtor, owed: readonly Owed[]): Promise<string[]> => {
  const appended = await Promise.all(
    owed.map(async (entry) => {
      const value = entry.kind === "audit" ? entry.entry : entry.record;
      try {
        const key = keyOf(target, entry);
        const { kind } = await deps.archive.write(key, JSON.stringify(value), null);
        // A refused create mostly means that it stands there; it may also mean that another write was under way and failed.
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
 * Appends what a document owes and then drops it from there, each with one try: what fails stays owed and is settled by
 * whoever comes next, the drain at the latest. `standing` are ids known to be appended already. Gives the document as it
 * was read; null: there is none, or it could not be read. Never throws.
 */
export const settleOwed = async (
  deps: Deps,
  target: Debtor,
  standing: readonly string[] = [],
): Promise<LayerDocument | SiteDocument | Tokens | null> => {
  let document: LayerDocument | SiteDocument | Tokens | null = null;
  try {
    document = await readDebtor(deps, target);
    if (document === null || document.owed.length === 0) return document;
    const missing = document.owed.filter(({ id }) => !standing.includes(id));
    const ids = [...standing, ...(await appendOwed(deps, target, missing))];
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
