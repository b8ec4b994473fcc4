import type { Arrived } from "../arrived.ts";
import { decodeText, type Text, unpack } from "./decodeBody.ts";
import { type Form, readMultipart, readUrlencoded } from "./formFields.ts";
import { readXml } from "./xmlFields.ts";

/** What a body says. */
export type Content =
  | { readonly kind: "empty" }
  /** `cause` says why, for an admin. */
  | { readonly kind: "unreadable"; readonly cause: string; readonly text: string | null }
  | {
      readonly kind: "readable";
      /** The objects in which a path is looked up, one after the other. */
      readonly views: readonly unknown[];
      /**
       * What is not known for sure: nothing; whether a value that is missing really is (XML has several ways to write
       * one); or anything, because some of the body may not be what its sender wrote.
       */
      readonly doubt: "none" | "missing" | "all";
      /** The text for the job of a data source. */
      readonly text: string;
    };

type Body = Pick<Arrived, "headers" | "body">;

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** A JSON text as an object or a list. Some programs put their JSON into a JSON text once more. */
const jsonIn = (text: string): object | null => {
  const value = parse(text);
  const inner = typeof value === "string" ? parse(value) : value;
  return isObject(inner) ? inner : null;
};

/** An event whose data came as base64, with its data as a value; null: it is none. */
const withDataRead = (event: object): object | null => {
  if (!("data_base64" in event) || typeof event.data_base64 !== "string" || "data" in event) return null;
  const data = jsonIn(Buffer.from(event.data_base64, "base64").toString("utf8"));
  return data === null ? null : { ...event, data };
};

/** A message of Amazon SNS with its `Message` as a value, which its topics send as a JSON text; null: it is none. */
const withMessageRead = (message: object): object | null => {
  if (!("TopicArn" in message) || !("Message" in message) || typeof message.Message !== "string") return null;
  const inner = jsonIn(message.Message);
  return inner === null ? null : { ...message, Message: inner };
};

/** A push of Google Pub/Sub with its data as a value, which is sent as base64; null: it is none. */
const withPushRead = (push: object): object | null => {
  if (!("subscription" in push) || !("message" in push) || !isObject(push.message)) return null;
  const { message } = push;
  if (!("data" in message) || typeof message.data !== "string") return null;
  const data = jsonIn(Buffer.from(message.data, "base64").toString("utf8"));
  return data === null ? null : { ...push, message: { ...message, data } };
};

/** The attributes of a CloudEvent whose body is its data alone; null: the request has none. */
const binaryEvent = (headers: Headers, data: unknown): object | null => {
  if (headers.get("ce-specversion") === null) return null;
  const attributes = [...headers].filter(([name]) => name.startsWith("ce-"));
  return { ...Object.fromEntries(attributes.map(([name, value]) => [name.slice(3), value])), data };
};

const readForm = ({ text }: Text, bytes: Buffer, contentType: string): Form | null => {
  if (/^\s*multipart\//i.test(contentType)) return readMultipart(bytes, contentType);
  return /^\s*application\/x-www-form-urlencoded/i.test(contentType) ? readUrlencoded(text) : null;
};

const read = ({ headers, body }: Body): Content => {
  if (body === null) return { kind: "unreadable", cause: "it did not arrive completely", text: null };
  if (body.length === 0) {
    const event = binaryEvent(headers, undefined);
    return event === null ? { kind: "empty" } : { kind: "readable", views: [event], doubt: "none", text: "" };
  }
  const unpacked = unpack(body, headers.get("content-encoding"));
  if (unpacked.kind === "unreadable") return { ...unpacked, text: null };
  const { bytes } = unpacked;
  const contentType = headers.get("content-type") ?? "";
  const decoded = decodeText(bytes, contentType);
  const { text, isDoubtful } = decoded;
  const json = jsonIn(text);
  if (json !== null) {
    const withData = withDataRead(json);
    const inner = withMessageRead(json) ?? withPushRead(json);
    const views = [json, withData, inner, binaryEvent(headers, json)].filter((view) => view !== null);
    const isUnread = "data_base64" in json && withData === null;
    return { kind: "readable", views, doubt: isDoubtful ? "all" : isUnread ? "missing" : "none", text };
  }
  const form = readForm(decoded, bytes, contentType);
  if (form !== null) {
    const views = [form.fields, ...(form.json === undefined ? [] : [form.json.value])];
    const doubt = isDoubtful || form.isDoubtful ? "all" : "none";
    return { kind: "readable", views, doubt, text: form.json?.text ?? text };
  }
  const xml = readXml(text);
  if (xml !== null) return { kind: "readable", views: [xml], doubt: isDoubtful ? "all" : "missing", text };
  return { kind: "unreadable", cause: "it is not JSON, a form or XML", text };
};

const contents = new WeakMap<Buffer, Content>();

/** Reads a body whatever its content type says. Several readers share one reading. Never throws. */
export const contentOf = (arrived: Body): Content => {
  const { body } = arrived;
  const content = (body === null ? undefined : contents.get(body)) ?? read(arrived);
  if (body !== null) contents.set(body, content);
  return content;
};
