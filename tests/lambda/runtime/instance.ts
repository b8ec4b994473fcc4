import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { BundledFunction } from "../lab/bundleAsDeployed.ts";
import { limitCpu } from "../lab/cpuShare.ts";
import { type Death, startWire, type Wire } from "../lab/wire.ts";
import type { Invocation } from "./invocation.ts";
import { type RuntimeApi, startRuntimeApi } from "./runtimeApi.ts";

const RUNTIME_CLIENT = fileURLToPath(new URL("../node_modules/aws-lambda-ric/index.mjs", import.meta.url));
const SURROUNDINGS = fileURLToPath(new URL("surroundings.cjs", import.meta.url));
/** As Lambda starts Node for 1,024 MB. */
const NODE_OPTIONS = ["--expose-gc", "--max-semi-space-size=51", "--max-old-space-size=922"];

/** How kept connections die while their instance is frozen, and after how many idle milliseconds. */
export interface Connections {
  readonly death: Death;
  readonly idleMs: number;
}

export interface InstanceOptions {
  readonly bundle: BundledFunction;
  readonly environment: Readonly<Record<string, string>>;
  /** How much later it is there (ms). */
  readonly clockAheadMs: number;
  /** Of a core, from the first call on; null: all of it. */
  readonly cpuShare: number | null;
  readonly onLine: (line: string) => void;
  /** The port of the world outside. */
  readonly outsidePort: number;
  readonly connections: Connections | null;
  /** It waits for a call. */
  readonly onIdle: () => void;
  readonly onExit: () => void;
}

const awsEnvironment = (name: string, directory: string, runtimeApiPort: number): Record<string, string> => ({
  AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${runtimeApiPort}`,
  LAMBDA_TASK_ROOT: directory,
  _HANDLER: "___netlify-entry-point.handler",
  AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
  AWS_REGION: "us-east-2",
  AWS_LAMBDA_FUNCTION_NAME: name,
  AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "1024",
  AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
  AWS_LAMBDA_LOG_STREAM_NAME: "lab",
  TZ: ":UTC",
  LANG: "en_US.UTF-8",
});

/** One process of a function: AWS's runtime client with the bundle. It is frozen whenever it waits for a call. */
export class Instance {
  /** When the process was started. */
  readonly startedAt = performance.now();
  /** How long it took to wait for its first call (ms); null: it does not yet. */
  initMs: number | null = null;
  calls = 0;
  readonly #options: InstanceOptions;
  #api: RuntimeApi | null = null;
  /** Carries all of its connections. */
  #wire: Wire | null = null;
  #child: ChildProcess | null = null;
  #current: Invocation | null = null;
  #timer: NodeJS.Timeout | undefined;
  #idle = false;
  #frozen = false;
  #unlimit: () => void = () => {};

  constructor(options: InstanceOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { bundle, environment, onLine, outsidePort, connections, clockAheadMs } = this.#options;
    this.#api = await startRuntimeApi({
      onNext: () => this.#next(),
      onInitError: (error) => onLine(`The function could not be loaded: ${error}`),
    });
    if (connections !== null) this.#wire = await startWire(outsidePort);
    const { name, directory } = bundle;
    this.#child = spawn(process.execPath, [...NODE_OPTIONS, "--require", SURROUNDINGS, RUNTIME_CLIENT], {
      cwd: directory,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: process.env["PATH"],
        ...(clockAheadMs === 0 ? {} : { LAB_CLOCK_AHEAD_MS: String(clockAheadMs) }),
        LAB_OUTSIDE_PORT: String(this.#wire?.port ?? outsidePort),
        ...awsEnvironment(name, directory, this.#api.port),
        ...environment,
      },
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on("line", onLine);
    }
    this.#child.once("exit", () => this.#exited());
  }

  get isIdle(): boolean {
    return this.#idle;
  }

  connections(): { readonly died: number; readonly reused: number } {
    return this.#wire?.counts() ?? { died: 0, reused: 0 };
  }

  /** Thaws the instance and hands it a call. It must be idle. */
  run(invocation: Invocation): void {
    const { bundle, cpuShare, connections, clockAheadMs } = this.#options;
    const pid = this.#child?.pid;
    if (!this.#idle || pid === undefined) throw new Error("The instance is not idle");
    this.#idle = false;
    this.#current = invocation;
    this.calls += 1;
    if (cpuShare !== null && this.calls === 1) this.#unlimit = limitCpu(pid, cpuShare);
    if (this.#frozen) {
      if (connections !== null) this.#wire?.killIdle(connections.death, connections.idleMs);
      this.#frozen = false;
      process.kill(pid, "SIGCONT");
    }
    this.#timer = setTimeout(() => {
      invocation.fail(`The function took longer than ${invocation.timeoutMs / 1000} s`);
      this.kill();
    }, invocation.timeoutMs);
    this.#api?.give(invocation, bundle.name, Date.now() + clockAheadMs + invocation.timeoutMs);
  }

  /** Stops the process between two calls. */
  freeze(): void {
    const pid = this.#child?.pid;
    if (!this.#idle || pid === undefined) return;
    this.#frozen = true;
    process.kill(pid, "SIGSTOP");
  }

  /** Ends the process at once, whatever it does. */
  kill(): void {
    this.#child?.kill("SIGKILL");
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    this.kill();
    await exited;
  }

  #next(): void {
    clearTimeout(this.#timer);
    const finished = this.#current;
    this.#current = null;
    this.#idle = true;
    this.initMs ??= performance.now() - this.startedAt;
    finished?.end();
    this.#options.onIdle();
  }

  #exited(): void {
    clearTimeout(this.#timer);
    const interrupted = this.#current;
    this.#current = null;
    this.#idle = false;
    this.#unlimit();
    void this.#api?.close();
    void this.#wire?.close();
    interrupted?.fail("The instance ended in the middle of a call");
    interrupted?.end();
    this.#options.onExit();
  }
}
