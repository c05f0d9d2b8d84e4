// Calls of the dashboard, typed by the OpenAPI document.

import createClient from "openapi-fetch";

import type { components, paths } from "../api/schema";

type Schemas = components["schemas"];
export type Overview = Schemas["OpsOverview"];
export type Service = Schemas["OpsService"];
export type Queue = Schemas["OpsQueue"];
export type Job = Schemas["OpsJob"];
export type JobDetail = Schemas["OpsJobDetail"];
export type JobSelection = Schemas["JobSelection"];
export type ChangeReport = Schemas["ChangeReport"];
export type Schedule = Schemas["OpsSchedule"];
export type Events = Schemas["OpsEvents"];
export type ParkedEvent = Schemas["OpsParkedEvent"];
export type Edit = Schemas["OpsEdit"];
export type Data = Schemas["OpsData"];
export type Health = Schemas["OpsHealth"];
export type Series = Schemas["OpsSeries"];
export type Session = Schemas["OpsSession"];

/** Longest wait for an answer, in milliseconds: a bulk change may take its time. */
const TIMEOUT_MS = 75_000;

/** Folder of the page, whatever the path of a proxy. */
export const BASE = new URL(".", location.href).href;

/** Failure of a call; `status` is 0 when the service was not reached. */
export class CallError extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

const client = createClient<paths>({
  baseUrl: BASE,
  fetch: async (request) => {
    try {
      return await fetch(request, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    } catch (error) {
      const isLate = error instanceof DOMException && error.name === "TimeoutError";
      throw new CallError(
        isLate ? "The service takes too long to answer." : "The service cannot be reached.",
        0,
      );
    }
  },
});

interface Result<Body> {
  data?: Body | undefined;
  error?: unknown;
  response: Response;
}

/** What a call returned, or an error with a sentence. */
async function bodyOf<Body>(call: Promise<Result<Body>>): Promise<Body> {
  const { data, error, response } = await call;
  if (response.ok && data !== undefined) return data;
  const { description, title } = (error ?? {}) as { description?: string; title?: string };
  throw new CallError(description || title || `The service answers ${response.status}.`, response.status);
}

/** Parameters without those that are blank. */
function filled(query: Record<string, string | number | undefined>): Record<string, string> {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

export const session = () => bodyOf(client.GET("/api/v1/ops/session"));

/** Exchanges a token, or a login, for the cookie of a session. */
export function beginSession(by: { token: string } | { username: string; password: string }) {
  if ("token" in by) {
    return bodyOf(client.POST("/api/v1/ops/session", { body: { token: by.token } }));
  }
  const login = [by.username, by.password].map(encodeURIComponent).join(":");
  const headers = { Authorization: `Basic ${btoa(login)}` };
  return bodyOf(client.POST("/api/v1/ops/session", { body: {}, headers }));
}

export const endSession = () => bodyOf(client.DELETE("/api/v1/ops/session"));

export const series = (range: string) =>
  bodyOf(client.GET("/api/v1/ops/series", { params: { query: { range } } }));

export const setQueuePaused = (queue: string, paused: boolean) =>
  bodyOf(client.PATCH("/api/v1/ops/queues/{queue}", { params: { path: { queue } }, body: { paused } }));

export const jobs = (filter: Record<string, string>, below: number | undefined) =>
  bodyOf(client.GET("/api/v1/ops/jobs", { params: { query: filled({ ...filter, below }) } }));

export const job = (id: number) =>
  bodyOf(client.GET("/api/v1/ops/jobs/{id}", { params: { path: { id } } }));

export type JobAction = "retry" | "cancel" | "discard";

export const changeJobs = (action: JobAction, ids: number[]) =>
  bodyOf(client.POST("/api/v1/ops/jobs", { body: { action, ids } }));

/** Number of the jobs that the change would be for. */
export async function countJobs(action: JobAction, filter: JobSelection): Promise<ChangeReport> {
  return bodyOf(client.POST("/api/v1/ops/jobs", { body: { action, filter, dry_run: true } }));
}

export const changeFoundJobs = (action: JobAction, filter: JobSelection, expected: number) =>
  bodyOf(client.POST("/api/v1/ops/jobs", { body: { action, filter, expected } }));

export const schedules = () => bodyOf(client.GET("/api/v1/ops/schedules"));

export const runSchedule = (name: string) =>
  bodyOf(client.POST("/api/v1/ops/schedules/{name}/run", { params: { path: { name } } }));

export const setScheduleEnabled = (name: string, enabled: boolean) =>
  bodyOf(
    client.PATCH("/api/v1/ops/schedules/{name}", { params: { path: { name } }, body: { enabled } }),
  );

export const events = () => bodyOf(client.GET("/api/v1/ops/events"));

export const parkedEvents = (below: number | undefined) =>
  bodyOf(client.GET("/api/v1/ops/events/parked", { params: { query: filled({ below }) } }));

export type EventAction = "replay" | "discard";

export const changeEvents = (action: EventAction, ids: number[]) =>
  bodyOf(client.POST("/api/v1/ops/events/parked", { body: { action, ids } }));

export const countEvents = (action: EventAction) =>
  bodyOf(client.POST("/api/v1/ops/events/parked", { body: { action, all: true, dry_run: true } }));

export const changeAllEvents = (action: EventAction, expected: number) =>
  bodyOf(client.POST("/api/v1/ops/events/parked", { body: { action, all: true, expected } }));

export const edits = (state: string, barcode: string, after: string | undefined) =>
  bodyOf(client.GET("/api/v1/ops/edits", { params: { query: filled({ state, barcode, after }) } }));

export type EditAction = "settle_accepted" | "settle_refused" | "retry";

export const changeEdits = (action: EditAction, ids: string[]) =>
  bodyOf(client.POST("/api/v1/ops/edits", { body: { action, ids } }));

export const data = () => bodyOf(client.GET("/api/v1/ops/data"));
export const health = () => bodyOf(client.GET("/api/v1/ops/health"));
