import type { EventData } from "node:test";

type TestEvent =
  | { readonly type: "test:summary"; readonly data: EventData.TestSummary }
  | { readonly type: "other" };

/** A reporter that says no more than how many tests passed and failed, last. */
export default async function* counts(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    // Each file has a summary, too.
    if (event.type !== "test:summary" || event.data.file !== undefined) continue;
    const { tests, passed, skipped, todo } = event.data.counts;
    yield `${passed} passed, ${tests - passed - skipped - todo} failed\n`;
  }
}
