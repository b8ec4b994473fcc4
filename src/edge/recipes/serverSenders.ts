import { documented, type Recipe } from "./recipe.ts";

const JSON_TYPE = { "content-type": "application/json" };
const json = (value: unknown): string => JSON.stringify(value);

/** Software that a team runs on servers of its own. */
export const serverSenders: readonly Recipe[] = [
  {
    cms: "umbraco",
    name: "Umbraco",
    place: "Settings > Webhooks > Create",
    events: "Content Published, Content Unpublished and Content Deleted; Media Saved if your site shows media.",
    headers: true,
    emptyBody: "no",
    proofs: ["header-secret", "basic"],
    secret: null,
    answerWithin: null,
    retries: "Up to 5 times, unless MaximumRetries in its configuration (Umbraco:CMS:Webhook) says otherwise.",
    traps: [
      "Heartcore has its own webhooks, without headers. Put the slug of a data source into the URL.",
      "A condition on the header umb-webhook-event separates publish and unpublish.",
    ],
    verified: documented("https://docs.umbraco.com/umbraco-cms/reference/webhooks"),
    sample: {
      headers: { ...JSON_TYPE, "umb-webhook-event": "Umbraco.ContentPublish", "umb-webhook-retrycount": "0" },
      body: json({ Name: "A test", Id: "test-entry", ContentType: "page", Properties: {} }),
    },
  },
  {
    cms: "craft",
    name: "Craft CMS",
    place: "the plugin Webhooks: Settings > Webhooks > New webhook",
    events: "The sender craft\\elements\\Entry, the event afterSave; filters that leave drafts and revisions out.",
    headers: true,
    emptyBody: "possible",
    proofs: ["header-secret", "basic"],
    secret: null,
    answerWithin: null,
    retries: "None, unless maxAttempts of config/webhooks.php is more than 1; then every retryDelay (60 seconds).",
    traps: ["Choose POST. A GET is refused.", "Without filters one save is sent several times."],
    verified: documented("https://packagist.org/packages/craftcms/webhooks"),
    sample: {
      headers: JSON_TYPE,
      body: json({ name: "afterSave", senderClass: "craft\\elements\\Entry", sender: { id: 1 }, event: {} }),
    },
  },
  {
    cms: "statamic",
    name: "Statamic",
    place: "a listener of your application for EntrySaved and EntryDeleted, with Http::post",
    events: "Events in which $event->entry->published() is or was true.",
    headers: true,
    emptyBody: "possible",
    proofs: ["header-secret", "standard-webhooks"],
    secret: { from: "you", place: "an environment variable of your application" },
    answerWithin: null,
    retries: "As your code does. Put the request into a queued job.",
    traps: [
      "With the Git integration each save is a commit, so you can use the push webhook of your Git host instead.",
      "A listener that is not queued delays the save. Give Http::post a time limit.",
    ],
    verified: documented("https://statamic.dev/extending/events"),
    sample: {
      headers: JSON_TYPE,
      body: json({ type: "content.published", data: { type: "entry", id: "test-entry" } }),
    },
  },
  {
    cms: "kirby",
    name: "Kirby",
    place: "the plugin kirby-plugin-webhooks: the field webhooks of the site",
    events: "page.changeStatus:after, page.update:after and page.delete:after.",
    headers: false,
    emptyBody: "no",
    proofs: ["body-secret"],
    secret: { from: "you", place: "the payload of the webhook, as secret in its JSON" },
    answerWithin: null,
    retries: "None.",
    traps: [
      "The payload is the same for every event, and does not name the page.",
      "Drafts count too. Choose only the events of published pages.",
    ],
    verified: documented("https://packagist.org/packages/errnesto/kirby-plugin-webhooks"),
    sample: { headers: JSON_TYPE, body: json({ type: "content.published", data: { type: "site", id: "test-entry" } }) },
  },
  {
    cms: "woocommerce",
    name: "WooCommerce",
    place: "WooCommerce > Settings > Advanced > Webhooks > Add webhook",
    events: "Product created, updated, deleted and restored: one webhook each, Status Active.",
    headers: false,
    emptyBody: "no",
    proofs: ["hmac"],
    settings: { scheme: "hmac", header: "x-wc-webhook-signature", encoding: "base64" },
    secret: { from: "you", place: "the field Secret of the webhook" },
    answerWithin: 60,
    retries: "None; WooCommerce disables a webhook that failed five times.",
    traps: [
      "Saving the webhook sends a ping that is never signed. Layerhook answers 200 and starts no sync.",
      "Stock changes of an order send Product updated. Give the site a quiet time.",
    ],
    verified: documented("https://developer.woocommerce.com/docs/apis/rest-api/v3/webhooks/"),
    sample: {
      headers: { ...JSON_TYPE, "x-wc-webhook-topic": "product.updated", "x-wc-webhook-resource": "product" },
      body: json({ id: 1, name: "A test" }),
    },
  },
];
