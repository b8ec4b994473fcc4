import { isNetlifyHook, SEND_OTHER } from "../../../core/site/hookKind.ts";
import type { Problem } from "../../api/types.ts";
import { Checkbox, errorAt, Field } from "../Field.tsx";

/** A build hook as it is typed. `isOther`: the person says that it is not Netlify's. */
export interface HookDraft {
  readonly url: string;
  readonly isOther: boolean;
}

export const emptyHook: HookDraft = { url: "", isOther: false };

/** The fields of the API's input. */
export const hookInput = ({ url, isOther }: HookDraft): { buildHook: string; kind?: "other" } =>
  isOther && !isNetlifyHook(url) ? { buildHook: url, kind: "other" } : { buildHook: url };

/** The field for a build hook. For a URL that is not Netlify's, it asks whether another service builds the site. */
export const BuildHookField = ({
  draft,
  onChange,
  label,
  hint,
  required = false,
  problem,
  at,
}: {
  readonly draft: HookDraft;
  readonly onChange: (draft: HookDraft) => void;
  readonly label: string;
  readonly hint: string;
  readonly required?: boolean;
  readonly problem: Problem | undefined;
  /** The path of the field in the API's input. */
  readonly at: string;
}) => (
  <>
    <Field
      label={label}
      type="url"
      value={draft.url}
      onInput={(url) => onChange({ ...draft, url })}
      required={required}
      placeholder="https://api.netlify.com/build_hooks/…"
      hint={hint}
      error={errorAt(problem, at)?.replace(SEND_OTHER, "tick the box below")}
    />
    {draft.url === "" || isNetlifyHook(draft.url) ? null : (
      <Checkbox checked={draft.isOther} onChange={(isOther) => onChange({ ...draft, isOther })}>
        Another service builds this site, so the URL is not a Netlify build hook
      </Checkbox>
    )}
  </>
);
