import { z } from "@hono/zod-openapi";

export const healthSchema = z
  .object({
    status: z.enum(["ok", "failing"]),
    version: z.string(),
    checks: z.object({
      store: z.object({ status: z.enum(["ok", "failing"]), detail: z.string().optional() }),
      configuration: z.object({ status: z.enum(["ok", "failing"]), problems: z.array(z.string()).optional() }).openapi({
        description:
          "`problems` says what each wrong variable must be. The log of the function api says what is wrong.",
      }),
      secret: z
        .object({ status: z.enum(["ok", "rotating", "unreadable", "missing"]), unreadable: z.number().int() })
        .openapi({
          description:
            "`missing`: LAYERHOOK_SECRET is not set, or has fewer than 16 characters; no worker can be called. `unreadable`: it was changed, and so many data layers and sites keep credentials sealed with the one before; name that LAYERHOOK_SECRET_PREVIOUS, or enter them again. `rotating`: not everything is sealed with the new one yet, so leave LAYERHOOK_SECRET_PREVIOUS where it is.",
        }),
      team: z
        .object({ status: z.enum(["ok", "moved", "unknown"]), detail: z.string().optional() })
        .optional()
        .openapi({
          description:
            "Only if LAYERHOOK_NETLIFY_TEAM is a slug. `moved`: the slug no longer leads to the account it led to at its first use. Members of that account still have access, and no one else. Name the team by its id.",
        }),
      documents: z
        .object({ status: z.enum(["ok", "unreadable"]), newer: z.number().int(), corrupt: z.number().int() })
        .openapi({
          description:
            "Layers and sites that this release could not read at the last tick: `newer` were written by a later release, `corrupt` are damaged. Layerhook leaves them unchanged, and their publishes get 503. Deploy the later release again.",
        }),
      drain: z.object({
        status: z.enum(["ok", "late", "unknown"]),
        ageSeconds: z.number().nullable(),
        left: z.number().nullable().openapi({ description: "Documents that the last tick left for the next tick." }),
      }),
      selfCall: z.object({ status: z.enum(["ok", "failing", "unknown"]) }).openapi({
        description: "Whether a worker can be called.",
      }),
      publicAccess: z.object({ status: z.enum(["ok", "private", "redirects", "unknown"]) }).openapi({
        description:
          "Whether senders reach the publish URL. `private`: make the project public (Project configuration, Visibility). `redirects`: set LAYERHOOK_PUBLIC_URL to the URL that the redirect leads to.",
      }),
    }),
  })
  .openapi("Health");
