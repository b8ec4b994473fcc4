import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { startBlobsServer } from "./blobs/blobsServer.ts";
import { openDataDirectory } from "./dataDirectory.ts";
import { createDemoSite } from "./demo/demoSite.ts";
import { createBackgroundRuns } from "./functions/backgroundRuns.ts";
import { startFunctions } from "./functions/functions.ts";
import { startScheduleClock } from "./functions/scheduleClock.ts";
import { createGateway, type LocalHandler } from "./gateway.ts";
import { listen } from "./listen.ts";
import { createApiPage } from "./pages/apiPage.ts";
import { createStaticPages } from "./pages/staticPages.ts";
import { publicHostOf } from "./refuseForeign.ts";
import { createSignIn } from "./signIn.ts";

export interface DevServerOptions {
  /** The project's folder. */
  readonly root: string;
  readonly dataDirectory: string;
  /** The value of `PORT`; undefined for 8888 or the next free one. */
  readonly port: string | undefined;
  readonly report: (line: string) => void;
  /** Takes each line that a function prints; absent: the lines go to this process's output. */
  readonly onPrinted?: ((line: string) => void) | undefined;
  /** Told of each request to a function, with the id that the function's log uses. */
  readonly onRequest?: ((requestId: string, pathname: string) => void) | undefined;
  /** How long a build of the demo takes that succeeds (ms); eight seconds if absent. */
  readonly demoBuildMs?: number | undefined;
  /** Returns whether the server is stopping. A stopping server drops every request. */
  readonly leaving?: () => boolean;
}

export interface DevServer {
  readonly base: string;
  readonly port: number;
  readonly functionNames: readonly string[];
  readonly ownerToken: string;
  /** Whether the server generated the owner token, which a person then has to be shown. */
  readonly ownerTokenGenerated: boolean;
  /** The link that signs its first caller in as the owner. */
  signInLink(): string;
  close(): Promise<void>;
}

/**
 * Starts the whole system on one port. Sets environment variables of this process, because its functions inherit them.
 * Throws `PortError`, `DataDirectoryInUseError` or the disk's error, and closes everything before it throws.
 */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const { root, dataDirectory, port, report, leaving = () => false, onPrinted, onRequest, demoBuildMs } = options;
  const data = openDataDirectory(dataDirectory);
  const opened: (() => unknown)[] = [() => data.release()];
  let stopListening: () => unknown = () => {};
  const close = async (): Promise<void> => {
    // Close the port first, so that no caller takes this server for the next one.
    for (const step of [stopListening, ...opened.splice(0).reverse()]) {
      try {
        await step();
      } catch (error) {
        report(`While stopping: ${String(error)}`);
      }
    }
  };
  try {
    const token = randomBytes(24).toString("base64url");
    const blobs = await startBlobsServer({ directory: data.blobs, token, onProblem: report });
    opened.push(() => blobs.close());

    // A request that arrives before the functions are ready waits for them.
    let ready: (gateway: ReturnType<typeof createGateway>) => void = () => {};
    const gateway = new Promise<ReturnType<typeof createGateway>>((resolve) => {
      ready = resolve;
    });
    const listening = await listen((request, response) => {
      void gateway.then((handle) => (leaving() ? request.socket.destroy() : handle(request, response)));
    }, port);
    stopListening = () => listening.close();
    const base = `http://localhost:${listening.port}`;

    const ownerTokenGenerated = !process.env["LAYERHOOK_OWNER_TOKEN"];
    setEnvironment({
      NETLIFY_BLOBS_CONTEXT: blobsContext(blobs.url, token),
      URL: base,
      NETLIFY_DEV: "true",
      LAYERHOOK_SECRET: process.env["LAYERHOOK_SECRET"] || data.secret,
      LAYERHOOK_OWNER_TOKEN: process.env["LAYERHOOK_OWNER_TOKEN"] || data.ownerToken,
      LAYERHOOK_ALLOW_HTTP: process.env["LAYERHOOK_ALLOW_HTTP"] ?? "loopback",
    });

    const functions = await startFunctions({
      root,
      output: join(data.temporary, "functions"),
      report,
      onPrinted,
    });
    opened.push(() => functions.close());
    const background = createBackgroundRuns(report);
    opened.push(() => background.close());
    // The pages are outside the temporary folder, which each start empties, so that the next start need not build them.
    const pages = createStaticPages(root, join(data.temporary, "..", "pages"));
    const ownerToken = process.env["LAYERHOOK_OWNER_TOKEN"] ?? data.ownerToken;
    const onSignIn = (link: string): void => report(`Someone used the sign-in link. The next link is ${link}`);
    const signIn = createSignIn({ base, ownerToken, onSignIn });
    const demo = createDemoSite({ directory: data.demo, base, report, buildTakesMs: demoBuildMs });
    const before: LocalHandler = async (...call) => (await signIn.handle(...call)) || demo(...call);
    const apiPage = createApiPage(root);
    const after: LocalHandler = async (...call) => (await apiPage(...call)) || pages.handle(...call);
    const publicHost = publicHostOf(process.env["LAYERHOOK_PUBLIC_URL"]);
    ready(createGateway({ functions, background, before, after, publicHost, report, onRequest }));
    functions.warm();
    opened.push(startScheduleClock(functions, base, report));

    return {
      base,
      port: listening.port,
      functionNames: functions.names,
      ownerToken,
      ownerTokenGenerated,
      signInLink: signIn.link,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function blobsContext(url: string, token: string): string {
  const context = {
    edgeURL: url,
    uncachedEdgeURL: url,
    siteID: "local",
    deployID: "local",
    primaryRegion: "us-east-2",
    token,
  };
  return Buffer.from(JSON.stringify(context)).toString("base64");
}

function setEnvironment(values: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(values)) process.env[name] = value;
}
