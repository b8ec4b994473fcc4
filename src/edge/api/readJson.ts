import type { ProblemCode } from "../../contract/problemCodes.ts";
import { problem } from "../problem.ts";
import { malformedAt } from "./malformedAt.ts";

/** No body of this API needs more, but for that of an import. */
export const API_BODY_BYTES = 256 * 1024;

export type JsonRead =
  | { readonly kind: "json"; readonly value: unknown }
  | { readonly kind: "empty" }
  | { readonly kind: "refused"; readonly response: Response };

const refused = (status: number, code: ProblemCode, title: string, detail: string, more: object = {}): JsonRead => ({
  kind: "refused",
  response: problem({ status, code, title, detail, ...more }),
});

const tooLarge = (maxBytes: number): JsonRead =>
  refused(413, "BODY_TOO_LARGE", "The body is too large", `This body may have at most ${maxBytes} bytes.`);

const incomplete = (): JsonRead =>
  refused(
    400,
    "BODY_INCOMPLETE",
    "The body is not complete",
    "The body broke off before its end. Nothing was changed.",
  );

/** The body's bytes; `too-many` as soon as there are, whatever the headers say. */
const readBytes = async (request: Request, maxBytes: number): Promise<Uint8Array | "too-many" | "broken-off"> => {
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) return "too-many";
  if (request.body === null) return new Uint8Array();
  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return Buffer.concat(chunks);
      length += value.byteLength;
      if (length > maxBytes) {
        await reader.cancel().catch(() => undefined);
        return "too-many";
      }
      chunks.push(value);
    }
  } catch {
    return "broken-off";
  }
};

/**
 * Reads a request's body as JSON, or says in a problem why it cannot be. What the headers call it is not asked: `curl -d`
 * calls everything a form, and its user means JSON all the same.
 */
export const readJson = async (request: Request, maxBytes = API_BODY_BYTES): Promise<JsonRead> => {
  const bytes = await readBytes(request, maxBytes);
  if (bytes === "too-many") return tooLarge(maxBytes);
  if (bytes === "broken-off") return incomplete();
  if (bytes.byteLength === 0) return { kind: "empty" };
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return refused(400, "MALFORMED_JSON", "The body is not JSON", "The body is not UTF-8.");
  }
  if (text.trim() === "") return { kind: "empty" };
  try {
    return { kind: "json", value: JSON.parse(text) };
  } catch {
    const position = malformedAt(text);
    const line = text.slice(0, position).split("\n").length;
    const where = position >= text.length ? "It ends too early" : `It stops being JSON at character ${position + 1}`;
    return refused(400, "MALFORMED_JSON", "The body is not JSON", `${where} (line ${line}).`, { position, line });
  }
};
