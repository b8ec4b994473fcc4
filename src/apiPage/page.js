// The validator would send this system's description to a site elsewhere; a token that is entered leaves with the page.
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
