import type { ComponentChildren } from "preact";
import type { Live } from "../api/useLive.ts";
import { Button } from "./Button.tsx";
import { ProblemNotice } from "./Notice.tsx";

/** A view's three states: loading, failed, there. What was there before a failure stays, with the reason above it. */
export const Await = <T,>({
  live,
  heading,
  children,
}: {
  readonly live: Live<T>;
  /** Of a page that has no other while there is nothing to show. */
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
  if (problem === undefined) {
    return (
      <div class="loading" role="status">
        <span />
        <span />
        <span />
        <p class="hidden-text">Loading</p>
      </div>
    );
  }
  return (
    <div class="stack">
      {heading === undefined ? null : <h1>{heading}</h1>}
      <ProblemNotice problem={problem} />
      {problem.status === 404 ? (
        <p>
          It was deleted, or the address is wrong. <a href="/">Back to the layers</a>
        </p>
      ) : (
        <Button onClick={() => void refresh()}>Try again</Button>
      )}
    </div>
  );
};
