// What the bench takes of the peers' libraries, so that types are checked where these are not installed.

declare module "bullmq" {
  interface Connection {
    readonly connection: { readonly host: string; readonly port: number };
  }
  interface Job {
    readonly data: unknown;
  }
  export class Queue {
    constructor(name: string, options: Connection);
    add(name: string, data: object, options: object): Promise<unknown>;
    getJobs(states: readonly string[], from: number, to: number): Promise<readonly Job[]>;
    waitUntilReady(): Promise<unknown>;
  }
  export class Worker {
    constructor(
      name: string,
      work: (job: Job) => Promise<void>,
      options: Connection & { readonly concurrency: number },
    );
    waitUntilReady(): Promise<unknown>;
  }
}

declare module "pg-boss" {
  interface Job {
    readonly data: unknown;
  }
  export class PgBoss {
    constructor(connection: string);
    on(event: "error", listener: (error: Error) => void): void;
    start(): Promise<unknown>;
    createQueue(name: string, options: { readonly policy: "stately" }): Promise<void>;
    upsert(name: string, data: object, options: { readonly singletonKey: string }): Promise<unknown>;
    fetch(name: string, options: { readonly batchSize: number }): Promise<readonly Job[]>;
    work(
      name: string,
      options: { readonly batchSize: number; readonly pollingIntervalSeconds: number },
      work: (jobs: readonly Job[]) => Promise<void>,
    ): Promise<string>;
  }
}

declare module "graphile-worker" {
  interface Options {
    readonly connectionString: string;
    readonly logger: Logger;
  }
  export class Logger {
    constructor(factory: () => () => void);
  }
  export function makeWorkerUtils(options: Options): Promise<{
    migrate(): Promise<void>;
    addJob(
      task: string,
      payload: object,
      spec: { readonly jobKey: string; readonly queueName: string },
    ): Promise<unknown>;
  }>;
  export function run(
    options: Options & {
      readonly concurrency: number;
      readonly noHandleSignals: boolean;
      readonly taskList: Readonly<Record<string, (payload: unknown) => Promise<void>>>;
    },
  ): Promise<unknown>;
}

declare module "pg" {
  export class Client {
    constructor(connection: string);
    connect(): Promise<void>;
    query(text: string): Promise<{ readonly rows: readonly unknown[] }>;
    end(): Promise<void>;
  }
}
