import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { z } from "zod";
import type { Answer } from "../answer.ts";

const contentSchema = z.record(z.string(), z.looseObject({ schema: z.unknown().optional() }));
const documentSchema = z.looseObject({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({ responses: z.record(z.string(), z.looseObject({ content: contentSchema.optional() })) }),
    ),
  ),
});

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Closes a schema without `additionalProperties`, which would accept fields that are not described. The checks are
 * plain because they run at every node of the description, in every test file that calls the API.
 */
const closed = (_key: string, value: unknown): unknown => {
  if (!isObject(value) || !("type" in value) || value.type !== "object") return value;
  if (!("properties" in value) || !isObject(value.properties)) return value;
  if ("additionalProperties" in value || "allOf" in value) return value;
  const isProblem = "title" in value.properties && "detail" in value.properties;
  return isProblem ? value : { ...value, additionalProperties: false };
};

const token = (part: string): string => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"));

/** Returns how an answer breaks the description of the API, or null. */
export type CheckAnswer = (
  method: string,
  path: string,
  answer: Pick<Answer, "status" | "headers" | "text">,
) => string | null;

export interface Checks {
  readonly answer: CheckAnswer;
  /** Returns how a value breaks a named schema, or null. */
  named(name: string, value: unknown): string | null;
}

/** Reads a description and returns checks of answers against it: status, content type and every field. */
export const checkedBy = (text: string): Checks => {
  const { paths } = documentSchema.parse(JSON.parse(text));
  const ajv = new Ajv2020({ strict: false, validateSchema: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(JSON.parse(text, closed), "api");
  const compiled = new Map<string, ValidateFunction>();
  const check = (pointer: readonly string[], value: unknown): string | null => {
    const ref = `api#/${pointer.map(token).join("/")}`;
    const validate = compiled.get(ref) ?? ajv.compile({ $ref: ref });
    compiled.set(ref, validate);
    if (validate(value)) return null;
    const [first] = validate.errors ?? [];
    const extra = first?.keyword === "additionalProperties" ? ` (${first.params["additionalProperty"]})` : "";
    return `${first?.instancePath} ${first?.message}${extra}`;
  };
  const operations = Object.keys(paths).map((path) => ({
    path,
    pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}/?$`),
  }));
  const answer: CheckAnswer = (method, path, { status, headers, text: body }) => {
    const asked = `${method} ${path} answered ${status}`;
    const { pathname } = new URL(`https://hooks.example.com/api/v1${path}`);
    const found = operations.find(({ pattern }) => pattern.test(pathname));
    const key = (method === "HEAD" ? "GET" : method).toLowerCase();
    const responses = found === undefined ? undefined : paths[found.path]?.[key]?.responses;
    if (found === undefined || responses === undefined) {
      return status === 404 || status === 405 ? null : `${asked}: there is no such operation`;
    }
    const response = responses[String(status)];
    if (response === undefined) return `${asked}: this status is not described`;
    if (method === "HEAD" || status === 304) return body === "" ? null : `${asked}: a body`;
    const { content } = response;
    if (content === undefined) return body === "" ? null : `${asked}: a body that is not described`;
    const [type = ""] = (headers.get("content-type") ?? "").split(";");
    if (content[type] === undefined) return `${asked}: ${type || "no type"} is not described`;
    const values = type === "application/x-ndjson" ? body.split("\n").filter((line) => line !== "") : [body];
    const pointer = ["paths", found.path, key, "responses", String(status), "content", type, "schema"];
    const wrong = values.map((value) => check(pointer, JSON.parse(value))).find((one) => one !== null);
    return wrong === undefined ? null : `${asked}: ${wrong} in ${body.slice(0, 400)}`;
  };
  return { answer, named: (name, value) => check(["components", "schemas", name], value) };
};
