/**
 * The floor and the framework: the item routes with fixed answers. What its figures
 * are above the floor's is what Express and serverless-http cost.
 */
import { itemsHandler } from "./items.ts";

const nothing = async () => undefined;

export const handler = itemsHandler({
  create: async () => "00000000-0000-4000-8000-000000000000",
  list: nothing,
  get: nothing,
  replace: nothing,
  delete: nothing,
});
