import type { LoggedDelivery } from "../../app/stored/deliveryLog.ts";
import { clip } from "../../core/bytes.ts";
import { SUBJECT_NAME_BYTES, TITLE_BYTES } from "../../core/limits.ts";
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
  /** Where the title is: a text, or texts by their locale. */
  readonly title?: readonly Place[];
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
    title: ["fields.title", "fields.name", "fields.headline", "fields.internalName"],
  },
  {
    when: [{ header: "sanity-webhook-id" }],
    event: [{ header: "sanity-operation" }],
    type: ["_type"],
    id: [{ header: "sanity-document-id" }, "_id"],
    title: ["title", "name", "headline"],
  },
  {
    when: [{ header: "x-strapi-event" }],
    event: [{ header: "x-strapi-event" }],
    type: ["model", "uid"],
    id: ["entry.documentId", "entry.id", "media.id"],
    title: ["entry.title", "entry.name", "entry.headline", "media.name"],
  },
  {
    when: [{ header: "x-github-event" }],
    event: [{ header: "x-github-event" }],
    type: ["ref", "repository.full_name"],
    id: ["after", "head_commit.id"],
    title: ["head_commit.message"],
  },
  {
    when: [{ header: "x-shopify-topic" }],
    event: [{ header: "x-shopify-topic" }],
    type: [{ header: "x-shopify-shop-domain" }],
    id: ["admin_graphql_api_id", "id"],
    title: ["title"],
  },
  {
    when: ["operation", "data.__typename"],
    event: ["operation"],
    type: ["data.__typename"],
    id: ["data.id"],
    title: ["data.title", "data.name"],
  },
  {
    when: ["notifications.0.message.action"],
    event: ["notifications.0.message.action"],
    type: ["notifications.0.data.system.type", "notifications.0.message.object_type"],
    id: ["notifications.0.data.system.codename", "notifications.0.data.system.id"],
    title: ["notifications.0.data.system.name"],
  },
  {
    when: ["module", "event", "data"],
    event: ["event"],
    type: ["data.content_type.uid", "module"],
    id: ["data.entry.uid", "data.asset.uid"],
    title: ["data.entry.title", "data.asset.title"],
  },
  {
    when: [{ header: "umb-webhook-event" }],
    event: [{ header: "umb-webhook-event" }],
    type: ["ContentType", "contentType"],
    id: ["Id", "id"],
    title: ["Name", "name"],
  },
  {
    when: [{ header: "x-gitlab-event" }],
    event: [{ header: "x-gitlab-event" }],
    type: ["ref"],
    id: ["checkout_sha", "after"],
  },
  {
    when: [{ header: "x-event-key" }],
    event: [{ header: "x-event-key" }],
    type: ["push.changes.0.new.name", "repository.full_name"],
    id: ["push.changes.0.new.target.hash"],
  },
  {
    when: [{ header: "x-wc-webhook-topic" }],
    event: [{ header: "x-wc-webhook-topic" }],
    type: [{ header: "x-wc-webhook-resource" }],
    id: ["id"],
    title: ["name"],
  },
  {
    when: ["triggerType", "payload"],
    event: ["triggerType"],
    type: ["payload.collectionId", "payload.siteId"],
    id: ["payload.id", "payload.siteId"],
  },
  {
    when: ["webhook.event", "data"],
    event: ["webhook.event"],
    type: ["data.page_type", "data.collection_key"],
    id: ["data.id", "data.slug"],
  },
  { when: ["base.id", "webhook.id"], event: [], type: ["base.id"], id: ["webhook.id"] },
  { when: ["type", "entity.id"], event: ["type"], type: ["entity.type"], id: ["entity.id"] },
  { when: ["item.get.id"], event: [], type: ["item.get.type"], id: ["item.get.id"] },
  {
    when: ["type.subject", "type.action"],
    event: ["type.action"],
    type: ["type.subject"],
    id: ["data.docId", "data.journalId"],
  },
  {
    when: ["updates.0.entity_definition"],
    event: ["updates.0.operation"],
    type: ["updates.0.entity_definition"],
    id: ["updates.0.identifier"],
  },
  { when: ["senderClass", "name"], event: ["name"], type: ["senderClass"], id: ["sender.id"] },
  { when: ["branch", "paths", "type"], event: ["type"], type: ["branch"], id: ["paths.0"] },
  { when: ["action", "space_id"], event: ["action"], type: ["full_slug"], id: ["story_id", "datasource_slug"] },
  {
    when: ["event_type", "entity_type"],
    event: ["event_type"],
    type: ["entity_type"],
    id: ["entity.id"],
    title: ["entity.attributes.title", "entity.attributes.name"],
  },
  { when: ["referenceName", "instanceGuid"], event: ["state"], type: ["referenceName"], id: ["contentID"] },
  {
    when: ["modelName", "operation"],
    event: ["operation"],
    type: ["modelName"],
    id: ["newValue.id", "previousValue.id"],
    title: ["newValue.title", "newValue.name"],
  },
  {
    when: ["event", "collection"],
    event: ["event"],
    type: ["collection"],
    id: ["key", "keys.0"],
    title: ["payload.title", "payload.name"],
  },
  { when: ["type", "apiUrl", "domain"], event: ["type"], type: ["domain"], id: ["masterRef"] },
  {
    when: ["post.current"],
    event: ["event"],
    type: [],
    id: ["post.current.id", "post.previous.id"],
    title: ["post.current.title", "post.previous.title"],
  },
  {
    when: ["page.current"],
    event: ["event"],
    type: [],
    id: ["page.current.id", "page.previous.id"],
    title: ["page.current.title", "page.previous.title"],
  },
  { when: ["event", "resource"], event: ["event"], type: ["data.type", "resource"], id: ["data.id"] },
  { when: ["type", "data"], event: ["type"], type: ["data.type"], id: ["data.id"] },
];

type Asked = Pick<Arrived, "headers" | "body">;

const valueAt = (arrived: Asked, place: Place): unknown =>
  typeof place === "string" ? bodyValueAt(arrived, place) : arrived.headers.get(place.header);

const recipeFor = (arrived: Asked): Recipe | undefined =>
  recipes.find(({ when }) => when.every((place) => (valueAt(arrived, place) ?? null) !== null));

const lineOf = (value: unknown, limit: number): string | null => {
  if (typeof value !== "string" && typeof value !== "number") return null;
  const text = clip(String(value).slice(0, 200).replaceAll(/\p{C}/gu, ""), limit);
  return text === "" ? null : text;
};

/** The first text at these places. */
const textAt = (arrived: Asked, places: readonly Place[], read: (value: unknown) => string | null): string | null =>
  places.map((place) => read(valueAt(arrived, place))).find((found) => found !== null) ?? null;

/** The name of what was published; null if the request has none or its sender is unknown. */
export const subjectOf = (arrived: Asked): LoggedDelivery["subject"] => {
  const recipe = recipeFor(arrived);
  if (recipe === undefined) return null;
  const name = (places: readonly Place[]): string | null =>
    textAt(arrived, places, (value) => lineOf(value, SUBJECT_NAME_BYTES));
  const subject = { event: name(recipe.event), type: name(recipe.type), id: name(recipe.id) };
  return subject.event === null && subject.type === null && subject.id === null ? null : subject;
};

/** A text, or the first of the texts by locale. */
const titleText = (value: unknown): string | null => {
  const texts: unknown[] = typeof value === "object" && value !== null ? Object.values(value) : [value];
  return texts.map((text) => lineOf(text, TITLE_BYTES)).find((text) => text !== null) ?? null;
};

/** The title of what was published; null if the request has none or its sender is unknown. */
export const titleIn = (arrived: Asked): string | null => textAt(arrived, recipeFor(arrived)?.title ?? [], titleText);
