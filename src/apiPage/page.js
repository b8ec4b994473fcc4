import { element, later, prose } from "./element.js";
import { schemaView, typeText } from "./schema.js";
import { tryIt } from "./tryIt.js";

const METHODS = ["get", "post", "put", "patch", "delete"];
const PROBLEM = "application/problem+json";

const main = document.querySelector("#operations");
const search = document.querySelector("#search");
const token = document.querySelector("#token");
const found = document.querySelector("#found");

const parameterList = (parameters, schemas) =>
  element(
    "ul",
    {},
    parameters.map(({ name, in: place, required, description, schema }) =>
      element(
        "li",
        {},
        element("code", { class: "name" }, name),
        " ",
        element("span", { class: "type" }, schema === undefined ? "" : typeText(schema, schemas)),
        element("span", { class: "muted" }, `, in the ${place}`),
        required === true ? element("span", { class: "required" }, " required") : null,
        (description ?? schema?.description) === undefined
          ? null
          : element("p", {}, ...prose(description ?? schema.description)),
      ),
    ),
  );

const responseView = (status, response, description) => {
  const { description: text = "", content = {} } = response.$ref
    ? description.components.responses[response.$ref.split("/").at(-1)]
    : response;
  const [mediaType, { schema } = {}] = Object.entries(content)[0] ?? [];
  const head = [element("strong", {}, status), " ", ...prose(text)];
  return schema === undefined || mediaType === PROBLEM
    ? element("p", {}, ...head)
    : later({}, head, () => [schemaView(schema, description.components.schemas)]);
};

const operationContent = ({ method, path, operation }, description) => {
  const { schemas } = description.components;
  const { parameters = [], requestBody, responses = {} } = operation;
  const body = requestBody?.content?.["application/json"]?.schema;
  return [
    operation.description === undefined ? null : element("p", {}, ...prose(operation.description)),
    parameters.length === 0 ? null : element("h3", {}, "Parameters"),
    parameters.length === 0 ? null : parameterList(parameters, schemas),
    body === undefined ? null : element("h3", {}, "Body"),
    body === undefined ? null : schemaView(body, schemas),
    element("h3", {}, "Answers"),
    ...Object.entries(responses).map(([status, response]) => responseView(status, response, description)),
    later({ class: "try-it" }, ["Try it"], () => [tryIt({ method, path, operation, schemas, token })]),
  ].filter((part) => part !== null);
};

const operationView = (one, description) => {
  const { method, path, operation } = one;
  const summary = [
    element("span", { class: `method ${method}` }, method.toUpperCase()),
    " ",
    element("code", {}, path),
    " ",
    element("span", { class: "summary" }, operation.summary ?? ""),
  ];
  return later({ class: "operation", id: operation.operationId }, summary, () => operationContent(one, description));
};

const operationsOf = ({ paths }) =>
  Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => (item[method] === undefined ? [] : [{ method, path, operation: item[method] }])),
  );

/** Shows the operations that have every searched word, and opens the one that the address names. */
const follow = (shown) => {
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const { view, text } of shown) view.hidden = !words.every((word) => text.includes(word));
    for (const group of main.querySelectorAll("section"))
      group.hidden = group.querySelector("details.operation:not([hidden])") === null;
    const count = shown.filter(({ view }) => !view.hidden).length;
    found.textContent = words.length === 0 ? "" : `${count} of ${shown.length} operations`;
  };
  search.addEventListener("input", filter);
  const open = () => {
    const view = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!(view instanceof HTMLDetailsElement)) return;
    view.open = true;
    // Filled before it is painted, so that nothing below it moves.
    view.dispatchEvent(new Event("toggle"));
    view.scrollIntoView();
  };
  addEventListener("hashchange", open);
  open();
};

const show = (description) => {
  const operations = operationsOf(description).map((one) => {
    const view = operationView(one, description);
    view.addEventListener("toggle", () => {
      if (view.open) history.replaceState(null, "", `#${one.operation.operationId}`);
    });
    const { operationId, summary = "", tags = [] } = one.operation;
    return {
      ...one,
      view,
      text: `${one.method} ${one.path} ${operationId} ${summary} ${tags.join(" ")}`.toLowerCase(),
    };
  });
  const groups = description.tags.map(({ name, description: about = "" }) =>
    element(
      "section",
      { "aria-label": name },
      element("h2", {}, name),
      element("p", { class: "muted" }, ...prose(about)),
      ...operations.filter(({ operation }) => operation.tags?.[0] === name).map(({ view }) => view),
    ),
  );
  main.replaceChildren(element("p", {}, ...prose(description.info.description)), ...groups);
  follow(operations);
};

try {
  const response = await fetch("/api/v1/openapi.json");
  if (!response.ok) throw new Error(String(response.status));
  show(await response.json());
} catch {
  main.replaceChildren(
    element("p", { role: "alert" }, "The description of the API could not be loaded. Reload the page."),
  );
}
