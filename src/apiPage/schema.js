import { element, later, prose } from "./element.js";

const REF = "#/components/schemas/";
const choicesOf = (schema) => schema.anyOf ?? schema.oneOf ?? null;

/** A schema with its name as the title, if it is a reference to one. */
export const resolved = (schema, schemas) => {
  const name = schema.$ref?.startsWith(REF) ? schema.$ref.slice(REF.length) : null;
  return name === null ? schema : { ...schemas[name], title: name };
};

const isNull = (schema) => schema.type === "null" || schema.const === null;

const boundsOf = (schema) =>
  [
    schema.format,
    schema.minimum === undefined ? null : `at least ${schema.minimum}`,
    schema.maximum === undefined ? null : `at most ${schema.maximum}`,
    schema.minLength > 0 ? `at least ${schema.minLength} characters` : null,
    schema.maxLength === undefined ? null : `at most ${schema.maxLength} characters`,
    schema.maxItems === undefined ? null : `at most ${schema.maxItems} items`,
    schema.default === undefined ? null : `default ${JSON.stringify(schema.default)}`,
  ].filter(Boolean);

/** The type of a schema in a few words. */
export const typeText = (given, schemas) => {
  const schema = resolved(given, schemas);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const choices = choicesOf(schema);
  if (choices !== null) return [...new Set(choices.map((choice) => typeText(choice, schemas)))].join(" | ");
  const types = [schema.type ?? (schema.properties === undefined ? "any" : "object")].flat();
  return types
    .map((type) => {
      if (type === "array") return `list of ${typeText(schema.items ?? {}, schemas)}`;
      return type === "object" ? (schema.title ?? "object") : type;
    })
    .join(" | ");
};

/** The object within a schema that has fields of its own; null: there is none. */
const objectsIn = (given, schemas) => {
  const schema = resolved(given, schemas);
  const choices = choicesOf(schema);
  if (choices !== null)
    return choices.filter((choice) => !isNull(choice)).flatMap((choice) => objectsIn(choice, schemas));
  if (schema.items !== undefined) return objectsIn(schema.items, schemas);
  if (schema.properties !== undefined) return [schema];
  return typeof schema.additionalProperties === "object" ? objectsIn(schema.additionalProperties, schemas) : [];
};

const field = (name, schema, isRequired, schemas) => {
  const of = resolved(schema, schemas);
  const objects = objectsIn(schema, schemas);
  const description = schema.description ?? of.description;
  const bounds = boundsOf(of);
  return element(
    "li",
    {},
    element("code", { class: "name" }, name),
    " ",
    element("span", { class: "type" }, typeText(schema, schemas)),
    isRequired ? element("span", { class: "required" }, " required") : null,
    bounds.length === 0 ? null : element("span", { class: "muted" }, ` (${bounds.join(", ")})`),
    description === undefined ? null : element("p", {}, ...prose(description)),
    objects.length === 0
      ? null
      : later({}, [`Fields of ${name}`], () => objects.map((object) => fields(object, schemas))),
  );
};

/** The fields of an object as a list. */
const fields = ({ title, properties = {}, required = [] }, schemas) =>
  element(
    "div",
    { class: "fields" },
    title === undefined ? null : element("p", { class: "muted" }, title),
    element(
      "ul",
      {},
      Object.entries(properties).map(([name, schema]) => field(name, schema, required.includes(name), schemas)),
    ),
  );

/** What a body or an answer holds. */
export const schemaView = (schema, schemas) => {
  const objects = objectsIn(schema, schemas);
  // One object alone is named by the type already.
  const named = objects.length === 1 ? objects.map(({ title: _title, ...object }) => object) : objects;
  return element(
    "div",
    { class: "schema" },
    element("p", { class: "type" }, typeText(schema, schemas)),
    ...named.map((object) => fields(object, schemas)),
  );
};

/** An example of a schema; undefined: it has none. */
export const exampleOf = (schema, schemas) => resolved(schema, schemas).examples?.[0];
