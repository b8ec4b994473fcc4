import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const READY_WITHIN = 60_000;

/** The whole system as a user starts it, in a process that can be killed. */
export class DevServer {
  readonly base: string;
  readonly token = "drill-owner-token-for-this-machine-0123456789";
  readonly troubles: string[] = [];
  readonly #port: number;
  readonly #data: string;
  #child: ChildProcess | null = null;

  constructor(port: number, data: string) {
    this.#port = port;
    this.#data = data;
    this.base = `http://localhost:${port}`;
  }

  /** Starts it and waits until it answers; gives the time that took (ms). */
  async start(): Promise<number> {
    const began = performance.now();
    const child = spawn(process.execPath, ["src/dev/main.ts", "--json"], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        PORT: String(this.#port),
        LAYERHOOK_DATA_DIR: this.#data,
        LAYERHOOK_OWNER_TOKEN: this.token,
      },
    });
    this.#child = child;
    const listen = (chunk: Buffer) => {
      for (const line of chunk.toString().split("\n")) if (line.includes('"trouble"')) this.troubles.push(line);
    };
    child.stdout?.on("data", listen);
    child.stderr?.on("data", listen);
    while (performance.now() - began < READY_WITHIN) {
      if (await this.#answers()) return performance.now() - began;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error("the system did not start");
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill("SIGKILL");
    await gone;
  }

  /** Ends it as an operator would; gives its exit code. */
  async stop(): Promise<number | null> {
    const child = this.#child;
    if (child === null) return null;
    const gone = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
    child.kill("SIGTERM");
    return gone;
  }

  /** A call of the management API. */
  async api(method: string, path: string, body?: object): Promise<{ status: number; body: Record<string, unknown> }> {
    const response = await fetch(`${this.base}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    });
    const parsed: unknown = JSON.parse((await response.text()) || "{}");
    return { status: response.status, body: typeof parsed === "object" && parsed !== null ? { ...parsed } : {} };
  }

  async #answers(): Promise<boolean> {
    try {
      const response = await fetch(`${this.base}/api/v1/health`, { signal: AbortSignal.timeout(2000) });
      await response.body?.cancel();
      return response.status < 500;
    } catch {
      return false;
    }
  }
}
