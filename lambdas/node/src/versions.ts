import manifest from "../package.json" with { type: "json" };

// package.json pins exact versions, so it knows what is in the bundle.
export const expressVersion = manifest.dependencies.express;
export const sdkVersion = manifest.dependencies["@aws-sdk/client-dynamodb"];
