import { isExpired, isForLayer, type StoredToken } from "../../core/tokens.ts";
import type { Member } from "./member.ts";

/** How a token made at run time begins: what does not begin so costs the store nothing. */
export const TOKEN_PREFIX = "lh_";

/** The member that a stored token stands for; `expired` if its time is over. */
export const storedMember = (token: StoredToken, now: number): Member | "expired" =>
  isExpired(token, now)
    ? "expired"
    : {
        actor: { id: `token:${token.id}`, name: token.name, email: "" },
        role: token.role,
        via: "token",
        proof: { kind: "stored", id: token.id },
        ...(token.dataLayers === undefined
          ? {}
          : { dataLayers: token.dataLayers, sees: (layer) => isForLayer(token, layer) }),
      };
