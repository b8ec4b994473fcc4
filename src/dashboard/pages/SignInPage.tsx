import { useEffect, useState } from "preact/hooks";
import { ask } from "../api/request.ts";
import { sessionAt } from "../api/resources.ts";
import type { NewSession, Session } from "../api/types.ts";
import { useChange } from "../api/useChange.ts";
import { Button } from "../components/Button.tsx";
import { Field } from "../components/Field.tsx";
import { Notice, ProblemNotice } from "../components/Notice.tsx";

/** The sign-in page. It sends the token to the server once, and gets a cookie that no script can read. */
export const SignInPage = ({
  why,
  onSignedIn,
}: {
  readonly why: string | undefined;
  readonly onSignedIn: (session: Session) => void;
}) => {
  const [token, setToken] = useState("");
  const change = useChange();
  useEffect(() => {
    document.title = "Sign in · Layerhook";
  }, []);
  const signIn = async (event: Event): Promise<void> => {
    event.preventDefault();
    await change.run(async () => {
      const session = await ask<NewSession>("POST", sessionAt.path, { bearer: token.trim() });
      setToken("");
      onSignedIn(session);
    });
  };
  return (
    <main class="sign-in">
      <div class="brand">
        <img src="/icon.svg" alt="" width="24" height="24" />
        Layerhook
      </div>
      {why === undefined ? null : (
        <div role="status">
          <Notice>{why}</Notice>
        </div>
      )}
      <section class="panel" aria-label="Sign in">
        <form class="panel-body" onSubmit={(event) => void signIn(event)}>
          <h1>Sign in</h1>
          <Field
            label="Token"
            type="password"
            value={token}
            onInput={setToken}
            autoComplete="off"
            required
            hint="The owner token of this system, a token an Owner made for you, or a personal access token of Netlify."
          />
          <ProblemNotice problem={change.problem} />
          <Button type="submit" look="primary" disabled={change.running || token.trim() === ""}>
            {change.running ? "One moment…" : "Sign in"}
          </Button>
        </form>
      </section>
      <div class="stack small muted">
        <p>
          The token is exchanged for a session of this browser, eight hours at most, and is kept nowhere: not in this
          page, not in the browser.
        </p>
        <p>
          <strong>A Netlify token opens your whole team</strong>, every site of it. It is sent to Netlify once to ask
          who you are, and forgotten. Prefer a token made here: it opens this system alone.
        </p>
        <p>
          The owner token is the value of <code>LAYERHOOK_OWNER_TOKEN</code> at Netlify (Project configuration,
          Environment variables). <code>npm run dev</code> prints it, and a link that signs you in.
        </p>
      </div>
    </main>
  );
};
