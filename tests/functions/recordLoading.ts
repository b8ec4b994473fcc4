/**
 * Loads one function in a process of its own, sends it one request, and writes to the standard output which parts of
 * which scripts ran: while it was loaded, and until its first answer.
 *
 *     node recordLoading.ts <file> <request as JSON>
 */
import { Session } from "node:inspector/promises";
import { pathToFileURL } from "node:url";

const [file = "", asked = ""] = process.argv.slice(2);
const { path, ...init } = JSON.parse(asked);
console.log = console.error;

const session = new Session();
session.connect();
await session.post("Profiler.enable");
await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
const { default: answer } = await import(pathToFileURL(file).href);
const { result: loading } = await session.post("Profiler.takePreciseCoverage");
const response = await answer(new Request(`https://hook.test${path}`, init), {
  ...{ account: {}, site: {}, requestId: "1", deploy: { context: "production", published: true } },
  waitUntil: (work: Promise<unknown>) => void work,
});
const { result: answering } = await session.post("Profiler.takePreciseCoverage");
const scripts = (result: typeof loading) => result.filter(({ url }) => url.startsWith("file:"));
const text = JSON.stringify({
  status: response?.status ?? null,
  loading: scripts(loading),
  answering: scripts(answering),
});
process.stdout.write(text, () => process.exit(0));
