import { z } from "zod";
import { commandLine, flag, text } from "../../src/cli/commandLine.ts";
import { explore } from "./explore.ts";
import { worlds } from "./worlds.ts";

const { values } = commandLine({
  call: "npm run simulate -- --exhaustive",
  does: "Goes through every order of steps in small worlds.",
  options: z.object({
    ordinary: flag("the share that runs in the ordinary tests"),
    first: flag("ends at the first broken law and says which, in one line"),
    only: text("the worlds whose name holds this").optional(),
  }),
});

const chosen = worlds.filter(
  ({ name, share }) => (!values.ordinary || share === "ordinary") && name.includes(values.only ?? ""),
);
const began = performance.now();
const sum = { worlds: 0, states: 0, endings: 0, broken: 0 };
for (const { name, rules } of chosen) {
  const started = performance.now();
  const { states, endings, broken } = explore(rules);
  sum.worlds += 1;
  sum.states += states;
  sum.endings += endings;
  const took = Math.round(performance.now() - started);
  if (broken !== null) sum.broken += 1;
  if (values.first) {
    if (broken === null) continue;
    console.log(`world ${name}: ${broken.law}`);
    break;
  }
  console.log(`${name}: ${states} states, ${endings} endings, ${took} ms`);
  if (broken === null) continue;
  console.log(`  broken: ${broken.detail}`);
  for (const step of broken.path) console.log(`    ${step}`);
}
if (!values.first) {
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const found = `${sum.states} states, ${sum.endings} endings in ${seconds} s`;
  console.log(`${sum.worlds} worlds, ${found}; ${sum.broken} with a broken law`);
  if (sum.broken > 0) process.exitCode = 1;
}
