/**
 * The script of the status page. It shows times in the reader's time zone, and fetches the page again while it is seen:
 * the sentences are made in one place. It needs no cookie and no storage, so it runs in a frame without an origin.
 */
export const statusScript = `
(() => {
  const one = (selector, from = document) => from.querySelector(selector);
  const clock = (date, seconds) => {
    const far = date.toDateString() !== new Date().toDateString();
    const day = far ? { day: "numeric", month: "short" } : {};
    const second = seconds ? { second: "2-digit" } : {};
    return new Intl.DateTimeFormat(undefined, { ...day, hour: "2-digit", minute: "2-digit", ...second }).format(date);
  };
  const localise = () => {
    for (const time of document.querySelectorAll("time")) {
      time.textContent = clock(new Date(time.dateTime), time.dataset.seconds === "yes");
    }
  };
  const note = (text) => { one("#checked").textContent = text; };
  const checked = () => note("Checked at " + clock(new Date(), true));
  const every = () => Number(one("main").dataset.every) || 30;
  let shown = one("main").innerHTML;
  const show = (text) => {
    const page = new DOMParser().parseFromString(text, "text/html");
    const [former, next] = [one("main"), one("main", page)];
    if (next === null) return;
    former.dataset.every = next.dataset.every;
    document.title = page.title;
    if (next.dataset.go) return location.replace(next.dataset.go);
    if (next.innerHTML === shown) return;
    shown = next.innerHTML;
    former.replaceChildren(...next.childNodes);
    localise();
  };
  const look = async () => {
    try {
      const answer = await fetch(location.href, { cache: "no-cache", credentials: "omit" });
      if (answer.status >= 500 || answer.status === 429) throw new Error();
      show(await answer.text());
      checked();
    } catch {
      note("The status cannot be read at the moment. It is tried again.");
    }
    plan();
  };
  let timer;
  const plan = () => { clearTimeout(timer); timer = setTimeout(() => document.hidden || look(), every() * 1000); };
  document.addEventListener("visibilitychange", () => document.hidden ? clearTimeout(timer) : look());
  localise();
  checked();
  plan();
})();
`;
