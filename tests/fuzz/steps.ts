import fc from "fast-check";
import type { OutgoingAnswer } from "../../src/app/deps.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/core/durations.ts";
import type { Description } from "./operations.ts";
import type { RequestPlan } from "./plan.ts";
import { type Fault, type Faults, SOUND } from "./watchedStore.ts";
import { hostileText, type Piece } from "./wild/piece.ts";
import {
  callbackRequest,
  handshakeRequest,
  operationRequest,
  publishRequest,
  statusRequest,
  strayRequest,
  wakeRequest,
} from "./wild/wildRequest.ts";

/** What a job or a build hook answers. */
export interface JobPlan {
  readonly status: number;
  readonly text: Piece;
  readonly silent: boolean;
}

/** One thing that happens to the system. */
export type Step =
  | { readonly kind: "request"; readonly plan: RequestPlan; readonly faults: Faults; readonly again: number }
  | { readonly kind: "time"; readonly ms: number }
  /** The clock calls the functions that have no URL. */
  | { readonly kind: "schedule"; readonly body: Piece; readonly faults: Faults }
  /** The oldest wake arrives at a worker. */
  | { readonly kind: "work"; readonly answers: readonly JobPlan[] };

const fault = fc.constantFrom<Fault>("none", "down", "reply-lost");
const faults: fc.Arbitrary<Faults> = fc.oneof(
  { weight: 8, arbitrary: fc.constant(SOUND) },
  { weight: 1, arbitrary: fc.record({ first: fc.array(fault, { maxLength: 8 }), later: fault }) },
);

/** How often the sender sends it once more. */
const again = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }) },
);

const jobText = fc.oneof(
  fc
    .constantFrom(
      "{}",
      '{"changed":true,"version":"v1","message":"done","records":3}',
      '{"changed":false}',
      '{"error":"no"}',
      '{"records":1e400}',
      '{"__proto__":{"changed":false},"version":7}',
      "[]",
    )
    .map((text) => ({ text })),
  hostileText,
);
const job: fc.Arbitrary<JobPlan> = fc.record({
  status: fc.constantFrom(200, 202, 202, 204, 301, 404, 500),
  text: jobText,
  silent: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
});

/** The answer of a job, as the way out gives it. */
export const jobAnswer = ({ status, text, silent }: JobPlan, write: (piece: Piece) => string): OutgoingAnswer =>
  silent
    ? { kind: "silence", error: "the connection closed before the answer" }
    : { kind: "answer", status, location: null, retryAfter: null, text: write(text) };

/** Everything that may happen, at every door there is. */
export const stepArbitrary = (description: Description, prefixes: readonly string[]): fc.Arbitrary<Step> => {
  const operations = fc.oneof(...description.operations.map((operation) => operationRequest(operation, description)));
  const requests = fc.oneof(
    { weight: 12, arbitrary: operations },
    { weight: 4, arbitrary: publishRequest },
    { weight: 1, arbitrary: handshakeRequest },
    { weight: 2, arbitrary: callbackRequest },
    { weight: 1, arbitrary: statusRequest },
    { weight: 1, arbitrary: wakeRequest },
    { weight: 1, arbitrary: strayRequest(prefixes) },
  );
  return fc.oneof(
    { weight: 20, arbitrary: fc.record({ kind: fc.constant("request" as const), plan: requests, faults, again }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("time" as const),
        ms: fc.constantFrom(SECOND, 2 * SECOND, 9 * MINUTE, 11 * MINUTE, HOUR, 2 * DAY, 91 * DAY),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("schedule" as const), body: hostileText, faults }) },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant("work" as const), answers: fc.array(job, { maxLength: 4 }) }),
    },
  );
};
