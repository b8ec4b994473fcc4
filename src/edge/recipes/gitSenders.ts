import { documented, type Recipe } from "./recipe.ts";

const JSON_TYPE = { "content-type": "application/json" };
const json = (value: unknown): string => JSON.stringify(value);

/** Git hosts, and CMSs that keep their content in Git. */
export const gitSenders: readonly Recipe[] = [
  {
    cms: "gitlab",
    name: "GitLab",
    place: "the project's Settings > Webhooks > Add new webhook",
    events: "Push events, of the branch that your site is built from.",
    headers: true,
    emptyBody: "no",
    proofs: ["standard-webhooks", "header-secret"],
    secret: { from: "cms", place: "Signing token of the webhook, beginning with whsec_" },
    answerWithin: 10,
    retries:
      "None; Resend Request by hand. On GitLab.com, four failures in a row disable a webhook for a minute, more for up to a day, and forty until you enable it.",
    traps: [
      "Resend Request keeps the webhook-id, so Layerhook treats it as the same delivery. Use Send again in Layerhook's log instead.",
      "Older versions send a secret token without a signature: choose header-secret with the header x-gitlab-token.",
      "Pushes to every branch count. Accept only your own branch with a condition on `ref`.",
    ],
    verified: documented("https://gitlab.com/gitlab-org/gitlab/-/merge_requests/230944 and 166329"),
    sample: {
      headers: { ...JSON_TYPE, "x-gitlab-event": "Push Hook" },
      body: json({ object_kind: "push", ref: "refs/heads/main", checkout_sha: "0".repeat(40) }),
    },
  },
  {
    cms: "bitbucket",
    name: "Bitbucket",
    place: "the repository's Repository settings > Webhooks > Add webhook",
    events: "Repository push.",
    headers: false,
    emptyBody: "no",
    proofs: ["hmac"],
    settings: { scheme: "hmac", header: "x-hub-signature", prefix: "sha256=" },
    secret: { from: "you", place: "the field Secret of the webhook" },
    answerWithin: 10,
    retries: "At most twice more, at once, after a 5xx.",
    traps: [
      "Pushes to every branch count. Accept only your own branch with a condition on `push.changes.*.new.name`.",
      "Bitbucket sends no webhook whose body is longer than 256 KB.",
      "The test of Bitbucket Data Center is not signed. Layerhook answers the test and starts no sync.",
    ],
    verified: documented("https://support.atlassian.com/bitbucket-cloud/docs/troubleshoot-webhooks/"),
    sample: {
      headers: { ...JSON_TYPE, "x-event-key": "repo:push" },
      body: json({
        push: { changes: [{ new: { name: "main", type: "branch", target: { hash: "0".repeat(40) } } }] },
        repository: { full_name: "test/test" },
      }),
    },
  },
  {
    cms: "tina",
    name: "TinaCMS",
    place: "your project at TinaCloud > Webhooks > Add Webhook",
    events: "The branch that your site is built from, as Target branches.",
    headers: true,
    emptyBody: "no",
    proofs: ["header-secret"],
    secret: null,
    answerWithin: null,
    retries: "Not documented; its log shows each request.",
    traps: ["Without TinaCloud, use the push webhook of your Git host."],
    verified: documented("https://tina.io/docs/tina-cloud/webhooks"),
    sample: {
      headers: JSON_TYPE,
      body: json({
        clientId: "test",
        branch: "main",
        paths: ["content/test-entry"],
        type: "content.modified",
        eventId: "1",
      }),
    },
  },
  {
    cms: "decap",
    name: "Decap CMS",
    place: "the push webhook of its Git host, since Decap has none: at GitHub, Settings > Webhooks > Add webhook",
    events: "Just the push event; content type application/json.",
    headers: false,
    emptyBody: "no",
    proofs: ["github", "standard-webhooks", "hmac"],
    secret: { from: "you", place: "the field Secret of the Git host's webhook" },
    answerWithin: 10,
    retries: "As the Git host does.",
    traps: [
      "The editorial workflow of Decap CMS pushes each draft to a branch cms/…. Accept only your own branch with a condition on `ref`.",
      "At GitLab choose standard-webhooks, at Bitbucket hmac.",
    ],
    verified: documented("https://decapcms.org/docs/editorial-workflows/"),
    sample: {
      headers: { ...JSON_TYPE, "x-github-event": "push" },
      body: json({ ref: "refs/heads/main", after: "0".repeat(40), repository: { full_name: "test/test" } }),
    },
  },
];
