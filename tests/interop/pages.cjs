// Opens pages in a real browser, in light and dark, on a desk and on a phone; prints as JSON what is wrong with each.
// node pages.cjs BROWSER FOLDER PAGE…; with SCREENSHOTS=FOLDER, also keeps a picture of each.
const fs = require("node:fs");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const puppeteer = require("puppeteer-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const [browserPath, folder, ...pages] = process.argv.slice(2);
const WIDTHS = [1200, 360];
const SCHEMES = ["light", "dark"];
const EVERY_WIDTH = [320, 360, 480, 640, 768, 769, 800, 900, 992, 993, 1024, 1200, 1600];

// What of a page lies outside of it, or of what holds it: a reader would have to scroll for it, or never sees it.
function cut() {
  const aside = (one) => one.closest("thead") && getComputedStyle(one.closest("thead")).position === "absolute";
  const shown = [...document.querySelectorAll("main *, header *, footer *")].filter(
    (one) => !aside(one) && !one.closest("[aria-hidden=true], desc, title"),
  );
  const outside = ({ left, right }) => left < -0.5 || right > document.documentElement.clientWidth + 0.5;
  const scrolls = (one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== "visible";
  return shown
    .filter((one) => outside(one.getBoundingClientRect()) || scrolls(one))
    .map((one) => `${one.tagName}: ${one.textContent.trim().slice(0, 60)}`);
}

async function cuts(page) {
  const found = [];
  for (const width of EVERY_WIDTH) {
    await page.setViewport({ width, height: 900 });
    found.push(...(await page.evaluate(cut)).map((what) => `${width}: ${what}`));
  }
  return found;
}

async function judged(page, url) {
  const errors = [];
  page.on("console", (said) => ["error", "warn"].includes(said.type()) && errors.push(said.text()));
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("requestfailed", (request) => errors.push(`not loaded: ${request.url()}`));
  await page.goto(url, { waitUntil: "load" });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.evaluate(axe);
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  const found = await page.evaluate((values) => axe.run(document, { runOnly: { type: "tag", values }, preload: false }), tags);
  const violations = found.violations.map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 200)}`);
  return { errors, overflow, background, violations, passes: found.passes.length };
}

async function main() {
  const browser = await puppeteer.launch({
    executablePath: browserPath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });
  const results = [];
  for (const name of pages) {
    for (const width of WIDTHS) {
      for (const scheme of SCHEMES) {
        const page = await browser.newPage();
        await page.setViewport({ width, height: 900 });
        await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
        const said = await judged(page, pathToFileURL(path.join(folder, name)).href);
        results.push({ page: name, width, scheme, ...said });
        if (process.env.SCREENSHOTS) {
          const file = `${name.replaceAll("/", "_")}-${width}-${scheme}.png`;
          await page.screenshot({ path: path.join(process.env.SCREENSHOTS, file), fullPage: true });
        }
        results.at(-1).cut = width === WIDTHS[0] && scheme === SCHEMES[0] ? await cuts(page) : [];
        await page.close();
      }
    }
  }
  await browser.close();
  console.log(JSON.stringify(results));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
