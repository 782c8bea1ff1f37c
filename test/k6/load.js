import { suite } from "./lib/suite.js";

export const { options, setup, iteration, teardown } = suite(JSON.parse(open("./scenarios/load.json")));
export default iteration;
