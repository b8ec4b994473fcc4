import { useState } from "preact/hooks";

let count = 0;

/**
 * Returns an id that is unique in the page. Preact's own `useId` counts from the root of a render and can repeat an id
 * in a later render, so that a label names the wrong field.
 */
export const useOwnId = (): string => {
  const [id] = useState(() => {
    count += 1;
    return `own-${count}`;
  });
  return id;
};
