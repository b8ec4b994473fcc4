import { Page } from "../components/Page.tsx";

export const MissingPage = () => (
  <Page title="There is no such page">
    <p>
      The address is wrong, or what was here is gone. <a href="/">Go to the layers</a>
    </p>
  </Page>
);
