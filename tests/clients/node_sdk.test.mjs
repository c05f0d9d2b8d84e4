// Every call of the Node SDK, of the release that Hunger Games pins and of the latest one.
// The service at ROBOTOFF_URL has the demo products and the logos of `add_logos.py`.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Robotoff as Latest } from "@openfoodfacts/openfoodfacts-nodejs";
import { Robotoff as Pinned } from "openfoodfacts-nodejs-29";

const url = process.env.ROBOTOFF_URL;
// The pinned release expects the path, the latest one adds it.
const sdks = [
  ["alpha.29", new Pinned(fetch, { baseUrl: `${url}/api/v1` })],
  ["alpha.35", new Latest(fetch, { baseUrl: url })],
];
const [, latest] = sdks[1];

const isText = (value) => assert.equal(typeof value, "string");
const isCount = (value) => assert.ok(Number.isInteger(value) && value >= 0, `${value}`);

/** Body of a call that must succeed. */
function bodyOf({ data, error, response }) {
  assert.equal(response.status, 200, JSON.stringify(error));
  return data;
}

function isQuestion(question) {
  for (const member of ["insight_id", "insight_type", "barcode", "question", "value", "type"]) {
    isText(question[member]);
  }
  assert.match(question.source_image_url, /^http/);
  if (question.value_tag != null) isText(question.value_tag);
}

/** Questions, fetched as the latest SDK does by default: with page 0. */
async function someQuestions(query = {}) {
  const { status, count, questions } = bodyOf(await latest.questions(query));
  assert.equal(status, "found");
  isCount(count);
  assert.ok(questions.length > 0);
  return questions;
}

for (const [name, sdk] of sdks) {
  test(`${name}: questions of a product, whose code may have lost its zeros`, async () => {
    const [{ barcode }] = await someQuestions();
    for (const code of [barcode, Number(barcode)]) {
      const body = bodyOf(await sdk.questionsByProductCode(code, { lang: "fr", count: 5 }));
      assert.equal(body.status, "found");
      body.questions.forEach(isQuestion);
      assert.ok(body.questions.every((question) => question.barcode === barcode));
    }
    const none = bodyOf(await sdk.questionsByProductCode("3560070000000"));
    assert.deepEqual([none.status, none.questions], ["no_questions", []]);
  });

  test(`${name}: insights and details`, async () => {
    const body = bodyOf(await sdk.insights({ insight_types: "label", count: 3, annotated: false }));
    isCount(body.count);
    assert.ok(body.insights.length > 0);
    for (const insight of body.insights) {
      assert.equal(insight.type, "label");
      for (const member of ["id", "barcode", "timestamp"]) isText(insight[member]);
      // Dart parses it as local time: no zone.
      assert.match(insight.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?$/);
      assert.equal(insight.annotation, null);
      const detail = bodyOf(await sdk.insightDetail(insight.id));
      assert.equal(detail.id, insight.id);
      assert.ok("bounding_box" in detail && "data" in detail && "predictor" in detail);
      isText(detail.source_image);
    }
    const none = bodyOf(await sdk.insights({ barcode: "3560070000000" }));
    assert.deepEqual(none.insights, []);
  });

  test(`${name}: an answer is a form`, async () => {
    const [question] = await someQuestions({ insight_types: "label" });
    const device_id = `node-${name}`;
    const answer = { insight_id: question.insight_id, annotation: -1, device_id };
    const skipped = bodyOf(await sdk.annotate(answer));
    isText(skipped.status);
    isText(skipped.description);
    const voted = bodyOf(await sdk.annotate({ ...answer, annotation: 1, update: 1 }));
    assert.equal(voted.status, "vote_saved");
    const unknown = "00000000-0000-4000-8000-000000000000";
    const gone = bodyOf(await sdk.annotate({ insight_id: unknown, annotation: 1 }));
    assert.equal(gone.status, "error_unknown_insight");
  });

  test(`${name}: logos`, async () => {
    const { count, logos } = bodyOf(await sdk.searchLogos({ count: 10, random: false }));
    isCount(count);
    assert.ok(logos.length > 0);
    for (const logo of logos) {
      assert.ok(Number.isInteger(logo.id));
      assert.equal(logo.bounding_box.length, 4);
      for (const member of ["source_image", "image_id", "barcode"]) isText(logo.image[member]);
    }
    const [{ id }] = logos;
    assert.equal((await sdk.loadLogo(id)).id, id);
    for (const of of [undefined, id]) {
      const found = await sdk.getLogoAnnotations(of);
      // Without an index of neighbours the service says so.
      assert.ok([200, 404, 503].includes(found.response.status), `${found.response.status}`);
      if (found.response.status === 200) assert.ok(Array.isArray(found.data.results));
    }
  });
}

test("alpha.35: lists whose page is 0, and counts of values", async () => {
  (await someQuestions({ insight_types: "label", lang: "de" })).forEach(isQuestion);
  const body = bodyOf(await latest.getQuestionsUnanswered({ type: "label" }));
  assert.ok(body.questions.length > 0);
  for (const [value, count] of body.questions) {
    isText(value);
    isCount(count);
  }
});

test("alpha.35: logos by their ids, which it joins with an encoded comma", async () => {
  const { logos } = bodyOf(await latest.searchLogos({ count: 2 }));
  const ids = logos.map((logo) => logo.id);
  assert.equal(ids.length, 2);
  const found = bodyOf(await latest.fetchLogos(ids));
  assert.deepEqual(found.logos.map((logo) => logo.id).sort(), [...ids].sort());
});

test("alpha.35: statistics of a user, and the address of a crop", async () => {
  const { count } = bodyOf(await latest.getUserStatistics("somebody"));
  isCount(count.annotations);
  const crop = latest.getCroppedImageUrl("https://example.org/1.jpg", [0.1, 0.2, 0.3, 0.4]);
  assert.equal(new URL(crop).pathname, "/api/v1/images/crop");
});

test("paths with a slash at the end, and POST with parameters in the query", async () => {
  for (const path of ["questions/", "insights/random/", "questions/unanswered/?count=1"]) {
    assert.equal((await fetch(`${url}/api/v1/${path}`)).status, 200, path);
  }
  const [{ insight_id }] = await someQuestions();
  const query = new URLSearchParams({ insight_id, annotation: "-1", device_id: "query" });
  const answer = await fetch(`${url}/api/v1/insights/annotate?${query}`, { method: "POST" });
  assert.equal(answer.status, 200);
  const json = await fetch(`${url}/api/v1/insights/annotate`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ insight_id, annotation: -1, device_id: "json", app_name: "x" }),
  });
  assert.equal(json.status, 200);
});

test("credentials are allowed to the page that asks, and caches are told", async () => {
  const Origin = "https://hunger.openfoodfacts.org";
  const answer = await fetch(`${url}/api/v1/questions`, { headers: { Origin } });
  assert.equal(answer.headers.get("access-control-allow-origin"), Origin);
  assert.equal(answer.headers.get("access-control-allow-credentials"), "true");
  assert.match(answer.headers.get("vary") ?? "", /origin/i);
});
