// Parts that every page of the dashboard is made of.

import {
  type ButtonHTMLAttributes,
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useId,
  useRef,
  useState,
} from "react";

import type { CallError } from "./api";
import { span, wholeTime } from "./format";
import { useNow } from "./hooks";

export type Tone = "good" | "warn" | "bad" | "calm" | "info";

export function Badge({ tone = "calm", children }: { tone?: Tone; children: ReactNode }) {
  return <span className={`badge ${tone}`}>{children}</span>;
}

const TONE_OF_STATE: Record<string, Tone> = {
  running: "info",
  sending: "info",
  stopping: "warn",
  lost: "bad",
  waiting: "calm",
  retry: "warn",
  done: "good",
  accepted: "good",
  present: "good",
  dead: "bad",
  failed: "bad",
  damaged: "bad",
  refused: "calm",
  unknown: "warn",
  partial: "warn",
};

export function StateBadge({ state }: { state: string }) {
  return <Badge tone={TONE_OF_STATE[state] ?? "calm"}>{state}</Badge>;
}

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: "plain" | "primary" | "danger" | "quiet";
  isBusy?: boolean;
}

export function Button({ kind = "plain", isBusy = false, className = "", ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={`button ${kind} ${className}`}
      aria-busy={isBusy}
      disabled={rest.disabled || isBusy}
    />
  );
}

export function Card(props: {
  title?: string;
  about?: ReactNode;
  tools?: ReactNode;
  className?: string;
  children: ReactNode;
}) {
  const id = useId();
  const { title, about, tools, className = "", children } = props;
  return (
    <section className={`card ${className}`} aria-labelledby={title ? id : undefined}>
      {title && (
        <header className="card-head">
          <div>
            <h2 id={id}>{title}</h2>
            {about && <p>{about}</p>}
          </div>
          {tools && <div className="tools">{tools}</div>}
        </header>
      )}
      {children}
    </section>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <svg viewBox="0 0 48 48" aria-hidden="true">
        <circle cx="24" cy="24" r="20" />
        <path d="M15 25l6 6 12-14" />
      </svg>
      <p className="empty-title">{title}</p>
      {children && <p>{children}</p>}
    </div>
  );
}

export function Failure({ error, retry }: { error: CallError; retry?: () => void }) {
  return (
    <div className="failure" role="alert">
      <p>
        <strong>This could not be loaded.</strong> {error.message}
      </p>
      {retry && <Button onClick={retry}>Try again</Button>}
    </div>
  );
}

export function Loading({ rows = 4 }: { rows?: number }) {
  return (
    <div className="loading" aria-busy="true">
      <span className="hidden">Loading</span>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="bar" />
      ))}
    </div>
  );
}

/** What is shown while a value is fetched, when that fails, and when it is there. */
export function Shown<Value>(props: {
  of: { value: Value | null; error: CallError | null; reload: () => void };
  children: (value: Value) => ReactNode;
}) {
  const { value, error, reload } = props.of;
  return (
    <>
      {error && <Failure error={error} retry={reload} />}
      {value !== null ? props.children(value) : !error && <Loading />}
    </>
  );
}

/** Time as an age, with the whole time behind it. */
export function Ago({ at, empty = "never" }: { at: string | null | undefined; empty?: string }) {
  const now = useNow();
  if (!at) return <span className="soft">{empty}</span>;
  const seconds = (now - Date.parse(at)) / 1000;
  const text = seconds >= 0 ? `${span(seconds)} ago` : `in ${span(-seconds)}`;
  return (
    <time dateTime={at} title={wholeTime(at)}>
      {text}
    </time>
  );
}

/** Choices of which one holds. */
export function Tabs<Name extends string>(props: {
  label: string;
  names: readonly Name[];
  chosen: Name;
  choose: (name: Name) => void;
}) {
  return (
    <div className="tabs" role="group" aria-label={props.label}>
      {props.names.map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={name === props.chosen}
          onClick={() => props.choose(name)}
        >
          {name}
        </button>
      ))}
    </div>
  );
}

export interface Question {
  title: string;
  text: ReactNode;
  confirm: string;
  isDangerous?: boolean;
}

interface Feedback {
  /** Asks before something is done; true when the person agrees. */
  ask: (question: Question) => Promise<boolean>;
  /** Says what was done, or not. */
  say: (text: string, tone?: Tone) => void;
}

const FeedbackContext = createContext<Feedback>({
  ask: () => Promise.resolve(false),
  say: () => undefined,
});

export const useFeedback = () => useContext(FeedbackContext);

/** Time for which a message stays. */
const MESSAGE_MS = 8000;

interface Message {
  id: number;
  text: string;
  tone: Tone;
}

/** The one dialog, and the messages. */
export function FeedbackProvider({ children }: { children: ReactNode }) {
  const [question, setQuestion] = useState<Question | null>(null);
  const [messages, setMessages] = useState<Message[]>([]);
  const answer = useRef<(agrees: boolean) => void>(() => undefined);
  const next = useRef(0);
  const ask = useCallback((asked: Question) => {
    setQuestion(asked);
    return new Promise<boolean>((resolve) => {
      answer.current = resolve;
    });
  }, []);
  const drop = useCallback((id: number) => {
    setMessages((all) => all.filter((message) => message.id !== id));
  }, []);
  const say = useCallback(
    (text: string, tone: Tone = "good") => {
      next.current += 1;
      const id = next.current;
      setMessages((all) => [...all.slice(-2), { id, text, tone }]);
      window.setTimeout(() => drop(id), MESSAGE_MS);
    },
    [drop],
  );
  const close = (agrees: boolean) => {
    setQuestion(null);
    answer.current(agrees);
  };
  const [feedback] = useState<Feedback>({ ask, say });
  return (
    <FeedbackContext.Provider value={feedback}>
      {children}
      {question && <Dialog question={question} close={close} />}
      <div className="messages" role="status" aria-live="polite">
        {messages.map((message) => (
          <div key={message.id} className={`message ${message.tone}`}>
            <span>{message.text}</span>
            <button type="button" aria-label="Close this message" onClick={() => drop(message.id)}>
              ×
            </button>
          </div>
        ))}
      </div>
    </FeedbackContext.Provider>
  );
}

function Dialog({ question, close }: { question: Question; close: (agrees: boolean) => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-text`}
      onCancel={(event) => {
        event.preventDefault();
        close(false);
      }}
    >
      <h2 id={`${id}-title`}>{question.title}</h2>
      <div id={`${id}-text`}>{question.text}</div>
      <div className="dialog-buttons">
        {/* The harmless choice has the focus. */}
        <Button autoFocus onClick={() => close(false)}>
          Keep as it is
        </Button>
        <Button kind={question.isDangerous ? "danger" : "primary"} onClick={() => close(true)}>
          {question.confirm}
        </Button>
      </div>
    </dialog>
  );
}

/** Runs an action: busy while it runs, a message when it has ended. */
export function useAction(): {
  isBusy: boolean;
  run: (action: () => Promise<string | null>) => Promise<void>;
} {
  const { say } = useFeedback();
  const [isBusy, setBusy] = useState(false);
  const run = useCallback(
    async (action: () => Promise<string | null>) => {
      setBusy(true);
      try {
        const done = await action();
        if (done) say(done);
      } catch (error) {
        say(error instanceof Error ? error.message : String(error), "bad");
      } finally {
        setBusy(false);
      }
    },
    [say],
  );
  return { isBusy, run };
}

/** Cell of a table that becomes a list of labelled values on a phone. */
export function Cell(props: { label: string; className?: string; children: ReactNode }) {
  return (
    <td data-label={props.label} className={props.className}>
      {props.children}
    </td>
  );
}

export function Pager(props: {
  hasPrevious: boolean;
  hasNext: boolean;
  first: () => void;
  next: () => void;
}) {
  if (!props.hasPrevious && !props.hasNext) return null;
  return (
    <nav className="pager" aria-label="Pages">
      <Button disabled={!props.hasPrevious} onClick={props.first}>
        Newest
      </Button>
      <Button disabled={!props.hasNext} onClick={props.next}>
        Older
      </Button>
    </nav>
  );
}
