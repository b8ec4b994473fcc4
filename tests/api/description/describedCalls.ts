import { z } from "zod";

const parameterSchema = z.looseObject({
  name: z.string(),
  in: z.string(),
  schema: z.looseObject({ enum: z.array(z.string()).optional() }),
});
const operationSchema = z.looseObject({
  operationId: z.string(),
  parameters: z.array(parameterSchema).optional(),
  requestBody: z.looseObject({ required: z.boolean().optional() }).optional(),
});
const documentSchema = z.looseObject({ paths: z.record(z.string(), z.record(z.string(), operationSchema)) });

/** One method of one path, as the API describes it. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  /** Below `/api/v1`, with its parameters in braces. */
  readonly path: string;
  readonly params: readonly string[];
  readonly query: readonly { readonly name: string; readonly values: readonly string[] }[];
  /** Whether it takes a body, and whether it needs one. */
  readonly body: "none" | "optional" | "required";
}

/** Every operation of a description. */
export const operationsOf = (text: string): Operation[] =>
  Object.entries(documentSchema.parse(JSON.parse(text)).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, parameters = [], requestBody }]) => ({
      id: operationId,
      method: method.toUpperCase(),
      path: path.slice("/api/v1".length),
      params: [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name),
      query: parameters.flatMap(({ in: place, name, schema }) =>
        place === "query" ? [{ name, values: schema.enum ?? [] }] : [],
      ),
      body: requestBody === undefined ? "none" : requestBody.required === true ? "required" : "optional",
    })),
  );

/** What a call may name: ids and other names of somebody's things, by the words that paths and samples use. */
export type Things = Readonly<Record<string, string>>;

export interface SampleCall {
  readonly path: string;
  readonly body?: unknown;
}

/** Values to try for what the description leaves open. A sample names things, so that one of each owner can be made. */
export interface Samples {
  readonly query: Readonly<Record<string, (things: Things) => readonly string[]>>;
  readonly body: Readonly<Record<string, (things: Things) => readonly unknown[]>>;
}

const named = (things: Things, name: string): string => {
  const value = things[name];
  if (value === undefined) throw new Error(`the walk has no sample of {${name}}: give it one`);
  return value;
};

/**
 * The calls to try of an operation where `own` and `other` name things: each parameter of its path names one of the
 * other's in turn, then all of them do; each parameter of its query and each body is tried in turn. Throws where the
 * description asks for something that no sample is given for: a new route or parameter must be walked as well.
 */
export const callsOf = (operation: Operation, own: Things, other: Things, samples: Samples): SampleCall[] => {
  const { id, path, params, query, body } = operation;
  const fill = (owner: (name: string) => Things): string =>
    path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => named(owner(name), name));
  const paths = [
    ...new Set([
      fill(() => own),
      ...params.map((theirs) => fill((name) => (name === theirs ? other : own))),
      fill(() => other),
    ]),
  ];
  const queries = query.flatMap(({ name, values }) => {
    const given = samples.query[name]?.(other) ?? values;
    if (given.length === 0) throw new Error(`the walk has no sample of ?${name}= (${id}): give it one`);
    return given.map((value) => `?${name}=${encodeURIComponent(value)}`);
  });
  const bodies = samples.body[id]?.(other) ?? [];
  if (body === "required" && bodies.length === 0) throw new Error(`the walk has no body for ${id}: give it one`);
  const sent = body === "none" ? [undefined] : body === "optional" ? [undefined, ...bodies] : bodies;
  return paths.flatMap((real, index) =>
    (index === 0 ? ["", ...queries] : [""]).flatMap((asked) =>
      sent.map((one) => ({ path: `${real}${asked}`, ...(one === undefined ? {} : { body: one }) })),
    ),
  );
};
