// A person searches on the page: types, reads results, finds help where there are none. In a real browser.
import { chromium } from "playwright-core";

const base = process.argv[2];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
const faults = [];
const check = (ok, what) => ok || faults.push(what);

try {
  const page = await browser.newPage();
  page.on("pageerror", (error) => faults.push(`script: ${error.message}`));
  page.on("response", (response) => response.status() >= 500 && faults.push(`${response.status()} ${response.url()}`));

  await page.goto(base + "/");
  check((await page.title()).length > 0, "the page has no title");
  const box = page.locator("input[name=q]");
  check(await box.count() === 1, "the page has no search box named q");
  check(await box.evaluate((e) => Boolean(e.labels?.length || e.getAttribute("aria-label"))), "the search box has no label");

  // The first provider that the API gives is found by its name, on the page too.
  const first = (await (await fetch(`${base}/providers/search?kind=individual&limit=1`)).json()).results[0];
  await box.fill(first.npi);
  await box.press("Enter");
  await page.getByText(first.name, { exact: false }).first().waitFor();

  // What a person typed is text, never markup.
  await page.goto(`${base}/?q=${encodeURIComponent("<img src=x onerror=document.title='broken'>")}`);
  check((await page.title()) !== "broken", "markup from the query ran");

  // Without scripts too: the form is a plain GET.
  const plain = await browser.newContext({ javaScriptEnabled: false });
  const still = await plain.newPage();
  await still.goto(`${base}/?q=${first.npi}`);
  await still.getByText(first.name, { exact: false }).first().waitFor();
} finally {
  await browser.close();
}

if (faults.length) {
  console.error(faults.join("\n"));
  process.exit(1);
}
console.log("page: walked");
