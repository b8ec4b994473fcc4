import type { Verification } from "../../core/webhook/verification.ts";
import { type Arrived, queryOf } from "./arrived.ts";
import { contentOf } from "./body/bodyContent.ts";
import { dig } from "./body/bodyPath.ts";

/** A longer body is no handshake and is not parsed for one (bytes). */
const HANDSHAKE_BYTES = 4 * 1024;
/** Letters, digits and punctuation of one line, without the characters of markup. The longest known token has 400. */
const TOKEN = /^[\p{L}\p{N} !"#$%'()*+,\-./:;=?@[\\\]^_`{|}~]{1,1024}$/u;
/** The characters of hosts, ids and Base64: a text that a header may carry, and that a person can copy. */
const HEADER_TOKEN = /^[\w.~:/@*+=,-]{1,512}$/;
/** The URL at which Amazon confirms a subscription, and nothing else. */
const SNS_URL =
  /^https:\/\/sns\.[a-z0-9-]{1,40}\.amazonaws\.com(?:\.cn)?\/\?Action=ConfirmSubscription&[\w.~:%=&-]{1,2000}$/;
const ORACLE_URL = /^https:\/\/[a-z0-9-]+(?:\.[a-z0-9-]+)*\.oraclecloud\.com\/[\x21-\x7e]{0,900}$/;

type Asked = Pick<Arrived, "method" | "target" | "headers" | "body">;

/** Where a handshake has its token: a header, a parameter of the query, or a field of the JSON body. */
type Place = { readonly header: string } | { readonly query: string } | { readonly field: string };

/** How the token is answered: as plain text, as this field of a JSON object, or in these headers. */
interface Echo {
  readonly body?: "text" | { readonly json: string };
  readonly headers?: (token: string) => Readonly<Record<string, string>>;
}

/** A way in which systems ask whether a URL expects them before they send anything else to it. */
interface Shape {
  readonly senders: string;
  readonly method: "GET" | "OPTIONS" | "POST";
  readonly place: Place;
  /** What else must hold. A POST needs enough of it that no publish can be taken for a handshake. */
  readonly when?: (asked: Asked) => boolean;
  /** Absent: the sender wants no token back from us. */
  readonly echo?: Echo;
  /** Who else has to use the token: a person, who is shown it for an hour, or we, who open it as a URL. */
  readonly usedBy?: "person" | "us";
  /** The form of the token, if it is a narrower one. */
  readonly form?: RegExp;
}

const jsonIn = (asked: Asked): unknown => {
  if (asked.body === null || asked.body.length > HANDSHAKE_BYTES) return undefined;
  const content = contentOf(asked);
  return content.kind === "readable" ? content.views[0] : undefined;
};

const fieldIs =
  (path: string, ...values: readonly string[]) =>
  (asked: Asked): boolean =>
    values.some((value) => dig(jsonIn(asked), path) === value);

const headerIs =
  (name: string, value: string) =>
  ({ headers }: Asked): boolean =>
    headers.get(name)?.toLowerCase() === value;

/** Whether the body is a JSON object of these fields alone. */
const isOnly =
  (...names: readonly string[]) =>
  (asked: Asked): boolean => {
    const value = jsonIn(asked);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject && Object.keys(value).every((name) => names.includes(name));
  };

const isBodyless = ({ body }: Asked): boolean => body !== null && body.length === 0;
const isOneOf =
  (...conditions: readonly ((asked: Asked) => boolean)[]) =>
  (asked: Asked): boolean =>
    conditions.some((condition) => condition(asked));

const asText: Echo = { body: "text" };
const asJson = (name: string): Echo => ({ body: { json: name } });
const inHeader = (name: string) => (token: string) => ({ [name]: token });

/** The known shapes. The first that fits counts; docs/handshakes.md has the same rows. */
export const SHAPES: readonly Shape[] = [
  {
    senders: "CloudEvents (Azure Event Grid and others)",
    method: "OPTIONS",
    place: { header: "webhook-request-origin" },
    echo: {
      headers: (origin) => ({ allow: "POST", "webhook-allowed-origin": origin, "webhook-allowed-rate": "*" }),
    },
  },
  {
    senders: "Okta",
    method: "GET",
    place: { header: "x-okta-verification-challenge" },
    echo: asJson("verification"),
  },
  {
    senders: "Meta, WhatsApp, WebSub, YouTube",
    method: "GET",
    place: { query: "hub.challenge" },
    // Unsubscribing is not confirmed: somebody else could ask the hub for it.
    when: (asked) => queryOf(asked).get("hub.mode") === "subscribe",
    echo: asText,
  },
  {
    senders: "Adobe I/O Events (AEM), Dropbox, Nylas, Prelude",
    method: "GET",
    place: { query: "challenge" },
    echo: asText,
  },
  { senders: "Microsoft (older APIs)", method: "GET", place: { query: "validationtoken" }, echo: asText },
  { senders: "Onfleet", method: "GET", place: { query: "check" }, echo: asText },
  { senders: "Lucca, ASP.NET WebHooks", method: "GET", place: { query: "echo" }, echo: asText },
  { senders: "WeChat", method: "GET", place: { query: "echostr" }, echo: asText },
  {
    senders: "Microsoft Graph, SharePoint, Dynamics 365",
    method: "POST",
    place: { query: "validationtoken" },
    when: isBodyless,
    echo: asText,
  },
  {
    senders: "Azure Event Grid",
    method: "POST",
    place: { field: "0.data.validationCode" },
    when: fieldIs("0.eventType", "Microsoft.EventGrid.SubscriptionValidationEvent"),
    echo: asJson("validationResponse"),
  },
  {
    senders: "Slack, Lark, Feishu",
    method: "POST",
    place: { field: "challenge" },
    when: fieldIs("type", "url_verification"),
    echo: asJson("challenge"),
  },
  {
    senders: "Twitch",
    method: "POST",
    place: { field: "challenge" },
    when: headerIs("twitch-eventsub-message-type", "webhook_callback_verification"),
    echo: asText,
  },
  {
    senders: "Smartsheet",
    method: "POST",
    place: { header: "smartsheet-hook-challenge" },
    when: isOneOf(isBodyless, isOnly("challenge", "webhookId")),
    echo: { ...asJson("smartsheetHookResponse"), headers: inHeader("smartsheet-hook-response") },
  },
  {
    senders: "monday.com, Miro",
    method: "POST",
    place: { field: "challenge" },
    when: isOnly("challenge"),
    echo: asJson("challenge"),
  },
  {
    senders: "Toggl",
    method: "POST",
    place: { field: "validation_code" },
    when: fieldIs("payload", "ping"),
    echo: asJson("validation_code"),
  },
  {
    senders: "Asana",
    method: "POST",
    place: { header: "x-hook-secret" },
    when: isOneOf(isBodyless, isOnly()),
    echo: { headers: inHeader("x-hook-secret") },
    usedBy: "person",
  },
  {
    senders: "Front",
    method: "POST",
    place: { header: "x-front-challenge" },
    when: isOneOf(isBodyless, fieldIs("type", "sync")),
    echo: asJson("challenge"),
  },
  {
    senders: "RingCentral",
    method: "POST",
    place: { header: "validation-token" },
    when: isOneOf(isBodyless, isOnly()),
    echo: { headers: inHeader("validation-token") },
  },
  {
    senders: "Notion, Gusto",
    method: "POST",
    place: { field: "verification_token" },
    when: isOnly("verification_token", "webhook_subscription_uuid"),
    usedBy: "person",
    form: HEADER_TOKEN,
  },
  {
    senders: "Amazon SNS (Bynder)",
    method: "POST",
    place: { field: "SubscribeURL" },
    when: fieldIs("Type", "SubscriptionConfirmation"),
    usedBy: "us",
    form: SNS_URL,
  },
  {
    senders: "Oracle Cloud Notifications",
    method: "POST",
    place: { header: "x-oci-ns-confirmationurl" },
    when: headerIs("x-oci-ns-messagetype", "subscriptionconfirmation"),
    usedBy: "person",
    form: ORACLE_URL,
  },
];

/** A handshake and what it wants. */
export interface Handshake {
  readonly senders: string;
  /** The answer that its sender wants; null: any 200. */
  readonly answer: { readonly headers: Readonly<Record<string, string>>; readonly body: string | null } | null;
  /** The token that a person has to use; null: none. */
  readonly forPerson: string | null;
  /** The URL that confirms the subscription when it is opened; null: none. */
  readonly confirmAt: string | null;
}

const tokenAt = (asked: Asked, place: Place): unknown => {
  if ("header" in place) return asked.headers.get(place.header);
  if ("field" in place) return dig(jsonIn(asked), place.field);
  if (!asked.target.includes("?")) return undefined;
  // Microsoft writes this name in two ways.
  return [...queryOf(asked)].find(([name]) => name.toLowerCase() === place.query)?.[1];
};

const answerWith = (echo: Echo, token: string): Handshake["answer"] => {
  const { body } = echo;
  const type = body === "text" ? "text/plain; charset=utf-8" : "application/json";
  return {
    headers: {
      ...(body === undefined ? {} : { "content-type": type }),
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      ...echo.headers?.(token),
    },
    body: body === undefined ? null : body === "text" ? token : JSON.stringify({ [body.json]: token }),
  };
};

/** The settings with which the webhook's requests are verified: a text at such a place is a proof and no token. */
type Proof = Pick<Verification, "header" | "bodyPath">;

const isProof = (place: Place, proof: Proof | undefined): boolean =>
  ("header" in place && place.header === proof?.header?.toLowerCase()) ||
  ("field" in place && place.field === proof?.bodyPath);

/** The known registration handshake that a request is; null: it is none. In doubt, a POST is a publish. */
export const handshakeOf = (asked: Asked, proof: Proof | undefined = undefined): Handshake | null => {
  for (const shape of SHAPES) {
    const { senders, method, place, when = () => true, echo, usedBy } = shape;
    if (method !== asked.method || isProof(place, proof)) continue;
    const token = tokenAt(asked, place);
    const form = shape.form ?? (echo?.headers === undefined ? TOKEN : HEADER_TOKEN);
    if (typeof token !== "string" || !form.test(token) || !when(asked)) continue;
    return {
      senders,
      answer: echo === undefined ? null : answerWith(echo, token),
      forPerson: usedBy === undefined ? null : token,
      confirmAt: usedBy === "us" ? token : null,
    };
  }
  return null;
};

/** What the log says of a handshake. */
export const causeOf = ({ senders, forPerson, confirmAt }: Handshake): string => {
  const what = `This request is a registration handshake (${senders}), and Layerhook answered it.`;
  if (confirmAt !== null) return `${what} Layerhook opens the URL in it to confirm the subscription.`;
  return forPerson === null
    ? what
    : `${what} The log of deliveries shows its token for an hour to Owners and Developers.`;
};

/** The answer of a handshake. It has its own token and nothing else of the request. Null: any 200. */
export const answerHandshake = ({ answer }: Handshake): Response | null =>
  answer === null ? null : new Response(answer.body, { headers: answer.headers });
