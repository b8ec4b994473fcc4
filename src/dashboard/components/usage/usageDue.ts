import type { Usage } from "../../api/types.ts";

/** When a usage may change by itself (ms): at once while layers or sites were left to the next request. */
export const usageDue = ({ left }: Usage): number | false => (left > 0 ? 0 : false);
