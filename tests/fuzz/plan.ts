import { internalMac } from "../../src/edge/secrets.ts";
import { PUBLIC_URL, type Role, SYSTEM_SECRET, tokens } from "./fuzzWorld.ts";
import { type LookUp, type Piece, pieceText } from "./wild/piece.ts";
import { type WildJson, wildJsonText } from "./wild/wildJson.ts";

/** How a request says who sends it. */
export type WhoPlan =
  | { readonly as: Role; readonly form: "plain" | "spaced" | "lower" | "twice" }
  | { readonly says: Piece }
  | null;

/** A request's body before it is sent. */
export type BodyPlan =
  | null
  | { readonly json: WildJson }
  | { readonly bytes: readonly number[] }
  | { readonly piece: Piece }
  /** A wake, as this system sends it; `spoiled` where it is not. */
  | {
      readonly wake: Piece;
      readonly age: number;
      readonly spoiled: "no" | "mac" | "target" | "more" | "no-number";
    };

/** How the bytes come: at once, in two halves, or breaking off between them. */
export type Arrival = "whole" | "halves" | "breaks-off";

/** A request before the world it meets is known. */
export interface RequestPlan {
  readonly method: string;
  /** Joined by slashes, behind the prefix. */
  readonly prefix: string;
  readonly segments: readonly Piece[];
  readonly query: readonly (readonly [Piece, Piece])[];
  readonly headers: readonly (readonly [string, Piece])[];
  readonly who: WhoPlan;
  readonly body: BodyPlan;
  readonly arrival: Arrival;
}

const authorization = (who: Exclude<WhoPlan, null>, lookUp: LookUp): string => {
  if ("says" in who) return pieceText(who.says, lookUp);
  const token = tokens[who.as];
  const forms = {
    plain: `Bearer ${token}`,
    spaced: `Bearer   ${token} `,
    lower: `bearer ${token}`,
    twice: `Bearer ${token}, Bearer ${token}`,
  };
  return forms[who.form];
};

const wakeText = (plan: Extract<BodyPlan, { readonly wake: Piece }>, lookUp: LookUp, now: number): string => {
  const target = `layer/${pieceText(plan.wake, lookUp)}`;
  const at = now - plan.age;
  const mac = internalMac(SYSTEM_SECRET, target, at);
  const forms = {
    no: { target, at, mac },
    mac: { target, at, mac: mac.slice(0, -1) },
    target: { target: `site/${target.slice("layer/".length)}`, at, mac },
    more: { target, at, mac, more: 1 },
    "no-number": { target, at: String(at), mac },
  };
  return JSON.stringify(forms[plan.spoiled]);
};

const bodyBytes = (body: Exclude<BodyPlan, null>, lookUp: LookUp, now: number): Uint8Array<ArrayBuffer> => {
  if ("bytes" in body) return Uint8Array.from(body.bytes);
  const encoder = new TextEncoder();
  if ("json" in body) return encoder.encode(wildJsonText(body.json, lookUp));
  return encoder.encode("piece" in body ? pieceText(body.piece, lookUp) : wakeText(body, lookUp, now));
};

/** The JSON that a request carries, if it carries some and all of it arrives. */
export const jsonOf = ({ body, arrival }: RequestPlan, lookUp: LookUp, now: number): string | null => {
  if (body === null || arrival === "breaks-off") return null;
  if ("json" in body) return wildJsonText(body.json, lookUp);
  return "wake" in body ? wakeText(body, lookUp, now) : null;
};

const streamed = (bytes: Uint8Array, breaks: boolean): ReadableStream<Uint8Array> => {
  const half = Math.ceil(bytes.length / 2);
  const parts = breaks ? [bytes.slice(0, half)] : [bytes.slice(0, half), bytes.slice(half)];
  return new ReadableStream({
    pull(controller) {
      const part = parts.shift();
      if (part !== undefined && part.length > 0) controller.enqueue(part);
      else if (breaks) controller.error(new TypeError("the sender is gone"));
      else controller.close();
    },
  });
};

/**
 * The request as it arrives; null if no client could send it. What the platform's own `Request` and `Headers` refuse
 * never reaches a function.
 */
export const requestOf = (plan: RequestPlan, lookUp: LookUp, now: number): Request | null => {
  const headers = new Headers();
  const add = (name: string, value: string): void => {
    try {
      headers.append(name, value);
    } catch {
      // Left out, as a client would have to.
    }
  };
  for (const [name, value] of plan.headers) add(name, pieceText(value, lookUp));
  if (plan.who !== null) add("authorization", authorization(plan.who, lookUp));
  let within: string | null = null;
  let path = plan.prefix;
  for (const piece of plan.segments) {
    const text = pieceText(piece, lookUp, within);
    if ("known" in piece && within === null) within = text;
    path += `/${text}`;
  }
  const asked = plan.query.map(([name, value]) => `${pieceText(name, lookUp)}=${pieceText(value, lookUp)}`).join("&");
  const bodyless = ["GET", "HEAD"].includes(plan.method.toUpperCase()) || plan.body === null;
  const url = `${PUBLIC_URL}${path}${asked === "" ? "" : `?${asked}`}`;
  try {
    if (bodyless) return new Request(url, { method: plan.method, headers });
    const bytes = bodyBytes(plan.body, lookUp, now);
    const body = plan.arrival === "whole" ? bytes : streamed(bytes, plan.arrival === "breaks-off");
    const init = { method: plan.method, headers, body, duplex: "half" };
    return new Request(url, init);
  } catch {
    return null;
  }
};
