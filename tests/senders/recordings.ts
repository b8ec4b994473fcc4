import { readFileSync } from "node:fs";
import { z } from "zod";
import type { Sent } from "./senderWorld.ts";

const recordingSchema = z.looseObject({
  receivedAt: z.string(),
  path: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});

const fileOf = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`recorded/${name}.json`, import.meta.url), "utf8"));

/** Headers of the connection, which a request makes anew for itself. */
const OF_CONNECTION = new Set(["host", "connection", "content-length", "transfer-encoding"]);

/** A request as a real sender, or its vendor's own signing code, sent it; and when it arrived (ms). */
export const recording = (
  name: string,
): { readonly sent: Required<Omit<Sent, "method" | "origin">>; readonly at: number } => {
  const { receivedAt, path, headers, body } = recordingSchema.parse(fileOf(name));
  const own = Object.entries(headers).filter(([header]) => !OF_CONNECTION.has(header));
  return { sent: { path, headers: Object.fromEntries(own), body }, at: Date.parse(receivedAt) };
};

/** The secret with which the recordings of a sender were signed. */
export const recordedSecret = (sender: string): string =>
  z.looseObject({ secret: z.string() }).parse(fileOf(`${sender}/secrets`)).secret;
