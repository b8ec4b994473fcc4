/** Changes the code of the core and the store in every small way there is, one at a time, and asks whether a test notices. */
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname } from "node:path/posix";
import { fileURLToPath } from "node:url";
import pLimit from "p-limit";
import { z } from "zod";
import { commandLine, flag, text } from "../../src/cli/commandLine.ts";
import { installInstrumenter } from "./installInstrumenter.ts";
import { instrument } from "./instrument.ts";
import { isOwnJudge, judges } from "./judges.ts";
import { type Judged, scoreOf, survivorsOf, tableOf } from "./report.ts";
import { runTrial } from "./runTrial.ts";
import type { Mutant, Verdict } from "./trialSchemas.ts";

const LEAST_SCORE = 95;

const { values } = commandLine({
  call: "npm run mutate -- [options]",
  does: `Changes the code of the core and the store in every small way there is, one at a time, and asks whether a test notices.
The tests of a room's own folder judge its mutants first, and all judges those that survive. Prints a line for each room and
each survivor, and fails if fewer than ${LEAST_SCORE} of 100 mutants are noticed. Installs its tools into tests/mutate the first time.`,
  options: z.object({
    only: text("a room and the rooms in it: core/watch, core, store; all rooms if not given").optional(),
    quick: flag("lets only the tests of its own room judge a mutant: seconds for a room, and a lower score"),
  }),
});

const root = fileURLToPath(new URL("../..", import.meta.url));
const cache = `${root}node_modules/.cache/mutate`;
const instrumented = `${cache}/instrumented`;
const roomOf = (path: string): string => dirname(path).slice("src/".length);
const sources = globSync("src/{core,store}/**/*.ts", { cwd: root })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => values.only === undefined || `${roomOf(path)}/`.startsWith(`${values.only}/`))
  .sort();
if (sources.length === 0) {
  console.error(`--only must be a folder of src with code of the core or the store. You gave "${values.only}".`);
  process.exit(2);
}

installInstrumenter();
rmSync(cache, { recursive: true, force: true });
const { files, mutants } = await instrument(sources);
for (const { name, content } of files) {
  mkdirSync(dirname(`${instrumented}/${name}`), { recursive: true });
  writeFileSync(`${instrumented}/${name}`, content);
}

const all = judges();
const verdicts = new Map<string, Verdict>();
const processes = availableParallelism();
const limit = pLimit(processes);
const ownJudges = (room: string): string[] => all.filter((path) => isOwnJudge(room, path));

const isNoticed = (id: string): boolean => ["noticed", "timeout"].includes(verdicts.get(id) ?? "");

const judge = async (name: string, tests: string[], some: readonly Mutant[], isFirst: boolean): Promise<void> => {
  const from = performance.now();
  const found = await runTrial(`${cache}/${name.replaceAll(/\W+/g, "-")}`, {
    instrumented,
    tests,
    mutants: some.map(({ id, fileName }) => ({ id, fileName, passed: isFirst ? [] : ownJudges(roomOf(fileName)) })),
  });
  for (const [id, verdict] of found) verdicts.set(id, verdict);
  const seconds = Math.round((performance.now() - from) / 1000);
  const left = some.filter(({ id }) => !isNoticed(id));
  console.error(`${name}: ${left.length} of ${some.length} mutants are left after ${seconds} s`);
};

const mutantsOf = (room: string): Mutant[] => mutants.filter(({ fileName }) => roomOf(fileName) === room);
// The longest trials first, so that both processes end at about the same time.
const rooms = [...new Set(sources.map(roomOf))].sort((a, b) => mutantsOf(b).length - mutantsOf(a).length);
await Promise.all(rooms.map((room) => limit(() => judge(room, ownJudges(room), mutantsOf(room), true))));

const left = values.quick ? [] : mutants.filter(({ id }) => !isNoticed(id));
const shares = Array.from({ length: processes }, (_, share) => left.filter((_, at) => at % processes === share));
await Promise.all(
  shares
    .filter(({ length }) => length > 0)
    .map((share, at) => limit(() => judge(`all judges, share ${at + 1}`, all, share, false))),
);

const judged: Judged[] = mutants.map((mutant) => ({
  mutant,
  room: roomOf(mutant.fileName),
  verdict: verdicts.get(mutant.id) ?? "untested",
}));
console.log(survivorsOf(judged, (path) => readFileSync(`${root}${path}`, "utf8")).join("\n"));
console.log(`\n${tableOf(judged)}`);
process.exit(scoreOf(judged) < LEAST_SCORE ? 1 : 0);
