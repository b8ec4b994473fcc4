import { z } from "@hono/zod-openapi";
import { contradiction } from "../../core/webhook/contradiction.ts";
import { EVERY, stepsOf } from "../../core/webhook/eventFilter.ts";
import { bodyPathSchema, headerNameSchema } from "../verification/signatureSchemas.ts";

/** A webhook's conditions: as they are given, and as they are shown. */

const STARS = 3;
const TESTS = ["in", "startsWith", "exists", "absent", "not"] as const;
const PLACES = ["header", "query", "bodyPath"] as const;

const valueSchema = z.string().min(1, "must not be empty").max(200, "must have at most 200 characters");
const listOf = (value: z.ZodType<string>) =>
  z.array(value).min(1, "must have at least one value").max(20, "must have at most 20 values");

/** JSON's null is no text, so these values are mistakes for a value that is missing. */
const wantedValue = valueSchema.refine((text) => text !== "null" && text !== "undefined", {
  message: 'can never match: values are compared as texts. For a value that is null or missing use "absent": true',
});
const values = listOf(wantedValue);
const starts = listOf(valueSchema);

const conditionPathSchema = bodyPathSchema
  .refine((path) => stepsOf(path).filter((step) => step === EVERY).length <= STARS, {
    message: `must have at most ${STARS} steps *`,
  })
  .openapi({
    description:
      "Names joined by dots; `*` stands for every element of a list or field of an object. A name after a list is looked for in each element.",
  });

const yes = (instead: string) => z.literal(true, `must be true; for the opposite use ${instead}`);

const count = (given: object, names: readonly string[]): number =>
  names.filter((name) => Reflect.get(given, name) !== undefined).length;

const isHeaderText = (text: string): boolean => text === text.trim() && !/\p{Cc}/u.test(text);

const conditionSchema = z
  .strictObject({
    header: headerNameSchema.optional(),
    query: z
      .string()
      .regex(/^[\x21-\x7e]{1,64}$/, "must have 1 to 64 printable ASCII characters")
      .refine((name) => !/^\?|[=&#]/.test(name), {
        message: "can never match: must be the name of a parameter alone, such as event",
      })
      .refine((name) => !/%[\da-f]{2}/i.test(name), {
        message: "can never match: the name of a parameter is compared decoded; write [ for %5B",
      })
      .optional()
      .openapi({ description: "A parameter in the query of the URL that the sender calls." }),
    bodyPath: conditionPathSchema.optional(),
    in: values.optional(),
    startsWith: starts.optional(),
    exists: yes("absent").optional().openapi({ description: "The value is not null, an empty text or an empty list." }),
    absent: yes("exists").optional(),
    not: z
      .strictObject(
        { in: values.optional(), startsWith: starts.optional() },
        'must be { "in": […] } or { "startsWith": […] }',
      )
      .refine((test) => count(test, ["in", "startsWith"]) === 1, "needs either in or startsWith")
      .optional()
      .openapi({ description: "No value passes this test, or there is no value." }),
  })
  .refine((given) => count(given, PLACES) === 1, { message: "needs one place: a header, a query or a bodyPath" })
  .refine((given) => count(given, TESTS) === 1, {
    message: "needs one test: in, startsWith, exists, absent or not",
  })
  .refine(
    ({ header, in: wanted = [], startsWith = [] }) =>
      header === undefined || [...wanted, ...startsWith.map((text) => `${text}x`)].every(isHeaderText),
    { message: "can never match: a header's value has no line breaks, and no blanks at its ends" },
  );

/** The conditions of a webhook as they are given. What no delivery can ever meet is refused. */
export const conditionsSchema = z
  .array(conditionSchema)
  .max(5, "must have at most 5 conditions")
  .superRefine((only, context) => {
    const found = contradiction(only);
    if (found === null) return;
    const [earlier, later] = found;
    const message = `can never match together with condition ${earlier + 1}: a delivery must meet every condition. Several values of one condition are alternatives.`;
    context.addIssue({ code: "custom", path: [later], message });
  })
  .openapi({
    description:
      "What a delivery must meet to count: every condition. A condition has one place (`header`, `query` or `bodyPath`) and one test (`in`, `startsWith`, `exists`, `absent` or `not`). Others are answered 200 with the outcome `ignored`. A body that cannot be read meets every condition. Replaced as a whole.",
  });

const shownValues = z.array(z.string()).optional();

export const conditionViewSchema = z
  .object({
    header: z.string().optional(),
    query: z.string().optional(),
    bodyPath: z.string().optional(),
    in: shownValues,
    startsWith: shownValues,
    exists: z.boolean().optional(),
    absent: z.boolean().optional(),
    not: z.object({ in: shownValues, startsWith: shownValues }).optional(),
  })
  .openapi("Condition");
