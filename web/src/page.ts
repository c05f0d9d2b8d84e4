// Elements of the page, and the states that it can show.

import { fullSizeUrl, productUrl, webUrl } from "./addresses";
import type { Question } from "./api/client";
import { languageTag } from "./languages";
import { difference, isCorrection } from "./spelling";

/** The element with the id, which `index.html` has. */
export function element<Tag extends HTMLElement>(id: string, type: new () => Tag): Tag {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`index.html has no ${type.name} "${id}"`);
  return found;
}

export const kind = element("kind", HTMLSelectElement);
export const language = element("language", HTMLSelectElement);
export const again = element("again", HTMLButtonElement);
export const actions = element("actions", HTMLElement);
const card = element("card", HTMLElement);
const notice = element("notice", HTMLElement);
const outcome = element("outcome", HTMLElement);
const image = element("image", HTMLImageElement);
const larger = element("larger", HTMLAnchorElement);
const blank = element("blank", HTMLElement);
const reference = element("reference", HTMLImageElement);
const product = element("product", HTMLAnchorElement);

function setText(id: string, text: string): HTMLElement {
  const found = element(id, HTMLElement);
  found.textContent = text;
  return found;
}

/** Shows a sentence instead of a question; without `retry` there is no button. */
export function showNotice(headline: string, reason: string, retry?: string): void {
  setText("headline", headline);
  setText("reason", reason);
  again.textContent = retry ?? "";
  again.hidden = retry === undefined;
  notice.hidden = false;
  card.hidden = actions.hidden = true;
}

/** Shows a question; `total` is the number of open ones, null if unknown. */
export function showQuestion(question: Question, total: number | null): void {
  const value = question.value ?? question.value_tag ?? "—";
  for (const shown of [setText("question", question.question), setText("value", value)]) {
    shown.lang = languageTag(language.value);
    shown.dir = "auto";
    shown.classList.remove("text");
  }
  if (isCorrection(question)) showDifference(question.original, question.correction);
  showImage(question);
  showReference(question);
  product.textContent = `Product ${question.barcode}`;
  const address = productUrl(question);
  if (address) product.href = address;
  else product.removeAttribute("href");
  setText("left", openQuestions(total));
  notice.hidden = true;
  card.hidden = actions.hidden = false;
}

/** Shows a corrected text in place of the value: deleted words struck out, new ones marked. */
function showDifference(before: string, after: string): void {
  const parts = difference(before, after).map(({ kind, text }) => {
    if (kind === "same") return text;
    const part = document.createElement(kind);
    part.textContent = text;
    return part;
  });
  const value = element("value", HTMLElement);
  value.replaceChildren(...parts);
  value.classList.add("text");
}

function openQuestions(total: number | null): string {
  if (total === null) return "";
  // The service counts to 100.
  if (total >= 100) return "100 or more open questions";
  return `${total} open question${total === 1 ? "" : "s"}`;
}

function showImage(question: Question): void {
  const address = webUrl(question.source_image_url);
  if (!address) {
    showBlank("There is no image for this question.");
    return;
  }
  blank.hidden = true;
  larger.hidden = false;
  larger.href = fullSizeUrl(address);
  image.alt = `Photo of product ${question.barcode}`;
  image.onerror = () => {
    if (image.src === address) showBlank("The image cannot be loaded.");
  };
  // Without this the image before stays until this one is loaded.
  image.removeAttribute("src");
  image.src = address;
}

function showBlank(text: string): void {
  blank.textContent = text;
  blank.hidden = false;
  larger.hidden = true;
}

function showReference(question: Question): void {
  const address = webUrl(question.ref_image_url);
  reference.hidden = !address;
  reference.alt = address ? `Reference image of ${question.value ?? question.value_tag}` : "";
  reference.onerror = () => {
    reference.hidden = true;
  };
  if (address) reference.src = address;
}

/** Shows what became of the answer before. */
export function showOutcome(text: string, isFailure = false): void {
  outcome.textContent = text;
  outcome.classList.toggle("bad", isFailure);
}

/** Marks the page while an answer is on its way. */
export function showBusy(isBusy: boolean): void {
  document.body.classList.toggle("busy", isBusy);
  actions.setAttribute("aria-disabled", String(isBusy));
}
