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
  /** The path below `/api/v1`, with parameters in braces. */
  readonly path: string;
  readonly params: readonly string[];
  readonly query: readonly { readonly name: string; readonly values: readonly string[] }[];
  /** Whether the operation takes or needs a body. */
  readonly body: "none" | "optional" | "required";
}

/** Returns all operations of a description. */
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

/** Ids and names that a call can refer to, by the words that paths and samples use for them. */
export type Things = Readonly<Record<string, string>>;

export interface SampleCall {
  readonly path: string;
  readonly body?: unknown;
}

/** Values to try where the description leaves them open. A sample is made from one layer's things. */
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
 * Returns the calls to try of an operation. Each parameter of the path in turn names a thing of `other` instead of
 * `own`, then all of them do. Each parameter of the query and each body is tried in turn. Throws if a sample is
 * missing, so that a new route or parameter is tried too.
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
