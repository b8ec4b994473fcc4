import type { LoggedDelivery } from "../../app/stored/deliveryLog.ts";
import { clip } from "../../core/bytes.ts";
import { SUBJECT_NAME_BYTES } from "../../core/limits.ts";
import type { Arrived } from "./arrived.ts";
import { bodyValueAt } from "./body/bodyPath.ts";

/** The places of a name: a header, or a path in the JSON body. The first with a name counts. */
type Place = { readonly header: string } | string;

interface Recipe {
  /** The places that only this sender's requests have. All must be there. */
  readonly when: readonly [Place, ...Place[]];
  readonly event: readonly Place[];
  readonly type: readonly Place[];
  readonly id: readonly Place[];
}

/**
 * Where known senders name what was published. A recipe may guess the sender from the form of a request, because only
 * the log uses the name.
 */
const recipes: readonly Recipe[] = [
  {
    when: [{ header: "x-contentful-topic" }],
    event: [{ header: "x-contentful-topic" }],
    type: ["sys.contentType.sys.id", "sys.type"],
    id: ["sys.id", { header: "x-contentful-crn" }],
  },
  {
    when: [{ header: "sanity-webhook-id" }],
    event: [{ header: "sanity-operation" }],
    type: ["_type"],
    id: [{ header: "sanity-document-id" }, "_id"],
  },
  {
    when: [{ header: "x-strapi-event" }],
    event: [{ header: "x-strapi-event" }],
    type: ["model", "uid"],
    id: ["entry.documentId", "entry.id", "media.id"],
  },
  {
    when: [{ header: "x-github-event" }],
    event: [{ header: "x-github-event" }],
    type: ["ref", "repository.full_name"],
    id: ["after", "head_commit.id"],
  },
  {
    when: [{ header: "x-shopify-topic" }],
    event: [{ header: "x-shopify-topic" }],
    type: [{ header: "x-shopify-shop-domain" }],
    id: ["admin_graphql_api_id", "id"],
  },
  { when: ["operation", "data.__typename"], event: ["operation"], type: ["data.__typename"], id: ["data.id"] },
  {
    when: ["notifications.0.message.action"],
    event: ["notifications.0.message.action"],
    type: ["notifications.0.data.system.type", "notifications.0.message.object_type"],
    id: ["notifications.0.data.system.codename", "notifications.0.data.system.id"],
  },
  {
    when: ["module", "event", "data"],
    event: ["event"],
    type: ["data.content_type.uid", "module"],
    id: ["data.entry.uid", "data.asset.uid"],
  },
  { when: ["action", "space_id"], event: ["action"], type: ["full_slug"], id: ["story_id", "datasource_slug"] },
  { when: ["event_type", "entity_type"], event: ["event_type"], type: ["entity_type"], id: ["entity.id"] },
  { when: ["referenceName", "instanceGuid"], event: ["state"], type: ["referenceName"], id: ["contentID"] },
  {
    when: ["modelName", "operation"],
    event: ["operation"],
    type: ["modelName"],
    id: ["newValue.id", "previousValue.id"],
  },
  { when: ["event", "collection"], event: ["event"], type: ["collection"], id: ["key", "keys.0"] },
  { when: ["type", "apiUrl", "domain"], event: ["type"], type: ["domain"], id: ["masterRef"] },
  { when: ["post.current"], event: [], type: [], id: ["post.current.id", "post.previous.id"] },
  { when: ["page.current"], event: [], type: [], id: ["page.current.id", "page.previous.id"] },
  { when: ["event", "resource"], event: ["event"], type: ["data.type", "resource"], id: ["data.id"] },
  { when: ["type", "data"], event: ["type"], type: ["data.type"], id: ["data.id"] },
];

const nameOf = (value: unknown): string | null => {
  if (typeof value !== "string" && typeof value !== "number") return null;
  const text = clip(String(value).slice(0, 200).replaceAll(/\p{C}/gu, ""), SUBJECT_NAME_BYTES);
  return text === "" ? null : text;
};

/** The name of what was published; null if the request has none or its sender is unknown. */
export const subjectOf = (arrived: Pick<Arrived, "headers" | "body">): LoggedDelivery["subject"] => {
  const at = (place: Place): unknown =>
    typeof place === "string" ? bodyValueAt(arrived, place) : arrived.headers.get(place.header);
  const has = (place: Place): boolean => (at(place) ?? null) !== null;
  const recipe = recipes.find(({ when }) => when.every(has));
  if (recipe === undefined) return null;
  const name = (places: readonly Place[]): string | null =>
    places.map((place) => nameOf(at(place))).find((found) => found !== null) ?? null;
  const subject = { event: name(recipe.event), type: name(recipe.type), id: name(recipe.id) };
  return subject.event === null && subject.type === null && subject.id === null ? null : subject;
};
