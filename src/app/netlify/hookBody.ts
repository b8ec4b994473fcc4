import { utf8Bytes } from "../../core/bytes.ts";
import { defined } from "../../core/defined.ts";
import { HOOK_BODY_BYTES } from "../../core/limits.ts";
import type { Cause } from "../../core/slot/sync.ts";
import type { Sealer } from "../deps.ts";
import type { Proof } from "../proof/proofRecord.ts";
import { titleOf } from "../proof/titleOf.ts";

/** What a build hook is handed, besides the id of the build. Null: it is not known what was published. */
export interface Handed {
  readonly buildId: string;
  readonly causes: readonly Cause[];
  readonly manifest: Proof | null;
}

/**
 * The body of a build hook's call, as JSON. Netlify hands it to the build in the variable `INCOMING_HOOK_BODY`,
 * percent-encoded or not. What does not fit is counted in `more`.
 */
export const hookBody = ({ buildId, causes, manifest }: Handed, sealer: Sealer): string => {
  const subjects = (manifest?.subjects ?? []).map((subject) => {
    const { layerId: dataLayerId, event, type, id } = subject;
    return { dataLayerId, event, type, id, ...defined({ title: titleOf(sealer, subject) ?? undefined }) };
  });
  const named = causes.map(({ dataLayerId, name, syncId }) => ({ dataLayerId, name, syncId }));
  const textOf = (count: number): string => {
    const more = (manifest?.more ?? 0) + subjects.length - count;
    const told = manifest === null ? {} : { subjects: subjects.slice(0, count), more };
    return JSON.stringify({ buildId, causes: named, ...told });
  };
  let count = subjects.length;
  while (count > 0 && utf8Bytes(textOf(count)) > HOOK_BODY_BYTES) count -= 1;
  return textOf(count);
};
