import { useChange } from "../../api/useChange.ts";
import { RoleButton } from "../Button.tsx";
import { ProblemNotice } from "../Notice.tsx";
import { useBuild } from "./useBuild.ts";

/** Starts a build that still waits. The button says what the build costs. */
export const BuildSooner = ({
  siteId,
  name,
  credits,
  onDone,
}: {
  readonly siteId: string;
  /** The site's name. */
  readonly name: string;
  /** What the build costs; 0: nothing at Netlify, or not known. */
  readonly credits: number;
  readonly onDone: () => Promise<void>;
}) => {
  const change = useChange();
  const build = useBuild(siteId, change, onDone);
  return (
    <div>
      <RoleButton needs="system" small disabled={change.running} onClick={() => void build()}>
        Build now{credits === 0 ? "" : ` · ${credits} credits`}
        <span class="hidden-text"> for {name}</span>
      </RoleButton>
      <ProblemNotice problem={change.problem} />
    </div>
  );
};
