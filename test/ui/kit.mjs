// What scenarios use: pages, people, axe, screenshots, and assertions that
// wait.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(new URL("../../ui/package.json", import.meta.url));
const { chromium } = require("playwright-core");
const axeSource = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const program = process.env.CHROMIUM ?? "/usr/bin/chromium";

// patience is how long what should come is waited for, in milliseconds: so long
// that only what will never come fails, however busy the machine is.
export const patience = 120_000;

export const widths = [320, 720, 1280];
export const themes = ["light", "dark", "contrast"];

export async function launch() {
  if (!existsSync(program)) {
    throw new Error(`there is no ${program}: install Chromium (apt-get install chromium), or name it in CHROMIUM`);
  }
  return chromium.launch({
    executablePath: program,
    timeout: patience,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

// expect is node:assert, and two things more: eventually waits until a check
// holds; none fails unless a list is empty, and shows it.
export const expect = Object.assign((value, message) => assert.ok(value, message), assert, {
  async eventually(check, message = "it did not become true", timeout = patience) {
    const until = Date.now() + timeout;
    let last;
    for (;;) {
      try {
        if (await check()) return;
        last = undefined;
      } catch (error) {
        last = error;
      }
      if (Date.now() > until) throw new Error(last ? `${message}: ${last.message}` : message);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  },
  none(list, message) {
    assert.equal(list.length, 0, `${message}:\n${list.map((x) => `  ${x}`).join("\n")}`);
  },
});

export function makeKit({ browser, server, name, out }) {
  const contexts = [];
  const faults = [];
  const { base } = server;

  // open gives a page of a new browser of its own: nobody is signed in. at is
  // for a server of the scenario's own.
  async function open({ width = 1280, height = 900, theme = "light", locale = "en-GB", at = base, path = "/patients/", state } = {}) {
    const context = await browser.newContext({
      viewport: { width, height },
      locale,
      timezoneId: "Europe/London",
      colorScheme: theme === "dark" ? "dark" : "light",
      forcedColors: theme === "forced" ? "active" : "none",
      contrast: theme === "contrast" ? "more" : "no-preference",
      reducedMotion: "reduce",
      hasTouch: width < 500,
      permissions: ["clipboard-read", "clipboard-write"],
      ...(state ? { storageState: state } : {}),
    });
    contexts.push(context);
    const page = await context.newPage();
    page.setDefaultTimeout(patience);
    watch(page);
    await page.goto(at + path);
    return page;
  }

  // watch keeps what goes wrong on a page without anyone seeing it. What the
  // server refuses is written to the console by the browser itself, and is no
  // fault of the page; allow is for pages where more is expected.
  function watch(page) {
    page.on("pageerror", (error) => faults.push(`${page.url()}: ${error.stack ?? error}`));
    page.on("console", (message) => {
      if (message.type() !== "error") return;
      if (/Failed to load resource/.test(message.text())) return;
      faults.push(`${page.url()}: console: ${message.text()}`);
    });
  }

  // signIn chooses one of the demo's people by a word of the button.
  async function signIn(page, word) {
    await page.getByRole("button", { name: new RegExp(word, "i") }).first().click();
    await page.getByRole("banner").waitFor();
  }

  // axe gives what axe-core finds, one line each. Left out are the sentinels
  // with which Fluent keeps the focus inside of a dialog: they are hidden from
  // screen readers and hand the focus on at once.
  async function axe(page, { exclude = [] } = {}) {
    const session = await page.context().newCDPSession(page);
    const run = async (expression) => {
      const { result, exceptionDetails } = await session.send("Runtime.evaluate", {
        expression,
        awaitPromise: true,
        returnByValue: true,
      });
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      return result.value;
    };
    await run(`if (!window.axe) { ${axeSource} }; 0`);
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const options = JSON.stringify({ runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] });
    const found = await run(
      `axe.run(${JSON.stringify({ exclude: [["[data-tabster-dummy]"], ...exclude] })}, ${options}).then((r) => r.violations.map((v) => ({ id: v.id, help: v.help,` +
        " nodes: v.nodes.map((n) => n.target.join(' ') + ' ' + n.html.slice(0, 160)) })))",
    );
    await session.detach();
    return found.flatMap((v) => v.nodes.map((node) => `${v.id}: ${v.help}: ${node}`));
  }

  // settled waits until the page has drawn what became of a change, such as of
  // its width, and nothing changes colour or place any more.
  async function settled(page) {
    await page.evaluate(async () => {
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      let changed = true;
      const watch = new MutationObserver(() => {
        changed = true;
      });
      watch.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
      while (changed) {
        changed = false;
        await frame();
        await frame();
        await scheduler.postTask(() => {}, { priority: "background" });
        const ending = document.getAnimations().filter((a) => a.effect?.getTiming().iterations !== Infinity);
        await Promise.allSettled(ending.map((a) => a.finished));
      }
      watch.disconnect();
    });
  }

  // focusIn waits until the focus has come to what a locator finds, or into it.
  async function focusIn(locator) {
    const inside = () => locator.evaluate((element) => element.contains(document.activeElement));
    await expect.eventually(inside, `the focus does not come to ${locator}`);
  }

  // escape closes a dialog or a menu by its key, which it hears when it has the
  // focus.
  async function escape(page, locator) {
    await focusIn(locator);
    await page.keyboard.press("Escape");
    await locator.waitFor({ state: "detached" });
  }

  const picture = (label) => `${out}${name}-${label}.png`;

  async function shot(page, label) {
    await page.screenshot({ path: picture(label), fullPage: true });
  }

  // sweep looks at the page as it stands in every theme and at every width:
  // axe finds nothing, nothing is cut off at the side, and a picture is kept.
  // It leaves the page as wide and bright as it was.
  async function sweep(page, label, { sideways = false } = {}) {
    const before = page.viewportSize();
    for (const theme of themes) {
      await page.emulateMedia({
        colorScheme: theme === "dark" ? "dark" : "light",
        contrast: theme === "contrast" ? "more" : "no-preference",
      });
      for (const width of widths) {
        await page.setViewportSize({ width, height: 900 });
        await settled(page);
        expect.none(await axe(page), `axe on ${label} in ${theme} at ${width} px`);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(sideways || over <= 0, `${label} in ${theme} at ${width} px is ${over} px too wide`);
        await shot(page, `${label}-${theme}-${width}`);
      }
    }
    await page.emulateMedia({ colorScheme: "light", contrast: "no-preference" });
    await page.setViewportSize(before);
  }

  return {
    browser,
    base,
    server,
    expect,
    open,
    watch,
    signIn,
    axe,
    shot,
    picture,
    settled,
    focusIn,
    escape,
    sweep,
    widths,
    themes,
    faults,
    // finish fails when a page had a fault that no check saw.
    async finish() {
      expect.none(faults, "the pages had faults");
    },
    async shotOfFailure() {
      for (const [i, page] of contexts.flatMap((c) => c.pages()).entries()) {
        await page.screenshot({ path: `${out}${name}-FAILED-${i}.png` }).catch(() => {});
      }
    },
    async close() {
      for (const context of contexts) await context.close().catch(() => {});
    },
  };
}
