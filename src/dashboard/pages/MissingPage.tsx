import { Page } from "../components/Page.tsx";

export const MissingPage = () => (
  <Page title="Page not found">
    <p>
      The URL is wrong, or the page was deleted. <a href="/">Go to the layers</a>
    </p>
  </Page>
);
