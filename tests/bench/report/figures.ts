import { z } from "zod";

/** The value in the middle, or the upper of two; NaN of none. */
export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const roundSchema = z.object({ value: z.number(), base: z.number().positive() });
/** What was measured in one round, and what it is compared with, measured in the same round. */
export type Round = z.infer<typeof roundSchema>;

/** The median of the rounds' ratios. Noise that lasts longer than a round meets both of its values. */
export const ratioOf = (rounds: readonly Round[]): number => median(rounds.map(({ value, base }) => value / base));

const figureSchema = z
  .object({
    unit: z.string(),
    /** The median of the rounds' values. */
    value: z.number(),
    ratio: z.number(),
    rounds: z.array(roundSchema).min(1),
  })
  .refine(({ ratio, rounds }) => ratio === ratioOf(rounds), "is not the median of the rounds' ratios")
  .refine(({ value, rounds }) => value === median(rounds.map((round) => round.value)), "is not the rounds' median");
/** A measured value, never without its ratio to something in the same run. */
export type Figure = z.infer<typeof figureSchema>;

/** Four digits tell more than any of these measurements know. */
const rounded = (value: number): number => Number(value.toPrecision(4));

/** Makes a figure of rounds. Throws if there is none, or one is compared with nothing. */
export const figure = (unit: string, rounds: readonly Round[]): Figure => {
  const kept = rounds.map(({ value, base }) => ({ value: rounded(value), base: rounded(base) }));
  return figureSchema.parse({
    unit,
    value: median(kept.map(({ value }) => value)),
    ratio: ratioOf(kept),
    rounds: kept,
  });
};

/** A figure that no noise meets. */
export const counted = (unit: string, value: number, base: number): Figure => figure(unit, [{ value, base }]);

const rowSchema = z.object({
  name: z.string(),
  figures: z.record(z.string(), figureSchema).default({}),
  /** What is no number. */
  facts: z.record(z.string(), z.string()).default({}),
});
const tableSchema = z.object({
  id: z.string(),
  title: z.string(),
  /** What each figure is divided by. */
  against: z.string(),
  rows: z.array(rowSchema),
});
const goalSchema = z.object({
  goal: z.string(),
  measured: z.string(),
  met: z.boolean(),
  /** The physical reason, if the goal is not met. */
  because: z.string(),
});
const absentSchema = z.object({ name: z.string(), reason: z.string() });
const partSchema = z.object({
  id: z.string(),
  title: z.string(),
  /** How it was measured, in sentences. */
  method: z.string(),
  seconds: z.number(),
  tables: z.array(tableSchema),
  goals: z.array(goalSchema),
  /** What could not be measured here. */
  absent: z.array(absentSchema),
});
export const reportSchema = z.object({
  version: z.literal(1),
  at: z.iso.datetime(),
  commit: z.string(),
  quick: z.boolean(),
  machine: z.object({ cpu: z.string(), cores: z.number(), memoryGB: z.number(), node: z.string(), load: z.number() }),
  seconds: z.number(),
  parts: z.array(partSchema),
});

export type Row = z.infer<typeof rowSchema>;
export type Table = z.infer<typeof tableSchema>;
export type Goal = z.infer<typeof goalSchema>;
export type Absent = z.infer<typeof absentSchema>;
/** What one part of the bench found. */
export type Part = z.infer<typeof partSchema>;
/** The JSON that `npm run bench` makes. */
export type Report = z.infer<typeof reportSchema>;

/** What a part gives; the bench itself adds its name and its time. */
export type Found = Omit<Part, "id" | "title" | "seconds">;
