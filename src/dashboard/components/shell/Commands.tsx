import { useState } from "preact/hooks";
import { Code } from "../CopyButton.tsx";

const shells = [
  ["bash", "Bash, zsh", (url: string) => `curl -X POST '${url}'`],
  ["powershell", "PowerShell", (url: string) => `Invoke-RestMethod -Method Post -Uri '${url}'`],
  ["cmd", "Command Prompt", (url: string) => `curl -X POST "${url}"`],
] as const;

/** Guesses the reader's shell from the browser's operating system. */
const likely = (): string => (/windows/i.test(navigator.userAgent) ? "powershell" : "bash");

/**
 * The command that publishes to a URL, with a choice of the shell. `secret` is the part of the URL that a click reveals.
 */
export const Commands = ({ url, secret }: { readonly url: string; readonly secret?: string | undefined }) => {
  const [chosen, setChosen] = useState(likely);
  const [, text, command] = shells.find(([shell]) => shell === chosen) ?? shells[0];
  return (
    <>
      <fieldset class="segments">
        <legend class="hidden-text">Your shell</legend>
        {shells.map(([shell, name]) => (
          <button key={shell} type="button" aria-pressed={shell === chosen} onClick={() => setChosen(shell)}>
            {name}
          </button>
        ))}
      </fieldset>
      <Code text={command(url)} what={`the command for ${text}`} secret={secret} />
    </>
  );
};
