import type { RequestListener } from "node:http";
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

/**
 * Encodes a path, so that routes and parameters are taken as they are written. Left
 * alone, Express decodes escapes, and cuts a path at a # or a space
 * (https://github.com/expressjs/express/issues/4825).
 */
export function asWritten(path: string): string {
  return path.toWellFormed().split("/").map(encodeURIComponent).join("/");
}

/** An app as the listener of a plain server, which hands out its URLs as they are. */
export function listenerOf(app: Express): RequestListener {
  return (req, res) => {
    req.url = req.url?.replace(/^[^?]*/, asWritten);
    app(req, res);
  };
}
