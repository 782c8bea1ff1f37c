import { suite } from "./lib/suite.js";

export const { options, setup, iteration, teardown } = suite(JSON.parse(open("./scenarios/spike.json")));
export default iteration;
