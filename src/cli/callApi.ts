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
  /** What is wrong with the input, field by field. */
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
  401: "It asks for a login: the project is private. Make it public (Project configuration → Visibility).",
  403: "It asks for a login: the project is private. Make it public (Project configuration → Visibility).",
  404: "Is LAYERHOOK_URL the address of your Layerhook?",
  413: "The request is longer than what stands before Layerhook lets through.",
};

const HINTS: Readonly<Record<number, string>> = {
  401: " LAYERHOOK_OWNER_TOKEN is not a token of this site.",
  403: " LAYERHOOK_OWNER_TOKEN must be the token of an Owner, without a limit to some data layers.",
};

/** The base URL of the site. Throws `CommandError` for a URL to which the token would be sent unencrypted. */
const siteOf = (environment: Surroundings["environment"]): string => {
  const given = environment["LAYERHOOK_URL"] || LOCAL;
  const url = URL.parse(given);
  const local = url?.protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (url?.protocol !== "https:" && !local) {
    throw new CommandError(
      `LAYERHOOK_URL must begin with https://, because the token is sent there; http:// is for this machine alone. It is "${given}".`,
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
  if (!token) throw new CommandError("LAYERHOOK_OWNER_TOKEN is not set: give the token of an Owner.");
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
      ? "Is LAYERHOOK_URL right?"
      : "LAYERHOOK_URL is not set: set it to the address of your site.";
    throw new ApiRefusal(`${base} does not answer. ${what}`, { temporary: true });
  }
  const { status } = response;
  const temporary = status === 409 || status === 429 || status >= 500;
  const value = parseJson(text);
  if (response.ok && value !== undefined) return value;
  const problem = problemSchema.safeParse(value);
  if (!problem.success) {
    const what = NOT_OURS[status] ?? `npm run doctor -- ${base} says more.`;
    throw new ApiRefusal(`${base} answered ${status}, and not as Layerhook does. ${what}`, { temporary });
  }
  const { title, detail, errors = [] } = problem.data;
  throw new ApiRefusal(`${title}. ${detail}${HINTS[status] ?? ""}`, { errors, temporary });
};
