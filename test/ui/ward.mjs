// A ward to test on: a list of the demo's patients, made through the API as
// the pages' own session does it.

// call sends a request with the session of a page.
export async function call(page, method, path, body) {
  return page.evaluate(
    async ([m, p, b]) => {
      const answer = await fetch(p, {
        method: m,
        headers: { "Content-Type": "application/json" },
        body: b === undefined ? undefined : JSON.stringify(b),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${m} ${p}: ${answer.status} ${text.slice(0, 300)}`);
      return text.startsWith("{") ? JSON.parse(text) : text;
    },
    [method, path, body],
  );
}

// makeWard signs the demo's owner in, connects to the demo's hospital, or to
// the link that is given, and makes a list of the patients whose names are
// given, in beds …
export async function makeWard(kit, page, names, link) {
  await kit.signIn(page, "owner");
  const session = await call(page, "GET", "/api/session");
  const space = session.spaces[0].id;
  const { choices } = await call(page, "GET", `/api/patients/spaces/${space}/connection-choices`);
  const [choice] = choices;
  const way = link ? { name: "Hospital", link } : { name: choice.name, link: choice.link, choice: choice.id };
  await call(page, "POST", `/api/patients/spaces/${space}/connections`, { ...way, save: true });
  const list = await call(page, "POST", `/api/patients/spaces/${space}/lists`, { name: "Ward A", location: "3 East" });
  const patients = [];
  for (const [i, text] of names.entries()) {
    const { found } = await call(page, "POST", `/api/patients/spaces/${space}/search`, { text });
    if (found.length === 0) throw new Error(`the demo has nobody called ${text}`);
    patients.push({ subject: found[0].subject, identity: found[0].identity, bed: `A-${String(i + 1).padStart(2, "0")}` });
  }
  const { entries } = await call(page, "POST", `/api/patients/lists/${list.id}/entries`, { patients });
  return {
    space,
    list: list.id,
    entries,
    listPath: `/patients/s/${space}/l/${list.id}`,
    patientPath: (i) => `/patients/s/${space}/l/${list.id}/p/${entries[i].id}`,
    roundPath: `/patients/s/${space}/l/${list.id}/round`,
  };
}

// openNoted makes a ward of two patients of a store's hospital, with a note of
// ours about the first, and opens the list: row is the first one's.
export async function openNoted(kit, store, note) {
  const page = await kit.open();
  const ward = await makeWard(kit, page, ["Hargreaves", "Noa Katz"], store.link);
  const [entry] = ward.entries;
  await call(page, "POST", `/api/patients/entries/${entry.id}/notes`, { text: note });
  await page.goto(kit.base + ward.listPath);
  const row = page.locator(`tr[data-entry="${entry.id}"]`);
  await row.getByText(note).waitFor();
  return { page, ward, entry, row };
}

// openPatient goes to a patient's page and waits for all that it loads.
export async function openPatient(kit, page, ward, i) {
  await page.goto(kit.base + ward.patientPath(i));
  await page.getByRole("heading", { level: 1 }).waitFor();
  await kit.expect.eventually(async () => (await page.locator('[aria-busy="true"]').count()) === 0, "still loading");
}

// allRead waits, on the page of a list, until the record system was asked for all
// that stands there.
export async function allRead(page) {
  await page.getByText(/^Record system read /).waitFor();
  await page.locator("tr[data-entry]").getByText("Waiting for the record system").first().waitFor({ state: "detached" });
}

// askAgain has the record system asked until something shows. Just after it was
// asked it is not asked again.
export async function askAgain(kit, page, sign) {
  const button = page.getByRole("button", { name: "Ask the record system now" });
  const tried = async () => {
    if ((await sign.count()) > 0 && (await sign.first().isVisible())) return true;
    if (await button.isEnabled()) await button.click();
    return false;
  };
  await kit.expect.eventually(tried, "asking the record system does not show it");
}
