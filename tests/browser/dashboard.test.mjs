// The dashboard in a browser: each page and action, by mouse and keyboard, on a desktop and a
// phone, light and dark; and what axe finds.
// CHROMIUM names the browser, ROBOTOFF_URL the service, SCREENSHOTS the folder of the pictures.

import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { chromium } from "playwright-core";

const service = process.env.ROBOTOFF_URL;
const folder = process.env.SCREENSHOTS ?? "../../target/screenshots";
const axe = createRequire(import.meta.url).resolve("axe-core");
const PAGES = ["", "jobs", "schedules", "events", "edits", "data", "health"];
const DESKTOP = { width: 1360, height: 900 };
const PHONE = { width: 390, height: 844 };

let browser, context, page;
/** Requests to other hosts, and what the browser complains about. */
const foreign = [];
const complaints = [];

before(async () => {
  await mkdir(folder, { recursive: true });
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
  });
  ({ context, page } = await open(DESKTOP));
});

after(async () => {
  await browser?.close();
  assert.deepEqual(foreign, [], "the page asks no other host");
  assert.deepEqual(complaints, [], "the browser complains about nothing");
});

async function open(viewport, options = {}) {
  const opened = await browser.newContext({ viewport, ...options });
  const tab = await opened.newPage();
  tab.setDefaultTimeout(10_000);
  tab.on("request", (request) => {
    if (!request.url().startsWith(service) && !request.url().startsWith("data:")) foreign.push(request.url());
  });
  tab.on("pageerror", (error) => complaints.push(String(error)));
  // A refused sign-in is logged as a failed request.
  tab.on("console", (message) => {
    if (message.type() === "error" && !/status of 40[0-9]/.test(message.text())) complaints.push(message.text());
  });
  return { context: opened, page: tab };
}

const shoot = (tab, name) => tab.screenshot({ path: join(folder, `${name}.png`), fullPage: true });

async function go(tab, path, heading) {
  await tab.goto(`${service}/ops#/${path}`);
  await tab.getByRole("heading", { level: 1, name: heading }).waitFor();
}

async function checkAxe(tab, name) {
  await tab.evaluate(await readFile(axe, "utf8"));
  const { violations } = await tab.evaluate(() =>
    globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] }),
  );
  const serious = violations.filter((found) => ["serious", "critical"].includes(found.impact));
  const told = serious.map((found) => `${found.id}: ${found.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
  assert.deepEqual(told, [], name);
}

const message = (tab, text) => tab.locator(".message", { hasText: text }).first().waitFor();
const dialog = (tab) => tab.getByRole("dialog");
const confirm = (tab, name) => dialog(tab).getByRole("button", { name }).click();

async function signIn(tab, name = "ann") {
  await tab.goto(`${service}/ops`);
  await tab.getByLabel("User name").fill(name);
  await tab.getByLabel("Password").fill("pw");
  await tab.getByRole("button", { name: "Sign in" }).click();
  await tab.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
}

test("without rights the page says how to get them", async () => {
  await page.goto(`${service}/ops`);
  await page.getByRole("heading", { name: "Robotoff operations" }).waitFor();
  await page.getByText("How to get these rights").click();
  await page.getByText("robotoff token create").waitFor();
  await shoot(page, "sign-in");
  await checkAxe(page, "sign-in");
  await page.getByRole("button", { name: "Operator token" }).click();
  await page.getByLabel("Token").fill("robotoff_wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("the token is unknown, revoked or expired").waitFor();
});

test("a login shows the overview, live", async () => {
  await signIn(page);
  await page.getByText("Live", { exact: true }).waitFor();
  await page.getByText("4 jobs are dead in queue ml.").waitFor();
  await page.getByRole("rowheader", { name: /^api/ }).waitFor();
  assert.equal(await page.getByRole("figure").count(), 10);
  const cookies = await context.cookies();
  assert.ok(cookies.every((cookie) => cookie.httpOnly && cookie.sameSite === "Strict"));
  await shoot(page, "overview");
  await checkAxe(page, "overview");
});

test("charts show the day and the week, and their values by keyboard", async () => {
  for (const range of ["day", "week", "hour"]) {
    const fetched = page.waitForResponse((response) => response.url().includes(`range=${range}`));
    await page.getByRole("button", { name: range, exact: true }).click();
    await fetched;
  }
  const chart = page.getByRole("img", { name: /^Waiting jobs\. high: now/ });
  await chart.focus();
  await page.keyboard.press("ArrowLeft");
  await page.locator(".tip", { hasText: "high" }).waitFor();
  await page.keyboard.press("Escape");
  await page.locator(".tip").waitFor({ state: "detached" });
});

test("a queue is paused and resumed, and the overview follows by itself", async () => {
  await page.getByRole("button", { name: "Pause queue low" }).click();
  await shoot(page, "dialog");
  await checkAxe(page, "dialog");
  await page.keyboard.press("Escape");
  await dialog(page).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Pause queue low" }).click();
  await confirm(page, "Pause");
  await message(page, "Queue low is paused.");
  await page.getByText("Queue low is paused: its jobs wait.").waitFor();
  await page.getByRole("button", { name: "Resume queue low" }).click();
  await page.getByRole("button", { name: "Pause queue low" }).waitFor();
});

test("jobs are filtered, and walked by pages", async () => {
  await go(page, "jobs", "Jobs");
  await shoot(page, "jobs");
  await checkAxe(page, "jobs");
  await page.getByLabel("State").selectOption("cancelled");
  await page.getByText("All jobs that match").waitFor();
  const rows = (number) => page.waitForFunction((wanted) => document.querySelectorAll("tbody tr").length === wanted, number);
  await rows(25);
  await page.getByRole("button", { name: "Older" }).click();
  await rows(5);
  await page.getByRole("button", { name: "Newest" }).click();
  await rows(25);
  await page.getByLabel("Error contains").fill("nothing has this error");
  await page.keyboard.press("Enter");
  await page.getByText("No job matches").waitFor();
  await shoot(page, "jobs-none");
});

test("one job is shown, retried, cancelled and discarded", async () => {
  await go(page, "jobs?state=dead&queue=ml", "Jobs");
  await page.locator("tbody th a").first().click();
  await page.getByRole("heading", { level: 1, name: /^Job \d+/ }).waitFor();
  await page.getByText("cannot fetch the image").waitFor();
  await page.getByText('"barcode": "1490012000126"').waitFor();
  await shoot(page, "job");
  await checkAxe(page, "job");
  // No worker takes it from a paused queue.
  await page.evaluate(() =>
    fetch("api/v1/ops/queues/ml", { method: "PATCH", headers: { "Content-Type": "application/json" }, body: '{"paused": true}' }),
  );
  const job = new URL(page.url()).hash;
  await page.getByRole("button", { name: "Retry", exact: true }).click();
  await message(page, "1 job retried.");
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await confirm(page, "Cancel the job");
  await message(page, "1 job cancelled.");
  await page.getByRole("button", { name: "Discard", exact: true }).click();
  await confirm(page, "Discard the job");
  await message(page, "1 job discarded.");
  await page.getByText("This job is not here").waitFor();
  assert.ok(job.startsWith("#/jobs/"));
});

test("the jobs of a filter are changed after their number was confirmed", async () => {
  await go(page, "jobs?state=dead&queue=ml", "Jobs");
  await page.getByRole("button", { name: "Discard all" }).click();
  await dialog(page).getByText("Discard 3 jobs?").waitFor();
  await shoot(page, "bulk");
  await confirm(page, "Keep as it is");
  await page.getByRole("button", { name: "Retry all" }).click();
  await dialog(page).getByText("Retry 3 jobs?").waitFor();
  await confirm(page, "Retry 3 jobs");
  await message(page, "3 jobs retried.");
  await page.getByText("No job matches").waitFor();
});

test("selected jobs are changed together", async () => {
  await go(page, "jobs?state=cancelled", "Jobs");
  const boxes = page.getByRole("checkbox", { name: /^Select job/ });
  await boxes.nth(0).check();
  await boxes.nth(1).check();
  await page.getByText("2 jobs selected").waitFor();
  await page.getByRole("button", { name: "Discard selected" }).click();
  await confirm(page, "Discard 2 jobs");
  await message(page, "2 jobs discarded.");
});

test("a periodic job is run, disabled and enabled", async () => {
  await go(page, "schedules", "Schedules");
  await page.getByRole("button", { name: "Run report_insights now" }).click();
  await message(page, "report_insights runs as job");
  await page.getByRole("button", { name: "Disable report_insights" }).click();
  await confirm(page, "Disable");
  await message(page, "report_insights is disabled.");
  await shoot(page, "schedules");
  await checkAxe(page, "schedules");
  await page.getByRole("button", { name: "Enable report_insights" }).click();
  await message(page, "report_insights is enabled.");
});

test("parked events are replayed and discarded", async () => {
  await go(page, "events", "Events");
  await shoot(page, "events");
  await checkAxe(page, "events");
  await page.getByRole("button", { name: /^Replay event/ }).first().click();
  await message(page, "1 event left as before");
  await page.getByRole("button", { name: /^Discard event/ }).first().click();
  await confirm(page, "Discard the event");
  await message(page, "1 event discarded.");
  await page.getByRole("button", { name: "Replay all" }).click();
  await confirm(page, "Replay 3 events");
  await message(page, "3 events left as before");
  await page.getByRole("button", { name: "Discard all" }).click();
  await confirm(page, "Discard 3 events");
  await page.getByText("No parked events").waitFor();
});

test("edits are settled and sent again", async () => {
  await go(page, "edits?state=unknown", "Edits");
  await shoot(page, "edits");
  await checkAxe(page, "edits");
  await page.getByRole("button", { name: /^Retry the edit/ }).first().click();
  await message(page, "1 edit sent again by a job.");
  await page.getByRole("button", { name: /as refused$/ }).first().click();
  await confirm(page, "Settle 1 edit");
  await message(page, "1 edit settled as refused.");
  await page.getByRole("button", { name: /as accepted$/ }).first().click();
  await confirm(page, "Settle 1 edit");
  await message(page, "1 edit settled as accepted.");
  await page.getByText("No edit is unknown").waitFor();
});

test("data, models and health are shown", async () => {
  await go(page, "data", "Data & models");
  await page.getByRole("heading", { name: "Models", exact: true }).waitFor();
  await shoot(page, "data");
  await checkAxe(page, "data");
  await go(page, "health", "Health");
  await page.getByRole("img", { name: /^sqlite: \d+ of/ }).waitFor();
  await page.getByText("healthy").first().waitFor();
  await shoot(page, "health");
  await checkAxe(page, "health");
});

test("the keyboard reaches every page, and the focus is seen", async () => {
  await go(page, "", "Overview");
  // Of a page that is loaded the link is the first, of one that was gone to it is the content.
  await page.reload();
  await page.getByText("Live", { exact: true }).waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement?.id === "main");
  for (const name of ["Jobs", "Schedules", "Events", "Edits", "Data & models", "Health"]) {
    const link = page.getByRole("navigation", { name: "Parts of the dashboard" }).getByRole("link", { name });
    await link.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name }).waitFor();
    await page.waitForFunction(() => document.activeElement?.id === "main");
  }
  await page.getByRole("button", { name: "Dark" }).focus();
  await page.keyboard.press("Shift+Tab");
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.equal(outline, "solid");
});

for (const [name, viewport, colorScheme] of [
  ["dark", DESKTOP, "dark"],
  ["phone", PHONE, "light"],
  ["phone-dark", PHONE, "dark"],
]) {
  test(`every page is usable: ${name}`, async () => {
    const isPhone = viewport === PHONE;
    const other = await open(viewport, { colorScheme, hasTouch: isPhone, isMobile: isPhone });
    await signIn(other.page, "bob");
    for (const path of PAGES) {
      await other.page.goto(`${service}/ops#/${path}`);
      await other.page.locator("h1").waitFor();
      await other.page.waitForFunction(() => !document.querySelector(".loading"));
      await shoot(other.page, `${name}-${path || "overview"}`);
      await checkAxe(other.page, `${name} ${path}`);
      const overflow = await other.page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      assert.ok(overflow <= 0, `${path} is ${overflow} px wider than the screen`);
    }
    await other.context.close();
  });
}

test("the switch of colours holds when the page is loaded anew", async () => {
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await page.getByRole("button", { name: "Dark" }).click();
  const dark = await background();
  assert.notEqual(dark, light);
  await page.reload();
  await page.locator("h1").waitFor();
  assert.equal(await background(), dark);
  await page.getByRole("button", { name: "Auto" }).click();
});

test("an unknown part of the dashboard and a job that is gone are said to be so", async () => {
  await go(page, "nonsense", "Not found").catch(() => page.getByRole("heading", { name: "Not found" }).waitFor());
  await go(page, "jobs/999999999", "Job 999999999");
  await page.getByText("This job is not here").waitFor();
});

test("who signs out sees nothing more", async () => {
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  const status = await page.evaluate(async () => (await fetch("api/v1/ops/overview")).status);
  assert.equal(status, 403);
});
