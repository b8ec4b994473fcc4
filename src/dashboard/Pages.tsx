import type { AnyComponent } from "preact";
import { lazy, Route, Router } from "preact-iso";
import { exec } from "preact-iso/router";
import { LayersPage } from "./pages/layer/LayersPage.tsx";
import { type LayerPageProps, ofLayer } from "./pages/layer/ofLayer.tsx";
import { MissingPage } from "./pages/MissingPage.tsx";
import { OutdatedPage } from "./pages/OutdatedPage.tsx";

/** A page whose code is loaded when it is first shown. */
const later = <Props,>(load: () => Promise<AnyComponent<Props>>) =>
  lazy<AnyComponent<Props>>(() => load().catch(() => OutdatedPage));

/** The same for a page that needs the layer in its URL. */
const laterOfLayer = (load: () => Promise<AnyComponent<LayerPageProps>>) => later(async () => ofLayer(await load()));

const layerPages = {
  "/layers/:layerId": later(async () => (await import("./pages/layer/ActivityPage.tsx")).ActivityPage),
  "/layers/:layerId/deliveries": laterOfLayer(
    async () => (await import("./pages/layer/DeliveriesPage.tsx")).DeliveriesPage,
  ),
  "/layers/:layerId/deliveries/:id": laterOfLayer(
    async () => (await import("./pages/layer/DeliveryPage.tsx")).DeliveryPage,
  ),
  "/layers/:layerId/syncs": laterOfLayer(async () => (await import("./pages/layer/SyncsPage.tsx")).SyncsPage),
  "/layers/:layerId/syncs/:id": laterOfLayer(async () => (await import("./pages/layer/SyncPage.tsx")).SyncPage),
  "/layers/:layerId/webhooks": laterOfLayer(async () => (await import("./pages/layer/WebhooksPage.tsx")).WebhooksPage),
  "/layers/:layerId/connect": laterOfLayer(async () => (await import("./pages/layer/ConnectPage.tsx")).ConnectPage),
  "/layers/:layerId/set-up": laterOfLayer(async () => (await import("./pages/layer/SetUpPage.tsx")).SetUpPage),
  "/layers/:layerId/settings": laterOfLayer(
    async () => (await import("./pages/layer/LayerSettingsPage.tsx")).LayerSettingsPage,
  ),
};

const pages = {
  "/layers/new": later(async () => (await import("./pages/layer/NewLayerPage.tsx")).NewLayerPage),
  "/sites": later(async () => (await import("./pages/SitesPage.tsx")).SitesPage),
  "/sites/:siteId": later(async () => (await import("./pages/SitePage.tsx")).SitePage),
  "/sites/:siteId/builds/:buildId": later(async () => (await import("./pages/BuildPage.tsx")).BuildPage),
  "/failed": later(async () => (await import("./pages/FailedPage.tsx")).FailedPage),
  "/usage": later(async () => (await import("./pages/UsagePage.tsx")).UsagePage),
  "/tokens": later(async () => (await import("./pages/TokensPage.tsx")).TokensPage),
  "/audit-log": later(async () => (await import("./pages/AuditPage.tsx")).AuditPage),
  "/configuration": later(async () => (await import("./pages/ConfigurationPage.tsx")).ConfigurationPage),
  "/setup": later(async () => (await import("./pages/SetupPage.tsx")).SetupPage),
};

// The code of this address's page is loaded beside the answers of the API, not after them.
const here = Object.entries({ ...pages, ...layerPages }).find(
  ([path]) => exec(location.pathname, path, { path: "", query: {}, params: {} }) !== undefined,
);
void here?.[1].preload();

export const Pages = () => (
  <Router>
    <Route path="/" component={LayersPage} />
    <Route path="/layers/new" component={pages["/layers/new"]} />
    {Object.entries(layerPages).map(([path, Page]) => (
      <Route key={path} path={path} component={Page} />
    ))}
    <Route path="/sites" component={pages["/sites"]} />
    <Route path="/sites/:siteId" component={pages["/sites/:siteId"]} />
    <Route path="/sites/:siteId/builds/:buildId" component={pages["/sites/:siteId/builds/:buildId"]} />
    <Route path="/failed" component={pages["/failed"]} />
    <Route path="/usage" component={pages["/usage"]} />
    <Route path="/tokens" component={pages["/tokens"]} />
    <Route path="/audit-log" component={pages["/audit-log"]} />
    <Route path="/configuration" component={pages["/configuration"]} />
    <Route path="/setup" component={pages["/setup"]} />
    <Route default component={MissingPage} />
  </Router>
);
