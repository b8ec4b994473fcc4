import { afterEach } from "vitest";

// In a worker that serves all files the runner stops after the first failure, but imports every file all the same. That is
// most of the time a trial takes, so a file that comes after the verdict is refused before it is imported.
const DECIDED = "a test has failed";
if (Reflect.get(globalThis, DECIDED) === true) throw new Error(DECIDED);

afterEach(({ task }) => {
  if (task.result?.state === "fail") Reflect.set(globalThis, DECIDED, true);
});
