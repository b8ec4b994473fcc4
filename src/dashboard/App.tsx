import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { LocationProvider } from "preact-iso";
import { ask, problemFrom, Refused, SESSION_OVER } from "./api/request.ts";
import { sessionAt } from "./api/resources.ts";
import { type Member, MemberContext } from "./api/session.tsx";
import type { Problem, Session } from "./api/types.ts";
import { forgetAnswers } from "./api/useLive.ts";
import { Loading } from "./components/Await.tsx";
import { Button } from "./components/Button.tsx";
import { ProblemNotice } from "./components/Notice.tsx";
import { Shell } from "./components/shell/Shell.tsx";
import { Toasts } from "./components/shell/Toasts.tsx";
import { Pages } from "./Pages.tsx";
import { SignInAgain, SignInPage } from "./pages/SignInPage.tsx";

type State =
  | { readonly kind: "asking" }
  | { readonly kind: "unreachable"; readonly problem: Problem }
  | { readonly kind: "nobody"; readonly why: string | undefined }
  /** `why`: the session is over. The pages wait, hidden, until the same person signs in again. */
  | { readonly kind: "member"; readonly session: Session; readonly why?: string };

const OVER = "Your session has ended. Sign in again to return to this page.";

export const App = () => {
  const [state, setState] = useState<State>({ kind: "asking" });

  const look = useCallback(async () => {
    try {
      setState({ kind: "member", session: await ask<Session>("GET", sessionAt.path) });
    } catch (error) {
      const refused = error instanceof Refused && error.problem.status === 401;
      setState(refused ? { kind: "nobody", why: undefined } : { kind: "unreachable", problem: problemFrom(error) });
    }
  }, []);

  useEffect(() => {
    const over = (): void => {
      forgetAnswers();
      setState((before) => (before.kind === "member" ? { ...before, why: OVER } : before));
    };
    window.addEventListener(SESSION_OVER, over);
    void look();
    return () => window.removeEventListener(SESSION_OVER, over);
  }, [look]);

  const member = useMemo((): Member | null => {
    if (state.kind !== "member") return null;
    const { session } = state;
    const owns = session.role === "Owner";
    return {
      session,
      owns,
      writes: owns || session.role === "Developer" || session.role === "Collaborator",
      async signOut() {
        try {
          await ask("DELETE", sessionAt.path);
        } catch (error) {
          // The cookie is still valid, unless the session was over already.
          if (!(error instanceof Refused && error.problem.status === 401)) throw error;
        }
        forgetAnswers();
        setState({ kind: "nobody", why: "You are signed out." });
      },
    };
  }, [state]);

  const signedInAgain = (session: Session): void => {
    setState({ kind: "member", session });
    // Every view reads again, as after a lost connection.
    window.dispatchEvent(new Event("online"));
  };

  if (state.kind === "unreachable") {
    return (
      <main class="plain stack">
        <h1>Layerhook</h1>
        <ProblemNotice problem={state.problem} />
        <Button onClick={() => void look()}>Try again</Button>
      </main>
    );
  }
  if (state.kind === "nobody") {
    return <SignInPage why={state.why} onSignedIn={(session) => setState({ kind: "member", session })} />;
  }
  const why = state.kind === "member" ? state.why : undefined;
  return (
    <>
      <MemberContext.Provider value={member}>
        <div class={why === undefined ? "pages" : "pages away"}>
          <LocationProvider scope={/^\/(?!api\/)/}>
            <Toasts>
              <Shell>
                {member === null ? <Loading /> : <Pages key={`${member.session.actor.id} ${member.session.role}`} />}
              </Shell>
            </Toasts>
          </LocationProvider>
        </div>
      </MemberContext.Provider>
      {why === undefined ? null : <SignInAgain why={why} onSignedIn={signedInAgain} />}
    </>
  );
};
