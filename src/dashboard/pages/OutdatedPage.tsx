import { Button } from "../components/Button.tsx";
import { Page } from "../components/Page.tsx";

/** Stands for a page whose code cannot be loaded: the connection is lost, or a deploy has replaced the code. */
export const OutdatedPage = () => (
  <Page title="Reload this page">
    <p>This page could not be loaded. A newer release may be deployed, or the connection is lost.</p>
    <Button onClick={() => location.reload()}>Reload</Button>
  </Page>
);
