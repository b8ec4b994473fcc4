// The validator is off because it sends this API's description to another site. A token is forgotten with the page.
globalThis.SwaggerUIBundle({
  url: "/api/v1/openapi.json",
  dom_id: "#operations",
  validatorUrl: null,
  persistAuthorization: false,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
});
