// Asks for the first view's data while the script still loads. `src/dashboard/api/request.ts` takes the answers.
const beginAt = (path) => {
  const answer = fetch(`/api/v1${path}`, {
    cache: "no-store",
    headers: { accept: "application/json" },
    signal: AbortSignal.timeout(15000),
  });
  answer.catch(() => {});
  return [path, answer];
};
// What the page at an address reads first, by the same paths as `src/dashboard/api/resources.ts`.
const firstReads = ({ pathname, search }) => {
  const [, area, id, section, more] = pathname.split("/");
  if (area === "") return ["/overview?limit=200"];
  if (area === "sites") return id ? [`/sites/${id}`] : ["/overview"];
  if (area !== "layers" || !id || id === "new") return [];
  if (!section) return search === "" ? [`/data-layers/${id}/activity?hours=1`] : [];
  const isList = ["deliveries", "syncs", "webhooks"].includes(section) && !more && search === "";
  return [`/data-layers/${id}`, ...(isList ? [`/data-layers/${id}/${section}?limit=50`] : [])];
};
globalThis.layerhookBegun = new Map(["/session", "/health", ...firstReads(location)].map(beginAt));
