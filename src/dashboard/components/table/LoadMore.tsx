import type { More } from "../../api/useMore.ts";
import { Button } from "../Button.tsx";
import { ProblemNotice } from "../Notice.tsx";

export const LoadMore = <T,>({ more, what }: { readonly more: More<T>; readonly what: string }) => (
  <>
    <ProblemNotice problem={more.problem} />
    {more.hasMore ? (
      <div class="more">
        <Button onClick={() => void more.load()} disabled={more.loading}>
          {more.loading ? "Loading…" : `Older ${what}`}
        </Button>
      </div>
    ) : null}
  </>
);
