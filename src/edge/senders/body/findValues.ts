import type { EventCondition, Find, Found } from "../../../core/webhook/eventFilter.ts";
import { headerTextOf } from "../../readBody.ts";
import { type Arrived, queryOf } from "../arrived.ts";
import { contentOf } from "./bodyContent.ts";
import { digAll, LOOKED_UP } from "./bodyPath.ts";

type Request = Pick<Arrived, "target" | "headers" | "body">;

const nothing: Found = { values: [], exists: false, isWhole: true };
const unknown: Found = { ...nothing, isWhole: false };

const foundTexts = (values: readonly string[]): Found => ({
  values,
  exists: values.some((value) => value !== ""),
  isWhole: true,
});

/** A header's value, as it arrived and as UTF-8. */
const inHeader = ({ headers }: Request, name: string): Found => {
  const value = headers.get(name);
  if (value === null) return nothing;
  return foundTexts([...new Set([value, headerTextOf(value)])]);
};

const inQuery = (request: Request, name: string): Found => foundTexts(queryOf(request).getAll(name));

const isScalar = (value: unknown): value is string | number | boolean =>
  ["string", "number", "boolean"].includes(typeof value);
/** A number that was too long to be read exactly. */
const isInexact = (value: unknown): boolean => typeof value === "number" && Math.abs(value) > Number.MAX_SAFE_INTEGER;

/** The values at a path in the body. The elements of a list at its end count each. */
const inBody = (request: Request, path: string): Found => {
  const content = contentOf(request);
  if (content.kind === "unreadable") return unknown;
  if (content.kind === "empty") return nothing;
  const { views, doubt } = content;
  const dug = views.map((view) => digAll(view, path)).find(({ values, isCut }) => isCut || values.length > 0);
  if (dug === undefined) return doubt === "none" ? nothing : unknown;
  if (dug.isCut) return unknown;
  const there = dug.values.flatMap((value) => (Array.isArray(value) ? value : [value]));
  if (there.length > LOOKED_UP) return unknown;
  const scalars = there.filter(isScalar);
  return {
    values: scalars.filter((value) => !isInexact(value)).map(String),
    exists: there.some((value) => value !== null && value !== ""),
    isWhole: doubt !== "all" && !scalars.some(isInexact),
  };
};

/** Finds what conditions ask for in a request. */
export const findValues =
  (request: Request): Find =>
  ({ header, query, bodyPath }: EventCondition): Found => {
    if (header !== undefined) return inHeader(request, header);
    if (query !== undefined) return inQuery(request, query);
    return bodyPath === undefined ? unknown : inBody(request, bodyPath);
  };
