import type { DeliveryDetail } from "../../api/types.ts";
import { OutsideLink } from "../OutsideLink.tsx";
import { Panel } from "../Page.tsx";
import { MarkerFacts } from "./MarkerFacts.tsx";
import { OnPageText } from "./OnPageText.tsx";

/** What the pages of a delivery's sites showed. Nothing, if nobody has looked. */
export const PagesSeen = ({ delivery: { sites, pageUrl } }: { readonly delivery: DeliveryDetail }) => {
  const looked = sites.filter(({ page, onPage }) => page !== null || onPage !== null);
  if (looked.length === 0) return null;
  return (
    <>
      {looked.map(({ siteId, name, page, onPage }) => (
        <Panel key={siteId} title={`Pages of ${name}`} actions={<a href={`/sites/${siteId}`}>The site</a>}>
          {pageUrl === null ? null : (
            <p>
              Its page: <OutsideLink url={pageUrl}>{pageUrl}</OutsideLink>
            </p>
          )}
          {onPage === null ? null : <OnPageText onPage={onPage} />}
          {page === null ? null : <MarkerFacts publicUrl={null} page={page} />}
        </Panel>
      ))}
    </>
  );
};
