/**
 * Folders whose test files share a worker and its modules, because to load the application again for each file would take
 * half of their time. These files leave no trace: no mocked module, no environment variable, no child process.
 */
export const SHARED = ["api", "app", "contract", "core", "senders", "support"];

/** Folders whose test files share a worker for its browser. */
export const SHARED_BROWSER = ["dashboard"];

/** Files of these folders that run alone, because they leave such a trace. */
export const ALONE = [
  "tests/api/description/limits.test.ts",
  "tests/api/sites/deployFunction.test.ts",
  "tests/api/sites/manifest.test.ts",
  "tests/api/sites/marker.test.ts",
  "tests/senders/privacy.test.ts",
];
