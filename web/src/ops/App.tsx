// The frame of the dashboard: who may see it, where to go, light or dark.

import { useCallback, useEffect, useRef, useState } from "react";

import { beginSession, CallError, endSession, type Session, session as fetchSession } from "./api";
import { addressOf, LiveContext, type LiveState, useLive, useLiveOverview, useRoute } from "./hooks";
import { Data } from "./pages/Data";
import { Edits } from "./pages/Edits";
import { Events } from "./pages/Events";
import { Health } from "./pages/Health";
import { JobPage } from "./pages/JobPage";
import { Jobs } from "./pages/Jobs";
import { OverviewPage } from "./pages/OverviewPage";
import { Schedules } from "./pages/Schedules";
import { applyTheme, storedTheme, type Theme } from "./theme";
import { Button, Card, Failure, FeedbackProvider, Loading } from "./ui";

const PAGES = [
  { path: "", name: "Overview", icon: "M4 13h6V4H4zM14 20h6v-9h-6zM4 20h6v-3H4zM14 7h6V4h-6z" },
  { path: "jobs", name: "Jobs", icon: "M4 6h16M4 12h16M4 18h10" },
  { path: "schedules", name: "Schedules", icon: "M12 7v5l3 2M12 21a9 9 0 100-18 9 9 0 000 18z" },
  { path: "events", name: "Events", icon: "M3 12h4l3-8 4 16 3-8h4" },
  { path: "edits", name: "Edits", icon: "M4 20h4L19 9l-4-4L4 16zM13 7l4 4" },
  { path: "data", name: "Data & models", icon: "M4 6c0-3 16-3 16 0v12c0 3-16 3-16 0zM4 6c0 3 16 3 16 0M4 12c0 3 16 3 16 0" },
  { path: "health", name: "Health", icon: "M12 20S4 15 4 9.5A4 4 0 0112 8a4 4 0 018 1.5C20 15 12 20 12 20z" },
] as const;

export function App() {
  const [session, setSession] = useState<Session | null>(null);
  const [error, setError] = useState<CallError | null>(null);
  const check = useCallback(() => {
    fetchSession()
      .then((found) => {
        setSession(found);
        setError(null);
      })
      .catch((failure: unknown) => {
        const known = failure instanceof CallError ? failure : new CallError(String(failure), 0);
        // A wrong login is no rights, not a failure of the service.
        if (known.status === 401) {
          setSession({ role: "anonymous", is_operator: false, name: null, verifies_logins: true });
        } else setError(known);
      });
  }, []);
  useEffect(check, [check]);
  if (session?.is_operator) {
    return (
      <FeedbackProvider>
        <Dashboard session={session} check={check} />
      </FeedbackProvider>
    );
  }
  return (
    <main className="gate">
      {error && <Failure error={error} retry={check} />}
      {!session && !error && <Loading rows={3} />}
      {session && <SignIn session={session} onDone={setSession} />}
    </main>
  );
}

function SignIn({ session, onDone }: { session: Session; onDone: (session: Session) => void }) {
  const [way, setWay] = useState<"login" | "token">(session.verifies_logins ? "token" : "login");
  const [failure, setFailure] = useState("");
  const [isBusy, setBusy] = useState(false);
  const submit = async (form: FormData) => {
    const text = (name: string) => String(form.get(name) ?? "");
    setBusy(true);
    setFailure("");
    try {
      const by =
        way === "token"
          ? { token: text("token") }
          : { username: text("username"), password: text("password") };
      onDone(await beginSession(by));
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error));
      setBusy(false);
    }
  };
  return (
    <Card className="sign-in">
      <Mark />
      <h1>Robotoff operations</h1>
      <p className="soft">
        {session.name
          ? `You are known as ${session.name}, with the role “${session.role}”. The dashboard is for operators.`
          : "The dashboard is for operators of this service."}
      </p>
      <div className="tabs wide" role="group" aria-label="How to sign in">
        <button type="button" aria-pressed={way === "login"} onClick={() => setWay("login")}>
          Open Food Facts login
        </button>
        <button type="button" aria-pressed={way === "token"} onClick={() => setWay("token")}>
          Operator token
        </button>
      </div>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit(new FormData(event.currentTarget));
        }}
      >
        {way === "token" ? (
          <label>
            Token
            <input key="token" name="token" type="password" required autoComplete="off" placeholder="robotoff_…" />
          </label>
        ) : (
          <>
            <label>
              User name
              <input key="name" name="username" required autoComplete="username" />
            </label>
            <label>
              Password
              <input name="password" type="password" required autoComplete="current-password" />
            </label>
          </>
        )}
        <p className="form-failure" role="alert">{failure}</p>
        <Button kind="primary" type="submit" isBusy={isBusy}>
          Sign in
        </Button>
      </form>
      <details>
        <summary>How to get these rights</summary>
        <p>
          The first operator opens the one-time link that the service prints when it starts. An operator gives
          others a token with <code>robotoff token create NAME --role operator</code>, or names their login in the
          setting <code>OPERATORS</code>.
        </p>
        {!session.verifies_logins && (
          <p>This installation sends no edits, so it believes every login: any name and password will do.</p>
        )}
      </details>
    </Card>
  );
}

function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path d="M6 17h5l3-8 5 15 3-7h4" />
    </svg>
  );
}

function Dashboard({ session, check }: { session: Session; check: () => void }) {
  const live = useLiveOverview(check);
  const route = useRoute();
  const main = useRef<HTMLElement>(null);
  const page = PAGES.find((one) => one.path === (route.path[0] ?? ""));
  const place = route.path.join("/");
  const isFirst = useRef(true);
  useEffect(() => {
    document.title = `${page?.name ?? "Not found"} · Robotoff operations`;
    // A reader of the screen goes on at the new page, not at the link.
    if (!isFirst.current) main.current?.focus();
    isFirst.current = false;
    window.scrollTo(0, 0);
  }, [place, page]);
  return (
    <LiveContext.Provider value={live}>
      <a
        className="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to the content
      </a>
      <div className="frame">
        <header className="top">
          <a className="brand" href={addressOf("")}>
            <Mark />
            <span>
              Robotoff <small>operations</small>
            </span>
          </a>
          <nav aria-label="Parts of the dashboard">
            <ul>
              {PAGES.map((one) => (
                <li key={one.path}>
                  <a href={addressOf(one.path)} aria-current={one === page ? "page" : undefined}>
                    <svg viewBox="0 0 24 24" aria-hidden="true">
                      <path d={one.icon} />
                    </svg>
                    <span>{one.name}</span>
                    <Count path={one.path} />
                  </a>
                </li>
              ))}
            </ul>
          </nav>
          <div className="who">
            <Connection state={live.state} />
            <ThemeSwitch />
            <p className="soft">{session.name ? `Signed in as ${session.name}` : "Signed in by a token"}</p>
            <Button
              kind="quiet"
              onClick={() => {
                // The page is loaded anew, so that nothing of what was seen stays.
                void endSession().finally(() => location.reload());
              }}
            >
              Sign out
            </Button>
          </div>
        </header>
        <main id="main" ref={main} tabIndex={-1}>
          <Page path={route.path} params={route.params} />
        </main>
      </div>
    </LiveContext.Provider>
  );
}

function Page({ path, params }: { path: string[]; params: URLSearchParams }) {
  switch (path[0] ?? "") {
    case "":
      return <OverviewPage />;
    case "jobs":
      return path[1] ? <JobPage key={path[1]} id={Number(path[1])} /> : <Jobs key={params.toString()} params={params} />;
    case "schedules":
      return <Schedules />;
    case "events":
      return <Events />;
    case "edits":
      return <Edits key={params.toString()} params={params} />;
    case "data":
      return <Data />;
    case "health":
      return <Health />;
    default:
      return (
        <Card title="Not found">
          <p>
            There is no such part of the dashboard. <a href={addressOf("")}>Go to the overview</a>
          </p>
        </Card>
      );
  }
}

/** Number of things of a page that wait for a person. */
function Count({ path }: { path: string }) {
  const { overview } = useLive();
  if (!overview) return null;
  const dead = overview.queues.reduce((total, queue) => total + (queue.jobs["dead"] ?? 0), 0);
  const waiting: Record<string, number> = {
    jobs: dead,
    events: overview.events.parked,
    edits: (overview.edits["unknown"] ?? 0) + (overview.edits["partial"] ?? 0),
    health: overview.health.filter((check) => !check.passed).length,
  };
  const count = waiting[path] ?? 0;
  if (!count) return null;
  return (
    <span className="count">
      {count}
      <span className="hidden"> need attention</span>
    </span>
  );
}

const CONNECTION: Record<LiveState, string> = {
  connecting: "Connecting…",
  live: "Live",
  lost: "Connection lost, trying again",
};

function Connection({ state }: { state: LiveState }) {
  return (
    <p className={`connection ${state}`} role="status">
      <i />
      {CONNECTION[state]}
    </p>
  );
}

const THEMES: { theme: Theme; name: string }[] = [
  { theme: "system", name: "Auto" },
  { theme: "light", name: "Light" },
  { theme: "dark", name: "Dark" },
];

function ThemeSwitch() {
  const [theme, setTheme] = useState(storedTheme);
  return (
    <div className="tabs small" role="group" aria-label="Colours">
      {THEMES.map((one) => (
        <button
          key={one.theme}
          type="button"
          aria-pressed={theme === one.theme}
          onClick={() => {
            setTheme(one.theme);
            applyTheme(one.theme);
          }}
        >
          {one.name}
        </button>
      ))}
    </div>
  );
}
