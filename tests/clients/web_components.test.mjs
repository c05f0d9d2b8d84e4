// The web components, in a browser, on a page of another origin than the service's.
// CHROMIUM names the browser, ROBOTOFF_URL the service with the demo products.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { dirname, join, normalize } from "node:path";
import { after, before, test } from "node:test";

import { chromium } from "playwright-core";

const service = process.env.ROBOTOFF_URL;
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const entry = createRequire(import.meta.url).resolve(
  "@openfoodfacts/openfoodfacts-webcomponents",
);
const TIMEOUT_MS = 20_000;

const configuration = JSON.stringify({ apiUrl: `${service}/api/v1`, imgUrl: service });
const pageOf = (component) => `<!doctype html><meta charset="utf-8">
<off-webcomponents-configuration robotoff-configuration='${configuration}'>
</off-webcomponents-configuration>
<script type="module" src="/off-webcomponents.bundled.js"></script>
${component}`;

let server, browser, shown;

before(async () => {
  server = createServer(async (request, response) => {
    const isScript = request.url.endsWith(".js");
    response.setHeader("Content-Type", isScript ? "text/javascript" : "text/html");
    // The components load their translations from beside them.
    const file = join(dirname(entry), normalize(request.url));
    response.end(isScript ? await readFile(file) : pageOf(shown));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"];
  browser = await chromium.launch({ executablePath, args: [...args, "--disable-component-update"] });
});

after(async () => {
  await browser?.close();
  server?.close();
});

/** Shows a component and waits for the answer to its call. Nothing but this machine can be
 * reached from the page. */
async function show(component, call) {
  shown = component;
  const page = await browser.newPage();
  page.setDefaultTimeout(TIMEOUT_MS);
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  await page.route(/^https?:\/\/(?!127\.0\.0\.1)/, (route) => route.abort());
  const [response] = await Promise.all([
    page.waitForResponse((response) => response.url().startsWith(service + call)),
    page.goto(`http://127.0.0.1:${server.address().port}/`),
  ]);
  assert.equal(response.status(), 200);
  return { page, errors, url: response.url(), body: await response.json() };
}

async function aQuestion(types) {
  const query = new URLSearchParams({ insight_types: types, count: "1", lang: "en" });
  const answer = await fetch(`${service}/api/v1/questions/random?${query}`);
  const { questions } = await answer.json();
  assert.ok(questions.length > 0, types);
  return questions[0];
}

test("robotoff-question asks about kinds that it joins with an encoded comma", async () => {
  const { barcode } = await aQuestion("label");
  const { page, url, body } = await show(
    `<robotoff-question product-code="${barcode}" insight-types="label,category" show-message>
     </robotoff-question>`,
    "/api/v1/questions/",
  );
  const { status, questions } = body;
  assert.equal(status, "found", url);
  assert.ok(questions.every(({ insight_type }) => ["label", "category"].includes(insight_type)));
  await page.getByText(questions[0].question).first().waitFor();

  // Its buttons answer: without `update`, from another origin.
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.url().includes("/insights/annotate")),
    page.locator("robotoff-question button").filter({ hasText: /skip/i }).first().click(),
  ]);
  assert.equal(answer.status(), 200);
  assert.equal(typeof (await answer.json()).status, "string");
  await page.close();
});

const CALL_BY_COMPONENT = {
  "robotoff-contribution-message": "/api/v1/questions/",
  "robotoff-nutrient-extraction": "/api/v1/insights?",
  "robotoff-ingredient-spellcheck": "/api/v1/insights?",
  "robotoff-ingredient-detection": "/api/v1/insights?",
};

for (const [name, call] of Object.entries(CALL_BY_COMPONENT)) {
  test(`${name} reads an empty list`, async () => {
    const component = `<${name} product-code="3560070000000"></${name}>`;
    const { page, errors, body } = await show(component, call);
    assert.deepEqual(body.insights ?? body.questions, []);
    assert.deepEqual(errors, []);
    await page.close();
  });
}
