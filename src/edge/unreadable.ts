import { NewerDocument, unreadableReason } from "../store/store.ts";
import { problem } from "./problem.ts";

/**
 * 503 for a document that this release cannot read and does not overwrite; null for any other error. `nothing` says
 * what was not done.
 */
export const unreadable = (error: unknown, nothing: string): Response | null => {
  if (unreadableReason(error) === null) return null;
  if (error instanceof NewerDocument) {
    const detail = `A later release of Layerhook wrote this document, and this release cannot read it. ${nothing} Deploy the later release again, and then repeat the request.`;
    return problem(
      { status: 503, code: "DOCUMENT_NEWER", title: "Written by a later release", detail },
      { "retry-after": "60" },
    );
  }
  const detail = `The stored document is damaged. ${nothing} Repeat the request after the document is repaired.`;
  const title = "The document cannot be read";
  return problem({ status: 503, code: "DOCUMENT_UNREADABLE", title, detail }, { "retry-after": "3600" });
};
