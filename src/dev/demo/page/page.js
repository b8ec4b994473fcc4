const PUBLISH = "/hooks/data_layer/data_source/publish/demo-layer";
const LOOK_EVERY_MS = 500;

const at = (id) => document.getElementById(id);
const show = (id, text) => {
  // An unchanged text stays, so that a screen reader does not read it again.
  if (at(id).textContent !== String(text)) at(id).textContent = text;
};

let published = 0;
let first;

async function publish(times) {
  published += times;
  show("publishes", published);
  const counts = { queued: 0, coalesced: 0 };
  let refusal = "";
  const one = async (_, index) => {
    const key = `post-${published - index}`;
    const payload = { title: key, text: `Saved at ${new Date().toISOString()}` };
    await fetch(`/demo/posts/${key}`, { method: "POST", body: payload.text });
    const body = JSON.stringify({ event: "items.update", collection: "posts", key, payload });
    const answer = await fetch(PUBLISH, { method: "POST", headers: { "content-type": "application/json" }, body });
    const { outcome, detail } = await answer.json();
    if (answer.ok) counts[outcome] += 1;
    else refusal = detail;
  };
  try {
    await Promise.all(Array.from({ length: times }, one));
  } catch {
    refusal = "The dev server does not answer. Start it again.";
  }
  show("message", refusal || `Answered: ${counts.queued} queued, ${counts.coalesced} merged into a waiting sync.`);
  await look();
}

const nowOf = ({ job, deploy }) => {
  if (job.running) return "The sync job runs (two seconds).";
  if (deploy === null) return "Nothing has been built yet.";
  if (deploy.state === "building") return `Build ${deploy.number} runs.`;
  if (deploy.state === "error") return `Build ${deploy.number} was not built: ${deploy.error ?? "it was skipped"}.`;
  return `Build ${deploy.number} is ${deploy.published ? "live" : "built, and the site is locked to another deploy"}.`;
};

function showModes({ mode, modes }) {
  if (at("modes").childElementCount === 0) {
    for (const name of Object.keys(modes)) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = name;
      button.addEventListener("click", () => change(`/demo/netlify/mode?mode=${name}`));
      at("modes").append(button);
    }
  }
  for (const button of at("modes").children) button.setAttribute("aria-pressed", String(button.textContent === mode));
  show("mode", modes[mode]);
}

async function look() {
  const state = await (await fetch("/demo/state")).json();
  const builds = state.deploy?.number ?? 0;
  first ??= { calls: state.job.calls, builds };
  show("calls", state.job.calls - first.calls);
  show("builds", builds - first.builds);
  show("live", state.live ?? "–");
  show("now", nowOf(state));
  at("fails").checked = state.job.fails;
  showModes(state);
}

async function change(path) {
  await fetch(path, { method: "POST" });
  await look();
}

at("publish").addEventListener("click", () => publish(1));
at("burst").addEventListener("click", () => publish(30));
at("fails").addEventListener("change", ({ target }) =>
  change(`/demo/job/mode?mode=${target.checked ? "fail" : "work"}`),
);

const watch = async () => {
  if (!document.hidden) await look().catch(() => show("now", "The dev server does not answer."));
  setTimeout(watch, LOOK_EVERY_MS);
};
await watch();
