import { HttpResponse, http, type JsonBodyType } from "msw";
import { setupServer } from "msw/node";

export const API = "https://netlify.test/api/v1";
export const TEAM = { id: "5f0c1a2b3c4d5e6f70818283", slug: "the-bakery" };

/** Somebody with a Netlify account, and what their token is. */
export interface Person {
  readonly id: string;
  readonly full_name: string;
  readonly email: string;
  readonly token: string;
}

const person = (name: string, number: number): Person => ({
  id: `6a${String(number).padStart(22, "0")}`,
  full_name: name,
  email: `${name.toLowerCase()}@bakery.example`,
  token: `nfp_${name.padEnd(36, "x")}`,
});

export const people = {
  owner: person("Olga", 1),
  developer: person("Dan", 2),
  collaborator: person("Cleo", 3),
  reviewer: person("Rita", 4),
  /** Of a role that nobody here has heard of. */
  newcomer: person("Nora", 5),
  /** Of another team. */
  foreigner: person("Fred", 6),
  /** Owner of a team that took our team's id for its slug. */
  impostor: person("Ivo", 7),
  /** Owner of a team that took our team's slug after we gave it up. */
  successor: person("Sue", 8),
} as const;

type Instead = (() => Response | Promise<Response>) | undefined;

/** What each question is answered instead, where a test wants it otherwise. */
export interface Answers {
  user?: Instead;
  accounts?: Instead;
  members?: Instead;
}

/** What was asked of Netlify. */
export interface Asked {
  readonly what: string;
  readonly authorization: string | null;
}

const json = (body: JsonBodyType, status = 200): Response => HttpResponse.json(body, { status });

/** An account as `GET /accounts` shows it: `accountMembership` of the public description. */
const account = (team: typeof TEAM, owners: readonly string[]) => ({
  ...team,
  name: "The bakery",
  type: "PERSONAL",
  type_name: "Pro",
  type_id: "5903a7a0b4b2a95ef7d4b4a5",
  capabilities: { sites: { included: 100, used: 3 }, collaborators: { included: 1, used: 1 } },
  billing_name: "Olga",
  billing_email: "olga@bakery.example",
  billing_details: "",
  billing_period: "monthly",
  payment_method_id: "5903a7a0b4b2a95ef7d4b4a6",
  owner_ids: owners,
  roles_allowed: ["Owner", "Developer", "Billing Admin", "Reviewer"],
  created_at: "2024-01-01T00:00:00Z",
  updated_at: "2026-01-01T00:00:00Z",
});

/** A member as `GET /{account_slug}/members` shows it: `member` of the public description. */
const member = ({ id, full_name, email }: Person, role: string) => ({
  id,
  full_name,
  email,
  avatar: "https://avatars.example/1",
  role,
});

const OTHER = { id: "5f0c1a2b3c4d5e6f70818299", slug: "the-butcher" };
const IMPOSTOR = { id: "5f0c1a2b3c4d5e6f708182aa", slug: TEAM.id };
const SUCCESSOR = { id: "5f0c1a2b3c4d5e6f708182bb", slug: TEAM.slug };

/** Netlify's API in the shapes of its public description, and what it was asked. */
export const fakeNetlify = () => {
  const answers: Answers = {};
  /** Our team as it is called now. */
  const team = { ...TEAM };
  const asked: Asked[] = [];
  const whose = (request: Request): Person | undefined => {
    const authorization = request.headers.get("authorization");
    return Object.values(people).find(({ token }) => authorization === `Bearer ${token}`);
  };
  const answering =
    (what: keyof Answers, usual: (who: Person) => Response) =>
    async ({ request }: { request: Request }): Promise<Response> => {
      asked.push({ what, authorization: request.headers.get("authorization") });
      const instead = answers[what];
      if (instead !== undefined) return instead();
      const who = whose(request);
      return who === undefined ? json({ code: 401, message: "Access Denied" }, 401) : usual(who);
    };
  const server = setupServer(
    http.get(
      `${API}/user`,
      answering("user", ({ id, full_name, email }) =>
        json({
          ...{
            id,
            uid: id,
            full_name,
            email,
            avatar_url: "https://avatars.example/1",
            affiliate_id: "",
            site_count: 3,
          },
          ...{ created_at: "2024-01-01T00:00:00Z", last_login: "2026-01-01T00:00:00Z", login_providers: ["github"] },
          onboarding_progress: { slides: "" },
        }),
      ),
    ),
    // Where a redirect would lead, with the same good manners.
    http.get("https://elsewhere.test/user", ({ request }) => {
      asked.push({ what: "elsewhere", authorization: request.headers.get("authorization") });
      return json({ id: people.owner.id, full_name: "Olga", email: "olga@bakery.example" });
    }),
    http.get(
      `${API}/accounts`,
      answering("accounts", (who) => {
        const own = account(OTHER, [who.id]);
        if (who === people.foreigner) return json([own]);
        if (who === people.impostor) return json([account(IMPOSTOR, [who.id])]);
        if (who === people.successor) return json([account(SUCCESSOR, [who.id])]);
        return json([own, account(team, [people.owner.id])]);
      }),
    ),
    http.get(
      `${API}/:slug/members`,
      answering("members", (who) =>
        who === people.impostor || who === people.successor
          ? json([member(who, "Owner")])
          : json([
              member(people.owner, "Owner"),
              member(people.developer, "Developer"),
              member(people.collaborator, "collaborator"),
              member(people.reviewer, "Reviewer"),
              member(people.newcomer, "Sous-chef"),
            ]),
      ),
    ),
  );
  return { server, answers, asked, team };
};
