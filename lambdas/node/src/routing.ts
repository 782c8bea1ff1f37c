import express, { type Express } from "express";

/** Paths are answered bare and under these. */
const prefixes = ["", "/node", "/typescript"];

/** Express as the API and the layers below it have it, so that they differ in what they add. */
export function createExpress(): Express {
  return express()
    .disable("x-powered-by")
    .enable("case sensitive routing")
    .enable("strict routing");
}

/** All paths where a route is answered. */
export function prefixed(path: string): string[] {
  return prefixes.map((prefix) => prefix + path);
}
