import { type LayerDocument, uidOf } from "../../core/layer/layer.ts";
import { madeAt } from "../../core/madeAt.ts";
import type { Site } from "../../core/site/site.ts";

/**
 * Since when the records under a document's id belong to this document (ms). A former layer or site of the same id
 * leaves its records behind. A layer's uid is older than everything that its creation owes; its `createdAt` is not.
 */
export const ownSince = (document: LayerDocument | Site): number => {
  if (document.kind === "site") return document.createdAt;
  const uid = document.kind === "layer" ? uidOf(document) : document.uid;
  if (uid === undefined) return Number.POSITIVE_INFINITY;
  return madeAt(uid) ?? (document.kind === "layer" ? document.createdAt : Number(uid));
};

/** Whether a record belongs to the document, judged by the creation time in the record's id. */
export const isOwn = (document: LayerDocument | Site, recordId: string): boolean =>
  (madeAt(recordId) ?? Number.POSITIVE_INFINITY) >= ownSince(document);
