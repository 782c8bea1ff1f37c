SwaggerUIBundle({ url: "docs/openapi.yaml", dom_id: "#ui", tryItOutEnabled: true, validatorUrl: null, displayRequestDuration: true });
