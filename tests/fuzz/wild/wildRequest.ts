import fc from "fast-check";
import { roles } from "../fuzzWorld.ts";
import type { Description, Operation } from "../operations.ts";
import type { Arrival, BodyPlan, RequestPlan, WhoPlan } from "../plan.ts";
import { hostileText, type KnownKind, knownKinds, knownPiece, matching, type Piece } from "./piece.ts";
import { anyJson, jobReport, type WildJson, wildJsonOf } from "./wildJson.ts";

const rarely = <T>(weight: number, usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: odd });

const nothing: fc.Arbitrary<(readonly [Piece, Piece])[]> = fc.constant([]);

const fixed = (text: string): fc.Arbitrary<Piece> => fc.constant({ text });

const form = rarely(8, fc.constant("plain" as const), fc.constantFrom("spaced", "lower", "twice"));
const member: fc.Arbitrary<WhoPlan> = fc.record({ as: fc.constantFrom("Owner" as const, ...roles), form });
const stranger: fc.Arbitrary<WhoPlan> = fc.oneof(
  fc.constant(null),
  hostileText.map((says) => ({ says })),
  hostileText.map((piece) => ({ says: "text" in piece ? { ...piece, text: `Bearer ${piece.text}` } : piece })),
  fc
    .constantFrom("Basic b3duZXI6eA==", "Bearer", "Bearer owner-token-012345678", "owner-token-0123456789")
    .map((text) => ({
      says: { text },
    })),
);

const headerNames = [
  "content-type",
  "content-length",
  "content-encoding",
  "if-match",
  "if-none-match",
  "accept",
  "cookie",
  "origin",
  "x-connect-data-source",
  "x-gatsby-cloud-data-source",
  "x-nf-event",
  "x-http-method-override",
  "__proto__",
  "constructor",
];
const headerValue = fc.oneof(
  hostileText,
  knownPiece("etag", "slug", "ref"),
  fc
    .constantFrom(
      "application/json",
      "application/x-www-form-urlencoded",
      "text/plain; charset=utf-16",
      "multipart/form-data",
      "*",
      'W/"x"',
      '"1", "2", *',
      "5",
      "999999999999",
      "-1",
      "blog,,constructor, nobody",
      "gatsby-source-blog",
      "schedule",
      "DELETE",
    )
    .map((text) => ({ text })),
  // Every byte a header can hold.
  fc
    .array(fc.integer({ min: 1, max: 255 }), { maxLength: 12 })
    .map((codes) => ({ text: String.fromCharCode(...codes) })),
);
const headers = fc.oneof(
  { weight: 3, arbitrary: fc.constant([]) },
  {
    weight: 2,
    arbitrary: fc.array(fc.tuple(fc.constantFrom(...headerNames), headerValue), { minLength: 1, maxLength: 4 }),
  },
);

const condition = fc.oneof(
  { weight: 3, arbitrary: fc.constant([]) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom("if-match", "if-none-match"), fc.oneof(knownPiece("etag"), headerValue))
      .map((header) => [header]),
  },
);

const arrival: fc.Arbitrary<Arrival> = rarely(
  10,
  fc.constant<Arrival>("whole"),
  fc.constantFrom("halves", "breaks-off"),
);

const anyBody: fc.Arbitrary<BodyPlan> = fc.oneof(
  fc.constant(null),
  anyJson.map((json) => ({ json })),
  fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 40 }).map((bytes) => ({ bytes })),
  hostileText.map((piece) => ({ piece })),
  fc
    .constantFrom({ text: "x", times: 70_000 }, { text: "[", times: 100_000 }, { text: "x", times: 300_000 })
    .map((piece) => ({ piece })),
);

const anyMethod = fc.oneof(
  fc.constantFrom(
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "QUERY",
    "PROPFIND",
    "get",
    "post",
    "patch",
  ),
  matching("^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}$"),
);

const queryNames = ["limit", "cursor", "sync", "source", "dataLayerId", "__proto__", "constructor", "limit%00", ""];
const queryValue = fc.oneof(
  hostileText,
  knownPiece("position", "sync", "build", "layer", "slug"),
  fc
    .constantFrom(
      "0",
      "1",
      "50",
      "51",
      "-1",
      "1e2",
      "1.5",
      "+5",
      " 5",
      "0x10",
      "Infinity",
      "NaN",
      "true",
      "false",
      "blog",
      "blog,nobody",
    )
    .map((text) => ({ text })),
);
const strayQuery = fc.array(fc.tuple(fc.constantFrom(...queryNames).chain(fixed), queryValue), { maxLength: 3 });

const params: Readonly<Record<string, readonly KnownKind[]>> = {
  layerId: ["layer", "layer", "layer", "deletedLayer"],
  webhook: ["ref", "ref", "webhook", "deletedWebhook"],
  syncId: ["sync"],
  deliveryId: ["delivery"],
  siteId: ["site", "site", "deletedSite"],
  buildId: ["build"],
  tokenId: ["token"],
  slug: ["slug"],
  notificationId: ["notification"],
  statusLink: ["statusLink"],
};

const segment = (part: string): fc.Arbitrary<Piece> => {
  const name = /^\{(\w+)\}$/.exec(part)?.[1];
  if (name === undefined) return rarely(60, fixed(part), hostileText);
  const allowed = matching("^[A-Za-z0-9_-]{1,128}$").map((text) => ({ text }));
  // Two of these stand in many paths, and one that is wrong ends the request at the threshold.
  return rarely(
    7,
    knownPiece(...(params[name] ?? knownKinds)),
    fc.oneof(hostileText, allowed, knownPiece(...knownKinds)),
  );
};

/** Requests of one route: most of them deep inside what it takes, each of them with a chance to be wrong anywhere. */
export const operationRequest = (operation: Operation, { components }: Description): fc.Arbitrary<RequestPlan> => {
  const [, ...parts] = operation.path.split("/");
  const asked = operation.query.map(({ name, schema }) => {
    const allowed = schema.enum?.map(String) ?? [];
    const sound = allowed.length > 0 ? fc.constantFrom(...allowed) : matching(schema.pattern ?? "^.{0,9}$");
    const piece = sound.map((text): Piece => ({ text }));
    const value = rarely(3, piece, fc.oneof(queryValue, hostileText));
    return fc.oneof(
      fc.constant([]),
      fc.constant([]),
      fc.tuple(fixed(name), value).map((pair) => [pair]),
    );
  });
  const body =
    operation.body === null ? fc.constant(null) : wildJsonOf(operation.body, components).map((json) => ({ json }));
  return fc.record({
    method: rarely(30, fc.constant(operation.method), anyMethod),
    prefix: rarely(80, fc.constant(""), fc.constantFrom("/", "/.", "/api/..", "/%2e")),
    segments: rarely(
      40,
      fc.tuple(...parts.map(segment)),
      fc
        .tuple(fc.tuple(...parts.map(segment)), fc.array(hostileText, { maxLength: 2 }))
        .map(([own, more]) => [...own, ...more]),
    ),
    // Of many parameters one is nearly always wrong, so half of the requests have none.
    query: rarely(
      12,
      fc.oneof(
        fc.constant([]),
        fc.tuple(...asked).map((pairs) => pairs.flat()),
      ),
      strayQuery,
    ),
    headers: fc.tuple(headers, condition).map(([some, more]) => [...some, ...more]),
    who: rarely(8, member, stranger),
    body: rarely(12, body, anyBody),
    arrival,
  });
};

const bodyHeader = fc.constantFrom<[string, Piece]>(
  ["content-type", { text: "application/x-www-form-urlencoded" }],
  ["content-type", { text: "multipart/form-data; boundary=x" }],
  ["content-type", { text: "application/json; charset=utf-16" }],
  ["content-encoding", { text: "gzip, br" }],
  ["content-encoding", { text: "deflate" }],
  ["ce-specversion", { text: "1.0" }],
  ["ce-__proto__", { text: "x" }],
);
const hookHeaders = fc.array(
  fc.oneof(
    fc.tuple(
      fc.constantFrom("x-connect-data-source", "x-gatsby-cloud-data-source", "content-type", "content-length"),
      headerValue,
    ),
    bodyHeader,
  ),
  { maxLength: 3 },
);

/** Bodies of every form that is read, and almost that. */
const hookBody: fc.Arbitrary<BodyPlan> = rarely(
  2,
  anyBody,
  fc.oneof(
    hostileText.map((piece) =>
      "text" in piece ? { piece: { ...piece, text: `a[${piece.text}]=${piece.text}&` } } : { piece },
    ),
    hostileText.map((piece) =>
      "text" in piece ? { piece: { ...piece, text: `<a b="${piece.text}">${piece.text}</a>` } } : { piece },
    ),
    fc
      .constantFrom(
        "--x\r\n",
        "payload=%7B&",
        "<!--",
        "<a ",
        "&#x110000;",
        '{"specversion":"1.0","data_base64":"',
        "a[b][",
      )
      .chain((text) => fc.constantFrom(1, 3, 1000).map((times) => ({ piece: { text, times } }))),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => ({ bytes: [0x1f, 0x8b, 8, 0, ...bytes] })),
    fc
      .constantFrom([0xff, 0xfe], [0xfe, 0xff], [0xef, 0xbb, 0xbf])
      .map((mark) => ({ bytes: [...mark, 0x7b, 0, 0x7d, 0] })),
  ),
);

/** A layer's own id is no secret, and what stands in its place is taken for one. */
const layerInHook = fc.oneof(
  { weight: 8, arbitrary: knownPiece("layer", "layer", "deletedLayer") },
  { weight: 1, arbitrary: hostileText },
);

/** Deliveries to working, deleted, unknown and impossible webhooks. */
export const publishRequest: fc.Arbitrary<RequestPlan> = fc.record({
  method: rarely(15, fc.constant("POST"), anyMethod),
  prefix: rarely(
    15,
    fc.constant("/hooks/data_layer/data_source/publish"),
    fc.constantFrom(
      "/HOOKS/data_layer/data_source/PUBLISH",
      "//hooks/data_layer/data_source/publish",
      "/hooks/data_layer/data_source",
    ),
  ),
  segments: fc
    .tuple(
      layerInHook,
      fc.array(
        fc.oneof(
          { weight: 6, arbitrary: knownPiece("webhook", "webhook", "deletedWebhook", "ref") },
          { weight: 1, arbitrary: hostileText },
        ),
        { maxLength: 1 },
      ),
      fc.constantFrom<Piece[]>([], [], [{ text: "" }], [{ text: "more" }]),
    )
    .map(([layer, webhook, end]) => [layer, ...webhook, ...end]),
  query: rarely(2, nothing, strayQuery),
  headers: hookHeaders,
  who: rarely(20, fc.constant(null), member),
  body: hookBody,
  arrival,
});

const handshakeQuery = fc.tuple(
  fc
    .constantFrom("challenge", "hub.challenge", "validationToken", "check", "echo", "echostr")
    .map((text) => ({ text })),
  fc.oneof(
    matching("^[A-Za-z0-9_-]{1,40}$").map((text) => ({ text })),
    hostileText,
  ),
);
const handshakeHeader = fc.tuple(
  fc.constantFrom(
    "webhook-request-origin",
    "x-okta-verification-challenge",
    "x-hook-secret",
    "smartsheet-hook-challenge",
    "twitch-eventsub-message-type",
    "x-oci-ns-messagetype",
    "x-front-challenge",
    "validation-token",
    "x-oci-ns-confirmationurl",
  ),
  fc.oneof(
    fc
      .constantFrom(
        "eventgrid.azure.net",
        "webhook_callback_verification",
        "b537207f20cb",
        "SubscriptionConfirmation",
        "https://cell1.notification.us-phoenix-1.oraclecloud.com/20181201/subscriptions/x",
      )
      .map((text) => ({ text })),
    hostileText,
  ),
);
/** The first is Amazon's; the others only look like it. */
const subscribeUrls = ["", ".evil.example", "@evil.example", ":8080"].map(
  (end) => `https://sns.us-west-2.amazonaws.com${end}/?Action=ConfirmSubscription&Token=2336412f37fb`,
);

const confirmationBody: fc.Arbitrary<BodyPlan> = fc.constantFrom(...subscribeUrls).map((url) => {
  const [type, at] = [{ text: "SubscriptionConfirmation" }, { text: url }];
  const entries: [string, WildJson][] = [
    ["Type", { piece: type }],
    ["SubscribeURL", { piece: at }],
  ];
  return { json: { entries } };
});

const tokenBody: fc.Arbitrary<BodyPlan> = fc
  .oneof(hostileText, fc.constant({ text: "secret_tMrlL1qK5vuQAh1b" }))
  .map((piece) => {
    const entries: [string, WildJson][] = [["verification_token", { piece }]];
    return { json: { entries } };
  });

const handshakeBody: fc.Arbitrary<BodyPlan> = fc.tuple(hostileText, fc.nat(3)).map(([piece, n]) => {
  const type: [string, WildJson] = ["type", { piece: { text: "url_verification" } }];
  const entries: [string, WildJson][] = n === 0 ? [] : [["challenge", { piece }]];
  return { json: { entries: n === 1 ? [...entries, type] : entries } };
});

/** What senders ask a URL before they register it, and almost that. */
export const handshakeRequest: fc.Arbitrary<RequestPlan> = fc.record({
  method: rarely(10, fc.constantFrom("GET", "HEAD", "OPTIONS", "POST", "POST"), anyMethod),
  prefix: fc.constant("/hooks/data_layer/data_source/publish"),
  segments: fc.tuple(layerInHook, knownPiece("webhook", "webhook", "webhook", "deletedWebhook")),
  query: fc
    .array(handshakeQuery, { maxLength: 2 })
    .map((pairs) => [...pairs, [{ text: "hub.mode" }, { text: "subscribe" }] as const]),
  headers: fc.array(handshakeHeader, { maxLength: 2 }),
  who: fc.constant(null),
  body: fc.oneof(handshakeBody, tokenBody, confirmationBody, fc.constant(null)),
  arrival,
});

/** Reports of jobs, at URLs that were given out and at ones that almost were. */
export const callbackRequest: fc.Arbitrary<RequestPlan> = fc.record({
  method: rarely(20, fc.constant("POST"), anyMethod),
  prefix: fc.constant("/hooks/callbacks"),
  segments: rarely(
    10,
    knownPiece("callback").map((piece) => [piece]),
    fc.array(hostileText, { maxLength: 6 }),
  ),
  query: rarely(8, nothing, strayQuery),
  headers,
  who: fc.constant(null),
  body: fc.oneof({ weight: 1, arbitrary: anyBody }, { weight: 2, arbitrary: jobReport.map((json) => ({ json })) }),
  arrival,
});

/** Visits of status pages, whose tokens were given out or almost were. */
export const statusRequest: fc.Arbitrary<RequestPlan> = fc.record({
  method: rarely(10, fc.constant("GET"), anyMethod),
  prefix: fc.constant("/status"),
  segments: rarely(
    6,
    fc.oneof(fc.tuple(knownPiece("statusToken")), fc.tuple(knownPiece("statusToken"), fixed("badge.svg"))),
    fc.array(hostileText, { maxLength: 3 }),
  ),
  query: rarely(3, nothing, strayQuery),
  headers,
  who: fc.constant(null),
  body: fc.constant(null),
  arrival,
});

/** Calls of the background worker, which anybody may make and nobody but the system is heard at. */
export const wakeRequest: fc.Arbitrary<RequestPlan> = fc.record({
  method: rarely(20, fc.constant("POST"), anyMethod),
  prefix: fc.constant("/internal/run-sync"),
  segments: fc.constant([]),
  query: fc.constant([]),
  headers,
  who: fc.constant(null),
  body: rarely(
    3,
    fc.record({
      wake: rarely(6, knownPiece("layer"), hostileText),
      age: rarely(6, fc.constant(0), fc.constantFrom(-2_500_000, 2_399_000, 2_401_000, 1e15)),
      spoiled: rarely(3, fc.constant("no" as const), fc.constantFrom("mac", "target", "more", "no-number")),
    }),
    anyBody,
  ),
  arrival,
});

/** Requests to nowhere in particular, and to every function there is with nothing in particular. */
export const strayRequest = (prefixes: readonly string[]): fc.Arbitrary<RequestPlan> =>
  fc.record({
    method: anyMethod,
    prefix: fc.constantFrom(...prefixes),
    segments: fc.array(fc.oneof(hostileText, knownPiece(...knownKinds)), { maxLength: 5 }),
    query: strayQuery,
    headers,
    who: fc.oneof(member, stranger),
    body: anyBody,
    arrival,
  });
