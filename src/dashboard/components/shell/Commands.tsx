import { Tab, TabList, TabPanel, TabProvider } from "@ariakit/react";
import { Code } from "../CopyButton.tsx";

const shells = [
  ["bash", "Bash, zsh", (url: string) => `curl -X POST '${url}'`],
  ["powershell", "PowerShell", (url: string) => `Invoke-RestMethod -Method Post -Uri '${url}'`],
  ["cmd", "Command Prompt", (url: string) => `curl -X POST "${url}"`],
] as const;

/** Guesses the reader's shell from the browser's operating system. */
const likely = (): string => (/windows/i.test(navigator.userAgent) ? "powershell" : "bash");

/** Commands that publish, with a choice of the shell. */
export const Commands = ({ url, name }: { readonly url: string; readonly name: string }) => (
  <TabProvider defaultSelectedId={`${name}-${likely()}`}>
    <TabList className="segments" aria-label="Your shell">
      {shells.map(([id, text]) => (
        <Tab key={id} id={`${name}-${id}`}>
          {text}
        </Tab>
      ))}
    </TabList>
    {shells.map(([id, text, command]) => (
      <TabPanel key={id} tabId={`${name}-${id}`} focusable={false}>
        <Code text={command(url)} what={`the command for ${text}`} />
      </TabPanel>
    ))}
  </TabProvider>
);
