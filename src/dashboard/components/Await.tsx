import type { ComponentChildren } from "preact";
import type { Live } from "../api/useLive.ts";
import { Button } from "./Button.tsx";
import { ProblemNotice } from "./Notice.tsx";

export const Loading = () => (
  <div class="loading" role="status">
    <span />
    <span />
    <span />
    <p class="hidden-text">Loading</p>
  </div>
);

/**
 * Shows a live resource while it loads, when it fails, and when it is there. A failure keeps the last answer below the
 * problem.
 */
export const Await = <T,>({
  live,
  heading,
  children,
}: {
  readonly live: Live<T>;
  /** The heading of the page while there is no answer, if the page has no other heading. */
  readonly heading?: string;
  readonly children: (value: T) => ComponentChildren;
}) => {
  const { data, problem, refresh } = live;
  if (data !== undefined) {
    return (
      <>
        <ProblemNotice problem={problem} />
        {children(data)}
      </>
    );
  }
  if (problem === undefined) return <Loading />;
  return (
    <div class="stack">
      {heading === undefined ? null : <h1>{heading}</h1>}
      <ProblemNotice problem={problem} />
      {problem.status === 404 ? (
        <p>
          The page was deleted, or its URL is wrong. <a href="/">Back to the layers</a>
        </p>
      ) : (
        <Button onClick={() => void refresh()}>Try again</Button>
      )}
    </div>
  );
};
