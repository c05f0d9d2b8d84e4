// State that several parts of the dashboard share: the live overview, fetched values, the clock.

import { createContext, useCallback, useContext, useEffect, useRef, useState } from "react";

import { BASE, CallError, type Overview } from "./api";

export type LiveState = "connecting" | "live" | "lost";

/** The overview as the service streams it. */
export interface Live {
  overview: Overview | null;
  state: LiveState;
}

/** Wait before a lost stream is opened again. */
const RECONNECT_MS = 3000;

export function useLiveOverview(onRefused: () => void): Live {
  const [live, setLive] = useState<Live>({ overview: null, state: "connecting" });
  const refused = useRef(onRefused);
  refused.current = onRefused;
  useEffect(() => {
    let source: EventSource | null = null;
    let timer: number | undefined;
    const open = () => {
      source = new EventSource(new URL("api/v1/ops/stream", BASE));
      const merge = (event: MessageEvent<string>) => {
        const members = JSON.parse(event.data) as Partial<Overview>;
        setLive((last) => ({
          overview: { ...last.overview, ...members } as Overview,
          state: "live",
        }));
      };
      source.addEventListener("overview", merge);
      source.addEventListener("change", merge);
      source.onerror = () => {
        setLive((last) => ({ ...last, state: last.overview ? "lost" : "connecting" }));
        // The browser tries again by itself, unless it was refused.
        if (source?.readyState !== EventSource.CLOSED) return;
        refused.current();
        timer = window.setTimeout(open, RECONNECT_MS);
      };
    };
    open();
    return () => {
      window.clearTimeout(timer);
      source?.close();
    };
  }, []);
  return live;
}

export const LiveContext = createContext<Live>({ overview: null, state: "connecting" });
export const useLive = () => useContext(LiveContext);

/** A fetched value: the last one stays while a newer one is fetched. */
export interface Fetched<Value> {
  value: Value | null;
  error: CallError | null;
  isLoading: boolean;
  reload: () => void;
}

/** Fetches when `key` changes, again every `everyMs`, and on `reload`. */
export function useFetched<Value>(
  key: string,
  fetchValue: () => Promise<Value>,
  everyMs?: number,
): Fetched<Value> {
  const [state, setState] = useState<{ key: string; value: Value | null; error: CallError | null }>(
    { key, value: null, error: null },
  );
  const [isLoading, setLoading] = useState(true);
  const [round, setRound] = useState(0);
  const latest = useRef(fetchValue);
  latest.current = fetchValue;
  useEffect(() => {
    let isCurrent = true;
    setLoading(true);
    latest
      .current()
      .then((value) => isCurrent && setState({ key, value, error: null }))
      .catch((error: unknown) => {
        if (!isCurrent) return;
        const failure = error instanceof CallError ? error : new CallError(String(error), 0);
        setState((last) => ({ key, value: last.key === key ? last.value : null, error: failure }));
      })
      .finally(() => isCurrent && setLoading(false));
    return () => {
      isCurrent = false;
    };
  }, [key, round]);
  const reload = useCallback(() => setRound((last) => last + 1), []);
  useEffect(() => {
    if (!everyMs) return;
    const timer = window.setInterval(() => document.hidden || reload(), everyMs);
    return () => window.clearInterval(timer);
  }, [everyMs, reload]);
  return { value: state.key === key ? state.value : null, error: state.error, isLoading, reload };
}

/** The time, so that ages on the page grow. */
export function useNow(everyMs = 5000): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), everyMs);
    return () => window.clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** Path behind the `#`, with its parameters. */
export interface Route {
  path: string[];
  params: URLSearchParams;
}

function currentRoute(): Route {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return { path: path.split("/").filter(Boolean), params: new URLSearchParams(query) };
}

export function useRoute(): Route {
  const [route, setRoute] = useState(currentRoute);
  useEffect(() => {
    const follow = () => setRoute(currentRoute());
    window.addEventListener("hashchange", follow);
    return () => window.removeEventListener("hashchange", follow);
  }, []);
  return route;
}

/** Address of a part of the dashboard. */
export function addressOf(path: string, params: Record<string, string> = {}): string {
  const given = Object.entries(params).filter(([, value]) => value);
  const query = new URLSearchParams(given).toString();
  return `#/${path}${query ? `?${query}` : ""}`;
}
