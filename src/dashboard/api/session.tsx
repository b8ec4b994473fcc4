import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Session } from "./types.ts";

export interface Member {
  readonly session: Session;
  /** May change layers, webhooks and sites. */
  readonly writes: boolean;
  readonly owns: boolean;
  /** Throws `Refused` or `Unreachable` if the session may go on. */
  signOut(): Promise<void>;
}

export const MemberContext = createContext<Member | null>(null);

/** Returns the member who is signed in. Throws if nobody is. */
export const useMember = (): Member => {
  const member = useContext(MemberContext);
  if (member === null) throw new RangeError("nobody is signed in here");
  return member;
};

/** Returns why the member may not do what `needs` says, or null if they may. */
export const whyNot = ({ session, writes, owns }: Member, needs: Needs): string | null => {
  const { dataLayers } = session;
  if (needs === "system" && writes && dataLayers !== null) {
    return "Only a token of all layers can do this. Your token is limited to some layers.";
  }
  if (needs === "owner" ? owns : writes) return null;
  const who = needs === "owner" ? "an Owner" : "an Owner or a Developer";
  return `Only ${who} can do this. Your role is ${session.role}.`;
};
/** `system`: a writer whose token is not limited to some layers, because sites and new layers concern the whole system. */
export type Needs = "writer" | "system" | "owner";
