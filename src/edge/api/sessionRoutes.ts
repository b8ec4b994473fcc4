import { z } from "@hono/zod-openapi";
import { none, type Route, route } from "./route.ts";
import { actorSchema } from "./schemas.ts";

const sessionSchema = z
  .object({
    actor: actorSchema,
    role: z.string(),
    via: z.string().openapi({ description: "How you proved it." }),
    dataLayers: z.array(z.string()).nullable().openapi({ description: "The data layers you see. Null: all of them." }),
  })
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
  scoped: true,
  async handle({ member: { actor, role, via, dataLayers = null }, read }) {
    return read(sessionSchema, { actor, role, via, dataLayers: dataLayers === null ? null : [...dataLayers] });
  },
});

export const sessionRoutes: readonly Route[] = [session];
