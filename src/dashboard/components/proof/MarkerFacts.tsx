import type { Site } from "../../api/types.ts";
import { Moment } from "../Moment.tsx";
import { OutsideLink } from "../OutsideLink.tsx";
import { Facts } from "../Page.tsx";

type PageSeen = NonNullable<Site["page"]>;

const foundText = ({ deployId, buildId, lookedFor }: PageSeen, ownBuildId: string | null): string => {
  if (deployId === null && buildId === null) return "No marker";
  if (ownBuildId !== null && buildId === ownBuildId) return "This build";
  return deployId === lookedFor
    ? "The deploy that was looked for"
    : `Another deploy, ${deployId ?? `of build ${buildId}`}`;
};

/** The last look at a site's pages: what was fetched, when, and what was found. */
export const MarkerFacts = ({
  publicUrl,
  page,
  buildId = null,
}: {
  readonly publicUrl: string | null;
  readonly page: PageSeen;
  /** The build whose page this is. */
  readonly buildId?: string | null;
}) => {
  const url = publicUrl === null ? null : `${publicUrl.replace(/\/+$/, "")}/.well-known/layerhook.json`;
  return (
    <>
      <Facts
        items={[
          url === null
            ? null
            : [
                "Fetched",
                <OutsideLink key="url" url={url}>
                  {url}
                </OutsideLink>,
              ],
          ["Last look", <Moment key="at" at={page.lookedAt} />],
          ["Looked for deploy", <code key="for">{page.lookedFor}</code>],
          ["Found", foundText(page, buildId)],
          page.seenAt === null ? null : ["Seen since", <Moment key="since" at={page.seenAt} />],
          page.nextLookAt === null ? null : ["Next look", <Moment key="next" at={page.nextLookAt} />],
          page.rebuildAt === null ? null : ["Builds again", <Moment key="again" at={page.rebuildAt} />],
        ]}
      />
      {page.reason === null ? null : <p class="small">{page.reason}</p>}
    </>
  );
};
