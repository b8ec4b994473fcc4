import { clip } from "../bytes.ts";
import { ACTOR_EMAIL_BYTES, ACTOR_ID_BYTES, ACTOR_NAME_BYTES } from "../limits.ts";
import type { Actor } from "../slot/sync.ts";

/** The actor as documents store it: each text is cut to its bound in bytes of JSON, never within a character. */
export const boundedActor = ({ id, name, email }: Actor): Actor => ({
  id: clip(id, ACTOR_ID_BYTES),
  name: clip(name, ACTOR_NAME_BYTES),
  email: clip(email, ACTOR_EMAIL_BYTES),
});
