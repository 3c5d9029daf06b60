// A real browser for the walks over the pages: it tells of every fault that nobody waits for, and judges what a page is like for
// people who can't see it. Pictures of every page stay in the folder of this file.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = dirname(fileURLToPath(import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const faults = [];
export const check = (ok, what) => ok || faults.push(what);

export const wide = { viewport: { width: 1280, height: 900 } };
export const looks = { wide, dark: { ...wide, colorScheme: "dark" }, narrow: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true } };

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox", "--host-resolver-rules=MAP *.localhost 127.0.0.1"] });

// A page in a browser of its own; with `only`, one that asks nobody else.
export async function open(options, only) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.on("pageerror", (error) => faults.push(`script: ${error.message}`));
  page.on("console", (line) => line.type() === "error" && !line.text().includes("status of 4") && faults.push(`console: ${line.text()}`));
  page.on("response", (response) => response.status() >= 500 && faults.push(`${response.status()} ${response.url()}`));
  page.on("request", (request) => !only || request.url().startsWith(only) || faults.push(`asks elsewhere: ${request.url()}`));
  return page;
}

// Picture, accessibility rules, nothing wider than the window.
export async function judge(page, name) {
  await page.screenshot({ path: join(here, `${name}.png`), fullPage: true });
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  check(wider <= 0, `${name}: ${wider} px wider than the window`);
  await page.evaluate(axe); // no script tag: the pages' own policy forbids it
  const { violations } = await page.evaluate(() => globalThis.axe.run({
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  }));
  for (const { id, help, nodes } of violations) {
    faults.push(`${name}: ${id}: ${help}: ${nodes.slice(0, 3).map((node) => node.html).join(" | ")}`);
  }
}

// Walks, closes the browser, and ends the program with what was found.
export async function walk(name, steps) {
  try {
    await steps();
  } catch (error) {
    faults.push(String(error));
  } finally {
    await browser.close();
  }
  if (faults.length) {
    console.error(faults.join("\n"));
    process.exit(1);
  }
  console.log(`${name}: walked, pictures in ${here}`);
}
