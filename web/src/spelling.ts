// Corrected ingredient lists: fetched as insights, shown as the difference of two texts.

import { type Insight, type Question, randomInsights } from "./api/client";

export const SPELLING = "ingredient_spellcheck";

/** Words of a longer list are compared as one: no real list is as long. */
const MAX_WORDS = 1500;

/** A part of a text: kept, deleted from the old one, or inserted by the new one. */
export interface Part {
  readonly kind: "same" | "del" | "ins";
  readonly text: string;
}

/** A question about a corrected list. */
export interface Correction extends Question {
  readonly original: string;
  readonly correction: string;
}

/** Random open corrections; `count` of the answer is the number of all that match. */
export async function randomCorrections(count: number, filters: Record<string, string>) {
  const found = await randomInsights({ ...filters, count, type: SPELLING });
  const questions = found.insights.map(questionOf).filter((question) => question !== null);
  return { count: found.count, questions };
}

function questionOf(insight: Insight): Correction | null {
  const { original, correction } = insight.data as Record<string, unknown>;
  if (typeof original !== "string" || typeof correction !== "string") return null;
  return {
    barcode: insight.barcode,
    type: "add-binary",
    value: correction,
    value_tag: insight.value_tag ?? "",
    question: "Is this correction of the ingredient list right?",
    insight_id: insight.id,
    insight_type: insight.type,
    server_type: insight.server_type,
    original,
    correction,
  };
}

export function isCorrection(question: Question): question is Correction {
  return "original" in question && "correction" in question;
}

/** The parts of both texts in order, by their longest common sequence of words. */
export function difference(before: string, after: string): Part[] {
  const [old, young] = [words(before), words(after)];
  if (old.length > MAX_WORDS || young.length > MAX_WORDS) {
    return [{ kind: "del", text: before }, { kind: "ins", text: after }];
  }
  const common = lengths(old, young);
  const parts: Part[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < young.length) {
    if (i < old.length && old[i] === young[j]) {
      parts.push({ kind: "same", text: old[i] ?? "" });
      i += 1;
      j += 1;
    } else if (j >= young.length || (i < old.length && at(common, i + 1, j) >= at(common, i, j + 1))) {
      parts.push({ kind: "del", text: old[i] ?? "" });
      i += 1;
    } else {
      parts.push({ kind: "ins", text: young[j] ?? "" });
      j += 1;
    }
  }
  return joined(parts);
}

/** Words, and what stands between them. */
function words(text: string): string[] {
  return text.match(/[\p{L}\p{M}\p{N}]+|[^\p{L}\p{M}\p{N}]/gu) ?? [];
}

/** Lengths of the longest common sequences of all ends of two lists. */
function lengths(old: string[], young: string[]): Uint16Array[] {
  const rows = Array.from({ length: old.length + 1 }, () => new Uint16Array(young.length + 1));
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = young.length - 1; j >= 0; j -= 1) {
      const row = rows[i] as Uint16Array;
      row[j] =
        old[i] === young[j] ? at(rows, i + 1, j + 1) + 1 : Math.max(at(rows, i + 1, j), at(rows, i, j + 1));
    }
  }
  return rows;
}

function at(rows: Uint16Array[], i: number, j: number): number {
  return rows[i]?.[j] ?? 0;
}

function joined(parts: Part[]): Part[] {
  const found: Part[] = [];
  for (const part of parts) {
    const last = found.at(-1);
    if (last?.kind === part.kind) {
      found[found.length - 1] = { kind: part.kind, text: last.text + part.text };
    } else {
      found.push(part);
    }
  }
  return found;
}
