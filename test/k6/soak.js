import { suite } from "./lib/suite.js";

export const { options, setup, iteration, teardown } = suite(JSON.parse(open("./scenarios/soak.json")));
export default iteration;
