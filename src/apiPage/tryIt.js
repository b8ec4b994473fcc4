import { element } from "./element.js";
import { exampleOf } from "./schema.js";

const bodySchemaOf = (operation) => operation.requestBody?.content?.["application/json"]?.schema;

const inputFor = (parameter) => {
  const id = `try-${crypto.randomUUID()}`;
  const input = element("input", {
    id,
    name: parameter.name,
    required: parameter.required === true,
    autocomplete: "off",
  });
  const label = element("label", { for: id }, `${parameter.name} (${parameter.in})`);
  return { parameter, input, row: element("div", { class: "row" }, label, input) };
};

const urlOf = (path, inputs) => {
  let filled = path;
  const query = new URLSearchParams();
  for (const { parameter, input } of inputs) {
    if (parameter.in === "path") filled = filled.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
    if (parameter.in === "query" && input.value !== "") query.set(parameter.name, input.value);
  }
  return query.size === 0 ? filled : `${filled}?${query}`;
};

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

const curlFor = (method, url, body) =>
  [
    `curl -X ${method.toUpperCase()} ${quoted(location.origin + url)}`,
    `-H "authorization: Bearer $LAYERHOOK_TOKEN"`,
    ...(body === undefined ? [] : [`-H "content-type: application/json"`, `-d ${quoted(body)}`]),
  ].join(" \\\n  ");

const answerText = async (response) => {
  const text = await response.text();
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
};

/** A form that sends the request with the session of the dashboard or with a token, and shows the answer. */
export const tryIt = ({ method, path, operation, schemas, token }) => {
  const inputs = (operation.parameters ?? []).filter((parameter) => parameter.in !== "header").map(inputFor);
  const schema = bodySchemaOf(operation);
  const id = `try-${crypto.randomUUID()}`;
  const example = schema === undefined ? undefined : exampleOf(schema, schemas);
  const body =
    schema === undefined
      ? null
      : element(
          "textarea",
          { id, rows: 8, spellcheck: "false" },
          example === undefined ? "{}" : JSON.stringify(example, null, 2),
        );
  const answer = element("div", { role: "status" });
  let isSending = false;
  const send = async (event) => {
    event.preventDefault();
    const url = urlOf(path, inputs);
    if (isSending || (method === "delete" && !confirm(`Send DELETE ${url}?`))) return;
    isSending = true;
    const text = body === null || body.value.trim() === "" ? undefined : body.value;
    const began = performance.now();
    const shown = [
      element("h4", {}, "The same with curl"),
      element("pre", { tabindex: "0" }, curlFor(method, url, text)),
    ];
    try {
      const response = await fetch(url, {
        method: method.toUpperCase(),
        // With a token of its own, a request neither uses nor replaces the session of the dashboard.
        credentials: token.value === "" ? "same-origin" : "omit",
        cache: "no-store",
        headers: {
          ...(token.value === "" ? {} : { authorization: `Bearer ${token.value}` }),
          ...(text === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(text === undefined ? {} : { body: text }),
      });
      const took = Math.round(performance.now() - began);
      answer.replaceChildren(
        element("p", {}, element("strong", {}, `${response.status} ${response.statusText}`.trim()), ` in ${took} ms`),
        element("pre", { tabindex: "0" }, await answerText(response)),
        ...shown,
      );
    } catch {
      answer.replaceChildren(element("p", {}, "No answer. Check your connection."), ...shown);
    } finally {
      isSending = false;
    }
  };
  return element(
    "form",
    { class: "try", onsubmit: send },
    ...inputs.map(({ row }) => row),
    body === null ? null : element("div", {}, element("label", { for: id }, "Body (JSON)"), body),
    element("button", { type: "submit" }, "Send"),
    answer,
  );
};
