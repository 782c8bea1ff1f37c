// Imports that find nothing beside the importing file look on NODE_PATH, as they do in
// Lambda's Node.js since version 18 and in no other.
const { registerHooks } = process.getBuiltinModule("node:module");
const { pathToFileURL } = process.getBuiltinModule("node:url");

const packages = process.env.NODE_PATH.split(":").filter((dir) => dir.endsWith("/node_modules"));

registerHooks({
  resolve(specifier, context, next) {
    try {
      return next(specifier, context);
    } catch (error) {
      if (error.code !== "ERR_MODULE_NOT_FOUND" || /^(\.|\/|[a-z]+:)/.test(specifier)) throw error;
      for (const dir of packages) {
        try {
          return next(specifier, { ...context, parentURL: pathToFileURL(`${dir}/..`).href + "/" });
        } catch (missing) {
          if (missing.code !== "ERR_MODULE_NOT_FOUND") throw missing;
        }
      }
      throw error;
    }
  },
});
