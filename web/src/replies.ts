// Sentences for the replies to an answer.

/** Statuses after which the question is done. Others show their description. */
const MESSAGES: Record<string, string> = {
  saved: "Saved. Thank you!",
  updated: "Saved and sent to the product. Thank you!",
  vote_saved: "Your vote is counted. Thank you!",
  user_input_updated: "Saved and sent to the product. Thank you!",
  error_already_annotated: "Already answered, or already on the product.",
  error_unknown_insight: "This question is gone.",
  error_missing_product: "The product no longer exists.",
  error_updated_product: "The product has changed meanwhile.",
  error_invalid_image: "The image is no longer there.",
};

/** Statuses after which the same question is still open. */
const FAILURES: Record<string, string> = {
  error_failed_update: "The product could not be changed just now. Please try again or skip.",
  cannot_vote: "This question can be answered by people with an account only. Please skip it.",
  error_invalid_data: "The answer was refused.",
};

/** Sentence of a status after which the question stays, or undefined. */
export function failureOf(status: string): string | undefined {
  return FAILURES[status];
}

/** Sentence of a status after which the question is done. */
export function messageOf(reply: { status: string; description?: string | null }): string {
  return MESSAGES[reply.status] ?? reply.description ?? reply.status;
}
