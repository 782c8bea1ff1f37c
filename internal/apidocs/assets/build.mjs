// Copies Swagger UI into vendor/, which bench embeds: files that fetch nothing
// from elsewhere, with their licence.
//
//   npm ci && npm run build

import { copyFile } from "node:fs/promises";

for (const name of ["swagger-ui.css", "LICENSE", "NOTICE", "swagger-ui-bundle.js"]) {
  await copyFile(`node_modules/swagger-ui-dist/${name}`, `vendor/${name}`);
}
