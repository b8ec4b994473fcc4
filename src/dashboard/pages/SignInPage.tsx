import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { ask } from "../api/request.ts";
import { sessionAt } from "../api/resources.ts";
import type { NewSession, Problem, Session } from "../api/types.ts";
import { useChange } from "../api/useChange.ts";
import { Button } from "../components/Button.tsx";
import { Checkbox, Field } from "../components/Field.tsx";
import { Notice, ProblemNotice } from "../components/Notice.tsx";

interface SignInProps {
  readonly why: string | undefined;
  readonly onSignedIn: (session: Session) => void;
}

/** The API's problem in the words of this form: nobody here sends a header. */
const inWords = (problem: Problem | undefined): Problem | undefined =>
  problem?.code !== "UNAUTHENTICATED"
    ? problem
    : {
        ...problem,
        title: "This token is not valid",
        detail: "Copy the whole token again from where you got it. An Owner can create a new one.",
      };

/** The sign-in page. It sends the token to the server once, and gets a cookie that no script can read. */
export const SignInPage = ({ why, onSignedIn }: SignInProps) => {
  const [token, setToken] = useState("");
  const [shown, setShown] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const change = useChange();
  useEffect(() => form.current?.querySelector("input")?.focus(), []);
  useEffect(() => {
    const before = document.title;
    document.title = "Sign in · Layerhook";
    return () => {
      document.title = before;
    };
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
        <form ref={form} class="panel-body" onSubmit={(event) => void signIn(event)}>
          <h1>Sign in</h1>
          <Field
            label="Token"
            type={shown ? "text" : "password"}
            value={token}
            onInput={setToken}
            autoComplete="off"
            required
            hint="The owner token, a token that an Owner created for you, or a Netlify personal access token."
          />
          <Checkbox checked={shown} onChange={setShown}>
            Show the token
          </Checkbox>
          <ProblemNotice problem={inWords(change.problem)} />
          <Button type="submit" look="primary" disabled={change.running}>
            {change.running ? "Signing in…" : "Sign in"}
          </Button>
        </form>
      </section>
      <div class="stack small muted">
        <p>Layerhook exchanges the token for a session of at most eight hours. The browser does not store the token.</p>
        <p>
          <strong>A Netlify token opens your whole team</strong>. Layerhook sends the token to Netlify to verify you and
          does not store it. A Layerhook token is safer, because it opens only Layerhook.
        </p>
        <p>
          The owner token is the value of <code>LAYERHOOK_OWNER_TOKEN</code> at Netlify (Project configuration,
          Environment variables). <code>npm run dev</code> prints it, and a link that signs you in.
        </p>
      </div>
    </main>
  );
};

/** The same page over one whose session is over. It is modal, because a dialog may be open below. */
export const SignInAgain = (props: SignInProps) => {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  return (
    <dialog ref={dialog} class="sign-in-again" aria-label="Sign in" onCancel={(event) => event.preventDefault()}>
      <SignInPage {...props} />
    </dialog>
  );
};
