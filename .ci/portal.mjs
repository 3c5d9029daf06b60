// An agency and its clinic on their pages: the agency adds a clinic, invites somebody, opens a case, shares and takes back; the
// clinic's person signs in to the portal and sees that and nothing else. In a real browser, wide and narrow, light and dark.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { check, judge, looks, open, walk, wide } from "./browser.mjs";

const [base, program, data] = process.argv.slice(2);

const token = (...options) => execFileSync(program, ["token", "create", ...options, "--data", data], { encoding: "utf8" }).match(/provdir_[0-9a-f]+/)[0];
const admin = token("walk");
const asked = async (method, path, body, as) => {
  const answer = await fetch(base + path, { method, headers: { authorization: `Bearer ${as}`, "content-type": "application/json" }, body: body && JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
};
const agency = await asked("POST", "/organizations", { name: "Hope Agency", slug: "hope", type: "agency" }, admin);
const staff = token("staff", "--role", "organization-admin", "--organization", agency.id);

// A site of the agency's where somebody practises and two appointments are booked: one for the case, one for somebody else.
async function practised() {
  const site = await asked("POST", "/clinics", { name: "Main Street", time_zone: "America/New_York" }, staff);
  const { token: invitation } = await asked("POST", "/invitations", { email: "gray@example.org", role: "practitioner" }, staff);
  const joining = { token: invitation, name: "Dr. Gray", password: "quite a long pass phrase" };
  const { user_id } = await asked("POST", "/invitations/accept", joining, staff);
  const { id: practitioner_id } = await asked("POST", "/practitioners", { user_id, name: "Dr. Gray" }, staff);
  const of = { practitioner_id, clinic_id: site.id };
  await asked("POST", "/clinic-assignments", { ...of, start_date: "2026-01-01" }, staff);
  await asked("POST", "/schedules", { ...of, day_of_week: 1, start_time: "09:00", end_time: "11:00" }, staff);
  const { slots } = await asked("GET", "/slots?limit=2", undefined, staff);
  for (const [n, patient_reference] of ["HOPE-2026-7", "Mrs Secret"].entries()) {
    await asked("POST", "/appointments", { slot_id: slots[n].id, patient_reference }, staff);
  }
  return site;
}

await walk("portal", async () => {
  // The agency's side, by its pages.
  const desk = await open({ ...wide, extraHTTPHeaders: { authorization: `Bearer ${staff}` } });
  await desk.goto(base + "/admin/network");
  await desk.getByLabel("Or the name of a new one").fill("Riverside IVF <b>");
  await desk.getByRole("button", { name: "Add" }).click();
  await desk.getByRole("heading", { level: 1, name: "Riverside IVF <b>" }).waitFor();
  const clinic = desk.url().split("/").pop();
  await desk.getByLabel("Name", { exact: true }).fill("Ann Miller");
  await desk.getByLabel("Email address").fill("ann@example.org");
  await desk.getByRole("button", { name: "Invite" }).click();
  await desk.getByRole("heading", { level: 3, name: /Ann Miller/ }).waitFor();
  await desk.getByLabel("Name of a new token").fill("laptop");
  await desk.getByRole("button", { name: "Issue for 90 days" }).click();
  const portalToken = (await desk.locator("#token").textContent()).trim();
  await desk.goto(`${base}/admin/network/${clinic}`);
  await desk.getByLabel("New note").fill("Please call before noon.");
  await desk.getByLabel("The provider's people may see it").check();
  await desk.getByRole("button", { name: "Write" }).click();
  await desk.goto(base + "/admin/cases");
  await desk.getByLabel("Reference").fill("HOPE-2026-7");
  await desk.getByRole("button", { name: "Open" }).click();
  await desk.getByRole("heading", { level: 1, name: "Case HOPE-2026-7" }).waitFor();
  const at = new URL(desk.url()).pathname;
  const kase = at.split("/").pop();
  await desk.getByLabel("Provider", { exact: true }).selectOption({ index: 0 });
  await desk.getByRole("button", { name: "Assign" }).click();
  await desk.getByLabel("Note", { exact: true }).fill("<script>document.title='broken'</script>\nTransfer on Tuesday.");
  await desk.getByLabel("It may be shared").check();
  await desk.getByRole("button", { name: "Write", exact: true }).click();
  await desk.getByLabel("File", { exact: true }).setInputFiles({ name: "results.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7 results") });
  await desk.getByRole("button", { name: "Upload" }).click();
  await desk.getByLabel("What for").fill("Retainer");
  await desk.getByLabel("Amount", { exact: true }).fill("12,345.00");
  await desk.getByLabel("Due on").fill("2026-12-01");
  await desk.getByRole("button", { name: "Write down" }).click();
  await desk.getByLabel("Title of the sheet").fill("Surrogate 12");
  await desk.getByLabel("Fields", { exact: true }).fill("Identity | Age | 31");
  await desk.getByRole("button", { name: "Write the sheet" }).click();
  await desk.getByRole("rowheader", { name: /Surrogate 12/ }).waitFor();
  const site = await practised();
  await desk.goto(`${base}/admin/network/${clinic}`);
  await desk.getByLabel("First label of its host").fill("riverside");
  await desk.getByLabel("Shown instead of the portal's name").fill("Riverside Family");
  await desk.getByLabel("Look").selectOption("teal");
  await desk.getByLabel("Welcome on the sign-in page").fill("Welcome to our clinic.");
  await desk.getByLabel("Appointments that it sees").selectOption(site.id);
  await desk.getByRole("button", { name: "Set the portal" }).click();
  await desk.getByRole("heading", { level: 2, name: "Its own portal" }).waitFor();
  await desk.goto(base + at);
  for (const item of await desk.getByRole("button", { name: /^Share: / }).all()) check(await item.isVisible(), "a share button is hidden");
  for (let left = await desk.getByRole("button", { name: /^Share: / }).count(); left > 0; left -= 1) {
    await desk.getByRole("button", { name: /^Share: / }).first().click();
    await desk.locator("#items").waitFor();
  }

  // The clinic's side: sign in, look around, in all looks.
  for (const [look, options] of Object.entries(looks)) {
    const page = await open(options);
    await page.goto(base + "/provider/");
    await page.waitForURL("**/provider/sign-in");
    await judge(page, `portal-sign-in-${look}`);
    await page.getByLabel("Your token").fill("pvp_wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").waitFor();
    await judge(page, `portal-refused-${look}`);
    await page.getByLabel("Your token").fill(portalToken);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Your cases" }).waitFor();
    await judge(page, `portal-cases-${look}`);
    await page.getByRole("link", { name: "HOPE-2026-7" }).click();
    await page.getByText("Transfer on Tuesday.").waitFor();
    check((await page.title()) !== "broken", "a script in a note ran");
    check(await page.getByText("12,345.00 USD").count() === 1, "the amount is not there");
    await judge(page, `portal-case-${look}`);
    // Once confirmed it stays so: the next look finds when.
    const confirm = page.getByRole("button", { name: "Confirm receipt of results.pdf" });
    const confirmed = page.getByText("You confirmed receipt");
    if (await confirmed.count() === 0) {
      await confirm.click();
      await page.getByRole("status").waitFor();
      await page.getByRole("link", { name: "Back to the case" }).click();
    }
    await confirmed.waitFor();
    check(await confirm.count() === 0, "receipt can be confirmed again");
    const missing = await page.goto(`${base}/provider/cases/00000000-0000-0000-0000-000000000000`);
    check(missing.status() === 404, `a case that is not there: ${missing.status()}`);
    await judge(page, `portal-missing-${look}`);
    const closed = await page.goto(base + "/admin/");
    check(closed.status() === 401, `the portal's cookie opens /admin/: ${closed.status()}`);
    await page.waitForURL("**/sign-in?next=**");
    await page.context().close();
  }

  // The clinic's own clothes.
  const dressed = await open(wide);
  await dressed.goto(base.replace("127.0.0.1", "riverside.localhost") + "/provider/sign-in");
  await dressed.getByText("Welcome to our clinic.").waitFor();
  await judge(dressed, "portal-clinic-sign-in-wide");
  await dressed.getByLabel("Your token").fill(portalToken);
  await dressed.keyboard.press("Enter");
  await dressed.getByRole("link", { name: "Clinic" }).click();
  await dressed.getByRole("heading", { level: 1 }).waitFor();
  await judge(dressed, "portal-clinic-wide");
  await dressed.getByRole("link", { name: "Appointments" }).click();
  await dressed.getByRole("heading", { level: 1, name: "Appointments" }).waitFor();
  check(await dressed.getByText("Mrs Secret").count() === 0, "a patient of somebody else's is shown");
  const named = dressed.getByRole("link", { name: "HOPE-2026-7" });
  for (let week = 0; week < 3 && await named.count() === 0; week += 1) {
    await Promise.all([dressed.waitForNavigation(), dressed.getByRole("link", { name: "Later week" }).click()]);
  }
  check(await named.count() === 1, "the appointment of the case is not there");
  for (const [look, { viewport, colorScheme }] of Object.entries(looks)) {
    await dressed.setViewportSize(viewport);
    await dressed.emulateMedia({ colorScheme: colorScheme ?? "light" });
    await judge(dressed, `portal-appointments-${look}`);
  }

  // What the agency sees of it, and that taking back is at once.
  await desk.goto(base + at);
  for (const [look, options] of Object.entries(looks)) {
    const page = await open({ ...options, extraHTTPHeaders: { authorization: `Bearer ${staff}` } });
    for (const [name, path] of Object.entries({ home: "/admin/", network: "/admin/network", provider: `/admin/network/${clinic}`, cases: "/admin/cases", case: at, proof: `${at}/proof/${clinic}`, credentialing: "/admin/credentialing" })) {
      const answer = await page.goto(base + path);
      check(answer.status() === 200, `${path}: ${answer.status()}`);
      await judge(page, `admin-${name}-${look}`);
    }
    await page.context().close();
  }
  await desk.goto(base + at);
  await desk.getByRole("link", { name: "View as Ann Miller" }).click();
  await desk.getByText("12,345.00 USD").waitFor();
  await judge(desk, "admin-view-as-wide");
  await desk.goto(base + at);
  await desk.getByRole("button", { name: /^Take back: Retainer/ }).click();
  await dressed.goto(base.replace("127.0.0.1", "riverside.localhost") + `/provider/cases/${kase}`);
  check(await dressed.getByText("12,345.00 USD").count() === 0, "what was taken back is still there");

  // Credentialing by the page: without its papers nobody is approved, a rejection needs its reason, and with all it is done.
  const doctor = async (last) => {
    const made = await asked("POST", "/providers", { kind: "individual", category: "practitioner", first_name: "Walk", last_name: last }, admin);
    const asks = { provider: made.id, profile: "ncqa_accreditation", application: { work_history: [{ from: "2015-01-01" }] } };
    return asked("POST", "/credentialing-requests", asks, admin);
  };
  const [complete, lacking] = [await doctor("Complete"), await doctor("Lacking")];
  for (const { element } of complete.checklist) {
    const today = new Date().toISOString().slice(0, 10);
    await asked("POST", `/credentialing-requests/${complete.id}/verifications`, { element, source: "board", verified_on: today, method: "web", result: "confirmed", document: "doc:7" }, admin);
  }
  const board = await open(wide);
  await board.goto(`${base}/sign-in?next=/admin/credentialing`);
  await board.getByLabel("Email address").fill("reviewer@demo.example");
  await board.getByLabel("Password").fill(readFileSync(join(data, "demo.password"), "utf8").trim());
  await board.getByRole("button", { name: "Sign in" }).click();
  await board.getByRole("heading", { level: 1, name: "Credentialing" }).waitFor();
  await judge(board, "admin-credentialing-waiting-wide");
  // The list decides nothing: each request has a page, which says what was decided once it is.
  check((await board.getByRole("button", { name: "Approve" }).count()) === 0, "the list itself decides");
  const request = async (name) => {
    await board.goto(`${base}/admin/credentialing`);
    await board.getByRole("link", { name }).click();
    await board.getByRole("heading", { level: 1, name }).waitFor();
  };
  // What can't be taken back is asked once more.
  const decide = async (word, name) => {
    check(!(await board.getByRole("button", { name: `${word} ${name}` }).isVisible()), "one click decides");
    await board.locator("summary").filter({ hasText: word }).click();
    return board.getByRole("button", { name: `${word} ${name}` });
  };
  await request("Walk Lacking");
  await judge(board, "admin-credentialing-request-wide");
  await (await decide("Approve", "Walk Lacking")).click();
  await board.getByRole("alert").waitFor();
  await judge(board, "admin-credentialing-refused-wide");
  await request("Walk Lacking");
  await (await decide("Reject", "Walk Lacking")).click();
  await board.getByText("Say why, for the applicant to read.", { exact: true }).waitFor();
  await request("Walk Lacking");
  await board.getByLabel("Notes").fill("The licence is missing.");
  await (await decide("Reject", "Walk Lacking")).click();
  await board.getByText("Walk Lacking was rejected by you").waitFor();
  await request("Walk Complete");
  await (await decide("Approve", "Walk Complete")).dblclick();
  await board.getByText("Walk Complete was approved by you").waitFor();
  await judge(board, "admin-credentialing-decided-wide");
  await board.getByRole("link", { name: "All requests that wait" }).click();
  await board.getByRole("heading", { level: 1, name: "Credentialing" }).waitFor();
  check((await board.getByText("Walk ").count()) === 0, "a decided request still waits");
  const outcome = async (id) => (await asked("GET", `/credentialing-requests/${id}`, undefined, admin)).status;
  check((await outcome(complete.id)) === "APPROVED", "the complete request is not approved");
  check((await outcome(lacking.id)) === "REJECTED", "the lacking request is not rejected");
});
