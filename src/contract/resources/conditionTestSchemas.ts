import { z } from "@hono/zod-openapi";
import { utf8Bytes } from "../../core/bytes.ts";
import { timeSchema } from "../schemas.ts";
import { headerNameSchema } from "../verification/signatureSchemas.ts";
import { conditionsSchema, conditionViewSchema } from "./conditionSchemas.ts";

const HEADER_BYTES = 2000;
const QUERY_CHARS = 1000;

const headers = z
  .record(headerNameSchema, z.string().regex(/^[\x20-\x7e]*$/, "must hold printable ASCII characters only"))
  .refine((given) => utf8Bytes(JSON.stringify(given)) <= HEADER_BYTES, {
    message: `must have at most ${HEADER_BYTES} bytes together`,
  });

/** Conditions to try, and a request to try them on. */
export const conditionTestSchema = z
  .strictObject({
    only: conditionsSchema.optional(),
    body: z
      .unknown()
      .optional()
      .openapi({ description: "The body of a request to try instead: any JSON, or a text as its sender writes it." }),
    headers: headers.optional().openapi({ description: "The headers of that request." }),
    query: z
      .string()
      .regex(new RegExp(`^[\\x21-\\x7e]{0,${QUERY_CHARS}}$`), `must have at most ${QUERY_CHARS} characters of a URL`)
      .optional()
      .openapi({ description: "The query of that request's URL, as `event=publish`." }),
  })
  .openapi("ConditionTest");

const verdictFields = {
  matches: z.union([z.boolean(), z.null()]).openapi({
    description:
      "Whether such a delivery counts; null: the log does not keep the value that a condition asks for, so this test cannot say.",
  }),
  warnings: z.array(z.string()).openapi({
    description:
      "`BODY_NOT_READABLE`: a condition on the body could not be checked, so it is met. `VALUE_NOT_KEPT`: a condition asks for a header, a parameter or a secret that the log does not keep, such as `authorization`. To test it, give a request.",
  }),
  unmet: z.union([z.object({ condition: z.number(), cause: z.string() }), z.null()]).openapi({
    description:
      "The number of the first condition that does not match, from 1 as in the log, and the value in its place.",
  }),
};

export const conditionTestedSchema = z
  .object({
    only: z.array(conditionViewSchema).openapi({ description: "The conditions that were tried." }),
    request: z
      .union([z.object(verdictFields), z.null()])
      .openapi({ description: "How they judge the request that was given; null: none was given." }),
    deliveries: z
      .array(
        z.object({
          id: z.string(),
          receivedAt: timeSchema,
          outcome: z
            .string()
            .openapi({ description: "The outcome that was logged, with the conditions at that time." }),
          ...verdictFields,
        }),
      )
      .openapi({ description: "The webhook's newest deliveries, at most 20, if no request was given." }),
    notKept: z.number().openapi({
      description:
        "How many other deliveries the log keeps no request of, so that the conditions cannot be tried on them.",
    }),
    keepRequests: z.boolean().openapi({ description: "Whether the webhook's requests are kept for such tests." }),
  })
  .openapi("ConditionTested");
