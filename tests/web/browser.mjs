/* browser.mjs URL LANG SCHEME SCENARIO [PICTURE]: a real Chromium visits the server; prints what it saw as one JSON object:
 * requests, what the console said, and the scenario's own findings. */
import { createRequire } from "node:module";

const require = createRequire(process.env.MCP_BROWSER_PACKAGES + "/package.json");
const { chromium } = require("playwright-core");
const [url, lang, colorScheme, name, picture] = process.argv.slice(2);
const WAIT = { timeout: 60000 };

const scenarios = {
  async start(page) {
    await page.goto(url + "/");
    await page.waitForSelector(".health[data-status]", WAIT);
    return {
      lang: await page.getAttribute("html", "lang"),
      heading: await page.textContent("h1"),
      status: await page.getAttribute(".health", "data-status"),
      said: await page.textContent(".health strong"),
      version: await page.textContent("#version"),
      uptime: await page.textContent("#uptime"),
      addresses: await page.locator(".mcp-url").allTextContents(),
      links: await page.locator("a").evaluateAll((all) => all.map((a) => a.href)),
    };
  },

  /* Health while the server is gone: the page says so. */
  async silent(page) {
    await page.clock.install();
    await page.goto(url + "/");
    await page.waitForSelector('.health[data-status="ok"]', WAIT);
    await page.route("**/health", (route) => route.abort());
    await page.clock.fastForward(10000);
    await page.waitForSelector('.health[data-status="silent"]', WAIT);
    return { said: await page.textContent(".health strong") };
  },

  /* By evaluate(), which the page's own policy does not bind. */
  async axe(page) {
    await page.goto(url + "/");
    await page.waitForSelector(".health[data-status]", WAIT);
    await page.evaluate(require("axe-core").source);
    const report = await page.evaluate(() => axe.run());
    return {
      passes: report.passes.length,
      violations: report.violations.map(({ id, impact, nodes }) => ({ id, impact, html: nodes.map((n) => n.html) })),
    };
  },

  /* "Try it out" of the calculator, and of a ping of loopback. */
  async docs(page) {
    await page.goto(url + "/docs");
    await page.waitForSelector(".opblock", WAIT);
    const operations = await page.locator(".opblock").count();
    const results = {};
    for (const [operation, body] of [
      ["post_calculator", { expression: "0.1 + 0.2" }],
      ["post_ping_host", { host: "127.0.0.1", count: 2 }],
    ]) {
      const block = page.locator(`.opblock[id$="-${operation}"]`);
      await block.locator(".opblock-summary").click();
      await block.locator("textarea").fill(JSON.stringify(body, null, 2));
      await block.locator("button.execute").click();
      const answer = block.locator(".live-responses-table");
      await answer.locator(".response-col_status").last().waitFor(WAIT);
      results[operation] = {
        status: (await answer.locator(".response-col_status").last().textContent()).trim(),
        body: JSON.parse(await answer.locator(".highlight-code pre").first().textContent()),
      };
    }
    const get = page.locator('.opblock[id$="-get_disk_usage"]');
    await get.locator(".opblock-summary").click();
    await get.locator('tr[data-param-name="path"] input').fill("/");
    await get.locator("button.execute").click();
    const answer = get.locator(".live-responses-table");
    await answer.locator(".response-col_status").last().waitFor(WAIT);
    results.get_disk_usage = {
      status: (await answer.locator(".response-col_status").last().textContent()).trim(),
      body: JSON.parse(await answer.locator(".highlight-code pre").first().textContent()),
    };
    return { operations, results, title: await page.textContent(".info .title") };
  },

  /* A server that asks for a key: refused without, answered with the one that was typed into "Authorize". */
  async keyed(page) {
    await page.goto(url + "/docs");
    const block = page.locator('.opblock[id$="-post_calculator"]');
    await block.locator(".opblock-summary").click(WAIT);
    const execute = async () => {
      await block.locator("button.execute").click();
      const answer = block.locator(".live-responses-table .response-col_status").last();
      await answer.waitFor(WAIT);
      return parseInt(await answer.textContent());
    };
    const refused = await execute();
    await block.locator(".btn-clear").click();
    await page.locator(".auth-wrapper > .authorize").click();
    await page.locator('.dialog-ux input[type="password"], .dialog-ux input').first().fill(process.env.MCP_TEST_KEY);
    await page.locator(".dialog-ux button.authorize").click();
    await page.locator(".dialog-ux .btn-done").click();
    return { refused, answered: await execute(), kept: await page.evaluate(() => JSON.stringify(localStorage)) };
  },

  async redoc(page) {
    await page.goto(url + "/redoc");
    await page.waitForSelector('[data-section-id^="operation/"], [id^="operation/"]', WAIT);
    await page.waitForSelector('[role="search"] input', WAIT);
    const operations = await page
      .locator('[data-section-id*="/operation/"], [data-section-id*="operation/"]')
      .evaluateAll((all) => all.map((one) => one.dataset.sectionId.split("operation/")[1]));
    const empty = await page
      .locator('[data-section-id*="operation/"]')
      .evaluateAll((all) => all.filter((one) => !one.querySelector("h2") || one.offsetHeight < 50).length);
    await page.fill('[role="search"] input', "calculator");
    await page.waitForSelector('[data-role="search:results"] li', WAIT);
    const found = await page.locator('[data-role="search:results"] li').allTextContents();
    return { operations, empty, found, text: await page.textContent("#page") };
  },

  /* Not a test: what docs/screenshot.png shows. */
  async picture(page) {
    await page.goto(url + "/docs");
    const block = page.locator('.opblock[id$="-post_ping_host"]');
    await block.locator(".opblock-summary").click(WAIT);
    await block.locator("textarea").fill('{ "host": "127.0.0.1", "count": 2 }');
    await block.locator("button.execute").click();
    await block.locator(".live-responses-table .response-col_status").last().waitFor(WAIT);
    await page.setViewportSize({ width: 1000, height: 1270 });
    await block.locator("textarea").evaluate((area) => { area.style.minHeight = area.style.height = "3rem"; });
    await block.evaluate((part) => { part.scrollIntoView(); window.scrollBy(0, -20); });
  },

  async licenses(page) {
    await page.goto(url + "/licenses");
    return { text: await page.textContent("body") };
  },
};

const browser = await chromium.launch({
  executablePath: process.env.MCP_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});
const context = await browser.newContext({ locale: lang, colorScheme, viewport: { width: 1280, height: 900 } });
const page = await context.newPage();
const seen = { requests: [], failed: [], console: [], sockets: [] };
page.on("request", (request) => seen.requests.push(request.url()));
page.on("requestfailed", (request) => seen.failed.push(`${request.url()} ${request.failure()?.errorText}`));
page.on("websocket", (socket) => seen.sockets.push(socket.url()));
page.on("console", (message) => {
  if (["error", "warning"].includes(message.type())) seen.console.push(message.text());
});
page.on("pageerror", (error) => seen.console.push(String(error)));
try {
  seen.found = await scenarios[name](page);
  if (picture) await page.screenshot({ path: picture });
} catch (error) {
  seen.error = String(error);
  if (picture) await page.screenshot({ path: picture });
}
await browser.close();
console.log(JSON.stringify(seen));
