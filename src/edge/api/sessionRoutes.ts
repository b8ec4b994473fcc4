import { z } from "@hono/zod-openapi";
import { none, type Route, route } from "./route.ts";
import { actorSchema } from "./schemas.ts";

const sessionSchema = z
  .object({ actor: actorSchema, role: z.string(), via: z.string().openapi({ description: "How you proved it." }) })
  .openapi("Session");

const session = route({
  operationId: "getSession",
  method: "get",
  path: "/session",
  summary: "Says who you are",
  allowed: "members",
  query: none,
  body: none,
  answers: { 200: { description: "You", schema: sessionSchema } },
  async handle({ member: { actor, role, via }, read }) {
    return read(sessionSchema, { actor, role, via });
  },
});

export const sessionRoutes: readonly Route[] = [session];
