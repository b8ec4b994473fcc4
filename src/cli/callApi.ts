import { z } from "zod";
import { defined } from "../core/defined.ts";
import { CommandError, type Surroundings } from "./cli.ts";

/** The deadline of a call (ms). It is long, because an import may make dozens of changes. */
const DEADLINE = 60_000;
const LOCAL = "http://localhost:8888";

const problemSchema = z.object({
  title: z.string(),
  detail: z.string(),
  code: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});

export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** The API, or a proxy before it, refused the request or did not answer. */
export class ApiRefusal extends CommandError {
  override name = "ApiRefusal";
  /** The errors of the input, field by field. */
  readonly errors: readonly FieldError[];
  /** A further attempt may succeed. */
  readonly temporary: boolean;

  constructor(
    message: string,
    { errors = [], temporary = false }: { errors?: readonly FieldError[]; temporary?: boolean },
  ) {
    super([message, ...errors.map(({ path, message: what }) => `  ${path}: ${what}`)].join("\n"));
    this.errors = errors;
    this.temporary = temporary;
  }
}

/** Parses a text as JSON; undefined if it is no JSON. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const NOT_OURS: Readonly<Record<number, string>> = {
  401: "The site asks for a login, because the project is private. Make the project public (Project configuration → Visibility).",
  403: "The site asks for a login, because the project is private. Make the project public (Project configuration → Visibility).",
  404: "Check that LAYERHOOK_URL is the URL of your Layerhook site.",
  413: "The request is longer than the proxy in front of Layerhook allows.",
};

const HINTS: Readonly<Record<number, string>> = {
  401: " Check that LAYERHOOK_OWNER_TOKEN is a token of this site.",
  403: " LAYERHOOK_OWNER_TOKEN must be the token of an Owner, without a limit to some data layers.",
};

/** The base URL of the site. Throws `CommandError` for a URL to which the token would be sent unencrypted. */
const siteOf = (environment: Surroundings["environment"]): string => {
  const given = environment["LAYERHOOK_URL"] || LOCAL;
  const url = URL.parse(given);
  const local = url?.protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (url?.protocol !== "https:" && !local) {
    throw new CommandError(
      `LAYERHOOK_URL must begin with https://, because the token is sent there. http:// is allowed only for this machine. You gave "${given}".`,
    );
  }
  return given.replace(/\/+$/, "");
};

/** Calls the API of the site, and with the token, that the environment names. Throws `CommandError`. */
export const callApi = async (
  surroundings: Surroundings,
  method: "GET" | "PUT",
  path: string,
  body?: string,
): Promise<unknown> => {
  const { environment } = surroundings;
  const base = siteOf(environment);
  const token = environment["LAYERHOOK_OWNER_TOKEN"];
  if (!token) throw new CommandError("LAYERHOOK_OWNER_TOKEN is not set. Set it to the token of an Owner.");
  let response: Response;
  let text: string;
  try {
    response = await surroundings.fetch(`${base}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...defined({ "content-type": body === undefined ? undefined : "application/json" }),
      },
      // A redirect could send the token to another server.
      redirect: "manual",
      signal: AbortSignal.timeout(DEADLINE),
      ...defined({ body }),
    });
    text = await response.text();
  } catch {
    const what = environment["LAYERHOOK_URL"]
      ? "Check LAYERHOOK_URL."
      : "LAYERHOOK_URL is not set. Set it to the URL of your site.";
    throw new ApiRefusal(`${base} does not answer. ${what}`, { temporary: true });
  }
  const { status } = response;
  const temporary = status === 409 || status === 429 || status >= 500;
  const value = parseJson(text);
  if (response.ok && value !== undefined) return value;
  const problem = problemSchema.safeParse(value);
  if (!problem.success) {
    const what = NOT_OURS[status] ?? `Run npm run doctor -- ${base} to find out why.`;
    throw new ApiRefusal(`${base} answered ${status}, but not as Layerhook would. ${what}`, { temporary });
  }
  const { title, detail, errors = [] } = problem.data;
  throw new ApiRefusal(`${title}. ${detail}${HINTS[status] ?? ""}`, { errors, temporary });
};
