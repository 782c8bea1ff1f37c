// What k6 gives a script without an import, beside what its types know.
declare const console: { warn(text: string): void };
