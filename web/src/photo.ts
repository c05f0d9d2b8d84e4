// A photo of the person: its text, what was found in it, the questions that it would raise.

import { type PhotoReading, readPhoto } from "./api/client";
import { languageTag } from "./languages";
import { element, language } from "./page";

const SVG = "http://www.w3.org/2000/svg";

const section = element("try", HTMLElement);
const input = element("photo", HTMLInputElement);
const state = element("photo-state", HTMLElement);
const reading = element("reading", HTMLElement);
const image = element("photo-image", HTMLImageElement);
const text = element("photo-text", HTMLElement);

/** Number of the latest photo: an answer about an earlier one is dropped. */
let latest = 0;

function elementOf(tag: string, content: string): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = content;
  made.dir = "auto";
  return made;
}

/** Draws a box around each word. */
function drawWords(photo: PhotoReading["photo"]): void {
  const drawing = document.getElementById("photo-words");
  if (!(drawing instanceof SVGElement)) return;
  drawing.setAttribute("viewBox", `0 0 ${photo.width} ${photo.height}`);
  const boxes = photo.words.map(({ text, bounding_box: [top, left, bottom, right] }) => {
    const box = document.createElementNS(SVG, "rect");
    const sides = { x: left, y: top, width: (right ?? 0) - (left ?? 0), height: (bottom ?? 0) - (top ?? 0) };
    for (const [name, value] of Object.entries(sides)) box.setAttribute(name, String(value));
    const title = document.createElementNS(SVG, "title");
    title.textContent = text;
    box.append(title);
    return box;
  });
  drawing.replaceChildren(...boxes);
}

/** What a prediction says: its value, tag or else its data. */
function claimOf(candidate: { value?: string | null; value_tag?: string | null; data: unknown }): string {
  return candidate.value ?? candidate.value_tag ?? JSON.stringify(candidate.data);
}

function showFields(found: PhotoReading): void {
  const rows = Object.entries(found.fields).flatMap(([field, candidates]) => [
    elementOf("dt", field),
    ...candidates.map((candidate) => elementOf("dd", claimOf(candidate))),
  ]);
  const codes = found.barcodes.map((barcode) => elementOf("dd", `${barcode.symbology} ${barcode.code}`));
  if (codes.length) rows.push(elementOf("dt", "barcode"), ...codes);
  if (!rows.length) rows.push(elementOf("dd", "Nothing that a product page has a field for."));
  element("photo-fields", HTMLElement).replaceChildren(...rows);
}

function showQuestions(found: PhotoReading): void {
  const lines = found.questions.map((question) => {
    const value = question.value ?? question.value_tag ?? "";
    const note = question.automatic_processing ? " (applied without a question)" : "";
    const line = elementOf("li", `${question.question} ${value}${note}`);
    line.lang = languageTag(language.value);
    return line;
  });
  if (!lines.length) lines.push(elementOf("li", "None."));
  element("photo-questions", HTMLElement).replaceChildren(...lines);
}

function show(found: PhotoReading): void {
  drawWords(found.photo);
  showFields(found);
  showQuestions(found);
  text.textContent = found.photo.text;
  const turned = found.photo.rotation ? `, to be turned by ${found.photo.rotation}°` : "";
  state.textContent = `${found.photo.words.length} words${turned}.`;
  reading.hidden = false;
}

async function read(photo: File): Promise<void> {
  const number = ++latest;
  reading.hidden = true;
  state.textContent = "Reading…";
  URL.revokeObjectURL(image.src);
  image.src = URL.createObjectURL(photo);
  try {
    const found = await readPhoto(photo, { lang: language.value });
    if (number === latest) show(found);
  } catch (error) {
    if (number === latest) state.textContent = error instanceof Error ? error.message : String(error);
  }
}

/** Reads photos that are chosen or dropped. */
export function listenToPhotos(): void {
  input.onchange = () => {
    const photo = input.files?.[0];
    if (photo) void read(photo);
    input.value = "";
  };
  section.ondragover = (event) => {
    event.preventDefault();
    section.classList.add("over");
  };
  section.ondragleave = () => section.classList.remove("over");
  section.ondrop = (event) => {
    event.preventDefault();
    section.classList.remove("over");
    const photo = event.dataTransfer?.files[0];
    if (photo) void read(photo);
  };
}
