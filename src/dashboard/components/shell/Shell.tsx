import type { ComponentChildren } from "preact";
import { useContext, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { healthAt } from "../../api/resources.ts";
import { MemberContext, useMember } from "../../api/session.tsx";
import type { Session } from "../../api/types.ts";
import { useLive } from "../../api/useLive.ts";
import { CircleUser, Laptop, LogOut, Moon, Sun } from "../icons.tsx";
import { LinkBar } from "../LinkBar.tsx";
import { Menu, MenuItem } from "../overlay/Menu.tsx";
import { HealthBanner } from "./HealthBanner.tsx";
import { useAction } from "./Toasts.tsx";

/** Poll interval of the health check (ms). Health seldom changes. */
const HEALTH_EVERY = 5 * 60_000;

const links = [
  ["/", "Layers"],
  ["/sites", "Sites"],
  ["/usage", "Usage"],
  ["/tokens", "Tokens"],
  ["/audit-log", "Audit log"],
  ["/configuration", "Configuration"],
  ["/setup", "Setup"],
] as const;

/** A token of some layers sees no usage, because it would be that of the whole system. */
const linksFor = (session: Session | null) =>
  links.filter(([to]) => to !== "/usage" || session === null || session.dataLayers === null);

const isHere = (path: string, to: string): boolean =>
  to === "/"
    ? path === "/" || path === "/failed" || path.startsWith("/layers")
    : path === to || path.startsWith(`${to}/`);

type Theme = "light" | "dark" | "system";
const themes = [
  ["system", "System", Laptop],
  ["light", "Light", Sun],
  ["dark", "Dark", Moon],
] as const;

const themeNow = (): Theme => {
  const { theme } = document.documentElement.dataset;
  return theme === "light" || theme === "dark" ? theme : "system";
};

const chooseTheme = (theme: Theme): void => {
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
  try {
    if (theme === "system") localStorage.removeItem("layerhook-theme");
    else localStorage.setItem("layerhook-theme", theme);
  } catch {
    // The browser forbids storage. The theme then applies until the page is left.
  }
};

const ThemeMenu = () => {
  const [theme, setTheme] = useState(themeNow);
  const Icon = themes.find(([name]) => name === theme)?.[2] ?? Laptop;
  return (
    <Menu look="quiet icon-only" label="Theme" button={<Icon class="icon" />}>
      {themes.map(([name, text, ItemIcon]) => (
        <MenuItem
          key={name}
          isChosen={name === theme}
          onClick={() => {
            chooseTheme(name);
            setTheme(name);
          }}
        >
          <ItemIcon class="icon" />
          {text}
          {name === theme ? (
            <span class="muted small" aria-hidden="true">
              chosen
            </span>
          ) : null}
        </MenuItem>
      ))}
    </Menu>
  );
};

const AccountMenu = () => {
  const { session, signOut } = useMember();
  const leave = useAction();
  const { actor, role, via, dataLayers } = session;
  return (
    <Menu
      look="quiet"
      label={`Account: ${actor.name}, ${role}`}
      button={
        <>
          <CircleUser class="icon" />
          <span aria-hidden="true">{role}</span>
        </>
      }
    >
      <div class="menu-note">
        <strong>{actor.name}</strong>
        <br />
        {role}, signed in with {via}
        {dataLayers === null ? null : (
          <>
            <br />
            {dataLayers.length === 1 ? "one layer only" : `${dataLayers.length} layers only`}
          </>
        )}
      </div>
      <MenuItem onClick={() => void leave.run(signOut)}>
        <LogOut class="icon" />
        Sign out
      </MenuItem>
    </Menu>
  );
};

/** The frame around every page. It is there before it is known who has signed in. */
export const Shell = ({ children }: { readonly children: ComponentChildren }) => {
  const { path } = useLocation();
  const session = useContext(MemberContext)?.session ?? null;
  const health = useLive(healthAt, () => false, HEALTH_EVERY);
  return (
    <div class="shell">
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="top">
        <div class="top-inner">
          <a class="brand" href="/">
            <img src="/icon.svg" alt="" width="24" height="24" />
            Layerhook
          </a>
          <LinkBar
            look="nav"
            label="Main"
            links={linksFor(session).map(([to, text]) => ({ to, text, here: isHere(path, to) }))}
          />
          <div class="row top-tools">
            <ThemeMenu />
            {session === null ? (
              <span class="button quiet unknown" aria-hidden="true">
                Account
              </span>
            ) : (
              <AccountMenu />
            )}
          </div>
        </div>
      </header>
      <main class="main" id="main">
        <HealthBanner health={health.data} />
        {children}
      </main>
      <footer class="foot">
        <div class="foot-inner">
          <span>Layerhook {health.data?.version ?? ""}</span>
          <a href="/api/" target="_blank" rel="noreferrer">
            API
          </a>
          <a href="/api/v1/openapi.json" target="_blank" rel="noreferrer">
            OpenAPI
          </a>
          <span>Times are in your zone, {Intl.DateTimeFormat().resolvedOptions().timeZone}.</span>
        </div>
      </footer>
    </div>
  );
};
