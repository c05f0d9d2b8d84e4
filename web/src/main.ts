// Asks questions about products, one at a time, and sends the answers.

import "./style.css";

import { webUrl } from "./addresses";
import { type Annotation, annotate, type Question, randomQuestions } from "./api/client";
import { deviceId, storage } from "./device";
import { LANGUAGES, languageName, nearestLanguage } from "./languages";
import * as page from "./page";
import { listenToPhotos } from "./photo";
import { failureOf, messageOf } from "./replies";
import { randomCorrections, SPELLING } from "./spelling";

/** Questions that are fetched together. */
const BATCH_SIZE = 10;
const SKIP: Annotation = "-1";
const ANSWER_BY_KEY: Record<string, Annotation> = { y: "1", n: "0", s: SKIP };

/** Parameters of the page's own address are filters of the questions. */
const passed = new URLSearchParams(location.search);
const device = deviceId();

/** Fetched questions that were not shown yet. */
let waiting: Question[] = [];
/** Question that is shown. */
let current: Question | null = null;
/** Number of open questions, as the service counts them. */
let total: number | null = null;
let answered = 0;
let isBusy = false;
/** Ids that were answered here, in case the service returns them again. */
const seen = new Set<string>();

/** The person's choice, to notice that it has changed while questions were fetched. */
const choice = () => `${page.kind.value} ${page.language.value}`;

async function fetchQuestions(): Promise<Question[]> {
  const query: Record<string, string> = Object.fromEntries(passed);
  if (page.kind.value) query["insight_types"] = page.kind.value;
  const found =
    query["insight_types"] === SPELLING
      ? await randomCorrections(BATCH_SIZE, { value_tag: page.language.value })
      : await randomQuestions({
          ...query,
          count: BATCH_SIZE,
          lang: page.language.value,
          device_id: device,
        });
  const questions = found.questions.filter((question) => !seen.has(question.insight_id));
  total = questions.length ? found.count : 0;
  return questions;
}

async function next(): Promise<void> {
  current = null;
  if (!waiting.length) {
    const wanted = choice();
    try {
      const found = await fetchQuestions();
      if (wanted !== choice()) return;
      waiting = found;
    } catch (error) {
      page.showNotice("This did not work", sentenceOf(error), "Try again");
      return;
    }
  }
  current = waiting.shift() ?? null;
  if (!current) {
    const headline = answered ? "All done" : "No question";
    page.showNotice(headline, "There is no open question for this choice right now.", "Look again");
    return;
  }
  page.showQuestion(current, total);
  // The next image is loaded while the person looks at this one.
  const coming = webUrl(waiting[0]?.source_image_url);
  if (coming) new Image().src = coming;
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function answer(annotation: Annotation): Promise<void> {
  if (isBusy || !current) return;
  setBusy(true);
  try {
    await send(current, annotation);
  } catch (error) {
    page.showOutcome(`${sentenceOf(error)} Your answer was not saved.`, true);
  } finally {
    setBusy(false);
  }
}

async function send(question: Question, annotation: Annotation): Promise<void> {
  const reply = await annotate({
    insight_id: question.insight_id,
    annotation,
    device_id: device,
  });
  const isSkipped = annotation === SKIP;
  const failure = isSkipped ? undefined : failureOf(reply.status);
  if (failure) {
    page.showOutcome(failure, true);
    return;
  }
  seen.add(question.insight_id);
  if (!isSkipped) answered += 1;
  if (total) total -= 1;
  const text = isSkipped ? "Skipped." : messageOf(reply);
  page.showOutcome(answered ? `${text} ${answered} answered so far.` : text);
  await next();
}

function setBusy(is: boolean): void {
  isBusy = is;
  page.showBusy(is);
}

function chooseLanguage(): void {
  for (const code of LANGUAGES) page.language.append(new Option(languageName(code), code));
  const preferences = [passed.get("lang"), storage.get("lang"), ...navigator.languages];
  const nearest = preferences.map((wanted) => wanted && nearestLanguage(wanted)).find(Boolean);
  page.language.value = nearest || "en";
}

function restart(): void {
  waiting = [];
  storage.set("lang", page.language.value);
  page.showOutcome("");
  void next();
}

function listen(): void {
  page.language.onchange = page.kind.onchange = restart;
  page.again.onclick = () => {
    page.showOutcome("");
    page.showNotice("Looking for a question…", "");
    void next();
  };
  for (const button of page.actions.querySelectorAll("button")) {
    button.onclick = () => void answer(button.dataset["answer"] as Annotation);
  }
  document.addEventListener("keydown", (event) => {
    const isTyping =
      event.target instanceof Element && event.target.closest("select, input, textarea");
    if (isTyping || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    const annotation = ANSWER_BY_KEY[event.key.toLowerCase()];
    if (!annotation) return;
    event.preventDefault();
    void answer(annotation);
  });
}

chooseLanguage();
if (passed.has("insight_types")) page.kind.closest("label")?.setAttribute("hidden", "");
listen();
listenToPhotos();
void next();
