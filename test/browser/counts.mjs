// A reporter of node --test that says, last, how many tests passed and failed.
export default async function* counts(events) {
  const n = { "test:pass": 0, "test:fail": 0 };
  for await (const { type, data } of events) {
    if (type in n && data.details.type !== "suite" && !data.skip && !data.todo) n[type]++;
  }
  yield `${n["test:pass"]} passed, ${n["test:fail"]} failed\n`;
}
