// A person searches on the page: types, reads results, opens a provider, finds help where there are none. In a real browser,
// wide and narrow, light and dark, with and without scripts.
import { check, judge, looks, open as opened, walk, wide } from "./browser.mjs";

const base = process.argv[2];
const open = (options) => opened(options, base);

const api = async (query) => (await (await fetch(`${base}/providers/search?${query}`)).json()).results;
const [person] = await api("kind=individual&limit=1");
// A dentist, so that there is one near its own place.
const [placed] = await api("q=dentist&network_status=ACTIVE&limit=1");

const pages = {
  start: "/",
  results: "/?q=cardiologist+in+Houston",
  near: `/?q=dentist&near=${placed.location.postal_code.slice(0, 5)}&radius=50&sort=distance`,
  nothing: "/?q=zzyzzxq+wvvwvv&near=Houston,+TX&radius=1",
  refused: "/?q=dentist&near=nowhere+at+all",
  provider: `/p/${placed.locator}`,
  missing: "/p/PRV-1999-000001",
  spanish: `/?q=dentist&near=${placed.location.postal_code.slice(0, 5)}&lang=es`,
  proveedor: `/p/${placed.locator}?lang=es`,
  entrada: "/sign-in?lang=es",
  problem: "/problems/invalid-parameter",
};

await walk("page", async () => {
  for (const [look, options] of Object.entries(looks)) {
    const page = await open(options);
    for (const [name, path] of Object.entries(pages)) {
      const answer = await page.goto(base + path);
      const status = { refused: 400, missing: 404 }[name] ?? 200;
      check(answer.status() === status, `${name}: ${answer.status()} instead of ${status}`);
      await judge(page, `${name}-${look}`);
    }
    await page.context().close();
  }

  const page = await open(wide);
  await page.goto(base + "/");
  check((await page.title()).length > 0, "the page has no title");
  const box = page.locator("input[name=q]");
  check(await box.count() === 1, "the page has no search box named q");

  // Type-ahead, by keyboard alone.
  await box.pressSequentially("cardio");
  await page.locator("[role=option]").first().waitFor();
  await judge(page, "suggestions-wide");
  const status = await page.locator("form.search [role=status]").textContent();
  check(/\d/.test(status), `the number of suggestions is told to nobody: ${status}`);
  await box.press("ArrowDown");
  check(await box.getAttribute("aria-activedescendant") === "suggestion-0", "the arrow marks no suggestion");
  await box.press("Enter");
  await page.locator("#found").waitFor();
  check(new URL(page.url()).searchParams.get("q")?.toLowerCase().startsWith("cardio"), `the suggestion is not asked for: ${page.url()}`);

  // Escape closes the list and leaves the text; the arrow opens it again. A finger that only goes down opens nobody.
  await page.goto(base + "/");
  await box.pressSequentially("card");
  await page.locator("[role=option]").first().waitFor();
  await box.press("ArrowDown");
  await box.press("Escape");
  check(await page.locator("#suggestions").isHidden(), "Escape leaves the list open");
  check(await box.inputValue() === "card", "Escape empties the box");
  await box.press("ArrowDown");
  await page.locator("[role=option]").first().waitFor();
  await page.locator("[role=option]").first().dispatchEvent("pointerdown", { pointerType: "touch" });
  check(new URL(page.url()).search === "", "a finger that goes down takes a suggestion");
  await page.locator("[role=option]").first().click();
  await page.locator("#found").waitFor();

  // A filter set by hand holds, and the address can be shared: it has only what was filled in.
  await page.goto(base + "/");
  await box.fill("dentist");
  await page.getByText("Filters", { exact: true }).click();
  await page.locator("#language").selectOption({ label: "Spanish" });
  await page.getByRole("button", { name: "Search" }).click();
  await page.locator("#found").waitFor();
  check(page.url().endsWith("/?q=dentist&language=es"), `the address is ${page.url()}`);
  check(await page.locator("#language").inputValue() === "es", "the filter is forgotten");

  // A piece of what was understood is taken back, be it of the text or of a field; the rest stays.
  for (const [chip, address] of [["speaks Spanish", "/?q=dentist"], ["Dentist", "/?language=es"]]) {
    await page.goto(base + "/?q=dentist&language=es");
    await page.locator(".understood a", { hasText: chip }).click();
    await page.locator("#found").waitFor();
    check(page.url() === base + address, `without "${chip}" the address is ${page.url()}`);
    check((await page.locator(".understood a").count()) === 1, `without "${chip}" there is not one piece left`);
  }

  // Choices beside the results: a second one adds, the same link takes back; they are open where there is room, folded elsewhere.
  await page.goto(base + "/?q=doctor");
  const women = page.locator(".choice", { hasText: "Women" });
  await women.click();
  await page.locator(".choice.set", { hasText: "Women" }).waitFor();
  check(page.url() === `${base}/?q=doctor&gender=F`, `narrowed the address is ${page.url()}`);
  await page.locator(".choice", { hasText: "Men" }).filter({ hasNotText: "Women" }).click();
  await page.locator(".choice.set", { hasText: "Women" }).waitFor();
  check(page.url() === `${base}/?q=doctor&gender=F&gender=M`, `narrowed twice the address is ${page.url()}`);
  await judge(page, "narrowed-wide");
  await page.locator(".choice.set", { hasText: "Women" }).click();
  await page.waitForURL(`${base}/?q=doctor&gender=M`);
  const phone = await open(looks.narrow);
  await phone.goto(`${base}/?q=doctor&gender=F&near=${placed.location.postal_code.slice(0, 5)}`);
  check(await phone.locator(".choice").first().isHidden(), "choices push the results down");
  check(await phone.getByText("Filters (1)").count() === 1, "the filters do not say how many are set");
  check((await phone.locator("#found").boundingBox()).y < 740, "the results begin below the first screen");
  await phone.locator("details.map > summary").click();
  await phone.locator("details.facets > summary").click();
  await judge(phone, "beside-narrow");

  // A marker of the map leads to the card of its number.
  await page.goto(base + pages.near);
  const marker = page.locator(".map a").last();
  const number = (await marker.textContent()).trim();
  await marker.click();
  check(page.url().endsWith(`#result-${number}`), `marker ${number} leads to ${page.url()}`);
  check(await page.locator(`#result-${number} .number`).textContent() === number, `the card of marker ${number} has another number`);

  // The other language is a link, and stays through a search and to a provider.
  await page.goto(base + "/?q=doctor&gender=F");
  await page.getByRole("link", { name: "Español" }).click();
  await page.locator("html[lang=es]").waitFor();
  check(page.url() === `${base}/?q=doctor&gender=F&lang=es`, `in Spanish the address is ${page.url()}`);
  await page.locator("#q").fill("dentista");
  await page.getByRole("button", { name: "Buscar" }).click();
  await page.locator("html[lang=es] #found").waitFor();
  await page.locator(".card h3 a").first().click();
  await page.locator("html[lang=es] article.provider").waitFor();
  await page.getByRole("link", { name: "English" }).click();
  await page.locator("html[lang=en] article.provider").waitFor();
  const mexico = await open({ ...wide, locale: "es-MX" });
  await mexico.goto(base + "/");
  check(await mexico.locator("html").getAttribute("lang") === "es", "who reads Spanish gets English");
  check(!(await mexico.locator("a.brand").getAttribute("href")).includes("lang="), "a language that nobody chose is in the links");

  // Page after page, no provider twice.
  await page.goto(base + "/?sort=name&language=es");
  const seen = new Set();
  for (let turn = 0; turn < 3; turn += 1) {
    for (const link of await page.locator(".card h3 a").evaluateAll((links) => links.map((link) => link.pathname))) {
      check(!seen.has(link), `${link} is on two pages`);
      seen.add(link);
    }
    const next = page.locator("a[rel=next]");
    if (!(await next.count())) break;
    await next.click();
    await page.locator("#found").waitFor();
  }
  check(seen.size > 20, `only ${seen.size} providers on three pages`);

  // The first provider that the API gives is found by its number, and its page opens.
  await page.goto(base + "/");
  await box.fill(person.npi);
  await box.press("Enter");
  await page.getByRole("link", { name: person.name }).first().click();
  await page.getByRole("heading", { level: 1, name: person.name }).waitFor();

  // What a person typed is text, never markup.
  await page.goto(`${base}/?q=${encodeURIComponent("<img src=x onerror=document.title='broken'>")}`);
  check((await page.title()) !== "broken", "markup from the query ran");

  // Without scripts too: the form is a plain GET.
  const still = await open({ javaScriptEnabled: false });
  await still.goto(`${base}/?q=${person.npi}`);
  await still.getByText(person.name, { exact: false }).first().waitFor();
});
