// Typed client of the API, generated from its OpenAPI document (`npm run client`).

import createClient from "openapi-fetch";

import type { components, operations, paths } from "./schema";

export type Question = components["schemas"]["QuestionBody"];
export type Insight = components["schemas"]["InsightBody"];
export type AnswerReply =
  operations["annotate"]["responses"][200]["content"]["application/json"];

/** Longest wait for an answer of the service, in milliseconds. */
const TIMEOUT_MS = 20_000;

const client = createClient<paths>({
  // The pages may be below any path of a proxy.
  baseUrl: new URL(".", location.href).href,
  fetch: async (request) => {
    try {
      return await fetch(request, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    } catch (error) {
      const isLate = error instanceof DOMException && error.name === "TimeoutError";
      throw new Error(
        isLate ? "The service takes too long to answer." : "The service cannot be reached.",
      );
    }
  },
});

/** What a call returned, or an error with a sentence for the person. */
function bodyOf<Body>(result: { data?: Body; error?: unknown; response: Response }): Body {
  const { data, error, response } = result;
  if (data !== undefined && response.ok) return data;
  if (response.status === 503) {
    throw new Error("The service is starting. Please try again in a moment.");
  }
  throw new Error(`The service answers with an error: ${reasonOf(error) ?? response.status}.`);
}

/** Description of an error body, else its title without the number of the status. */
function reasonOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { description, title } = error as { description?: unknown; title?: unknown };
  if (typeof description === "string" && description) return description;
  return typeof title === "string" ? title.replace(/^\d+ /, "") || undefined : undefined;
}

type RandomQuery = NonNullable<operations["random_questions"]["parameters"]["query"]>;

/** Random open questions; `count` of the answer is the number of all that match. */
export async function randomQuestions(query: RandomQuery) {
  return bodyOf(await client.GET("/api/v1/questions/random", { params: { query } }));
}

type RandomInsightQuery = NonNullable<operations["random"]["parameters"]["query"]>;

/** Random open insights; `count` of the answer is the number of all that match. */
export async function randomInsights(query: RandomInsightQuery) {
  return bodyOf(await client.GET("/api/v1/insights/random", { params: { query } }));
}

/** Answer of a person to an insight. */
export interface Answer {
  insight_id: string;
  annotation: Annotation;
  device_id: string;
}

/** Reject, skip or accept, as the wire has them. */
export type Annotation = "0" | "-1" | "1";

/** Sends the answer as a form. */
export async function annotate(answer: Answer): Promise<AnswerReply> {
  const result = await client.POST("/api/v1/insights/annotate", {
    body: { ...answer, annotation: Number(answer.annotation) },
    bodySerializer: () => new URLSearchParams({ ...answer }),
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
  });
  return bodyOf(result);
}

export type PhotoReading = components["schemas"]["PrefillOfPhoto"];

type PhotoQuery = NonNullable<operations["prefill_from_photo"]["parameters"]["query"]>;

/** Reads a photo; nothing is stored. */
export async function readPhoto(photo: Blob, query: PhotoQuery): Promise<PhotoReading> {
  const result = await client.POST("/api/v1/prefill", {
    params: { query },
    // The schema has no type for the bytes of a file.
    body: photo as unknown as string,
    bodySerializer: (body) => body as unknown as Blob,
    headers: { "Content-Type": photo.type || "application/octet-stream" },
  });
  if (result.response.status === 503) {
    throw new Error(reasonOf(result.error) ?? "Photos cannot be read just now.");
  }
  return bodyOf(result);
}
