/** Runs the laws of a deploy, or keeps a deploy running: the real bundles under AWS's own Node runtime client. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { commandLine, flag, number } from "../../src/cli/commandLine.ts";

const { values } = commandLine({
  call: "npm run test:lambda",
  does: `Bundles the functions as a deploy does and runs them under AWS's own Node runtime client: frozen between calls, with
lost connections, previews, scheduled calls and a broken store. Takes about two minutes. It builds the site into dist, and
the first time it installs the client (19 MB) into tests/lambda.`,
  options: z.object({
    patient: flag("runs the live checks of a worker's minute, two ticks and a retry as well, for two more minutes"),
    serve: flag("runs no law and keeps such a deploy running until Ctrl-C, ticked every minute"),
    port: number("of the deploy that is kept running; any free one if not given", 1, 65_535).optional(),
    "store-delay": number("what each request to the store takes there (ms)", 0, 10_000).default(25),
    "cpu-percent": number("of a core that each instance has there, as 58 for 1,024 MB", 5, 100).default(100),
  }),
});

if (values.serve) {
  const { serveLab } = await import("./lab/serveLab.ts");
  await serveLab({
    ...(values.port === undefined ? {} : { port: values.port }),
    ...(values["cpu-percent"] === 100 ? {} : { cpuShare: values["cpu-percent"] / 100 }),
    storeDelay: values["store-delay"],
  });
} else {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const args = ["node_modules/vitest/vitest.mjs", "run", "--config", "tests/lambda/vitest.config.ts"];
  const env = { ...process.env, ...(values.patient ? { LAYERHOOK_LAB_PATIENT: "1" } : {}) };
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit", env });
  process.exit(status ?? 1);
}
