// SPDX-License-Identifier: MIT
// browser.mjs - a headless Chromium for the tests of the page, and tests that print TAP.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { env } from 'node:process';

const packages = env.NPM_PACKAGES;
const { chromium } = createRequire(import.meta.url)(`${packages}/playwright-core`);
const axe = readFileSync(`${packages}/axe-core/axe.min.js`, 'utf8');
const patience = 20000 * Number(env.VFLOW_TEST_PATIENCE || 1);

const settings = { executablePath: env.CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] };
export const browser = await chromium.launch(settings);

// Starts a browser of its own, whose process is known.
export async function launch() {
  const server = await chromium.launchServer(settings);
  const made = await chromium.connect(server.wsEndpoint());
  return { browser: made, pid: server.process().pid, close: () => server.close() };
}

let tests = 0, failures = 0;

// Runs a test: it fails when `body` throws. ONLY=PATTERN runs those whose sentence fits.
export async function it(sentence, body) {
  if (!new RegExp(env.ONLY || '').test(sentence))
    return;
  tests++;
  try {
    await body();
    console.log(`ok ${tests} - ${sentence}`);
  } catch (error) {
    failures++;
    console.log(`not ok ${tests} - ${sentence}`);
    console.log(`# ${String(error.stack || error).split('\n').join('\n# ')}`);
  }
  for (const context of browser.contexts())
    await context.close();
}

export function remark(text) {
  console.log(`# ${text}`);
}

export async function finish() {
  await browser.close();
  console.log(`1..${tests}`);
  process.exitCode = failures > 0 ? 1 : 0;
}

export function equal(is, should, what) {
  const [a, b] = [is, should].map((value) => JSON.stringify(value));
  if (a !== b)
    throw new Error(`${what}: ${a}, not ${b}`);
}

// Opens a page in a window of its own, which ends with the test. What it should not do is collected: errors,
// and requests to elsewhere.
export async function visit(address, wishes = {}) {
  const { width = 1440, scheme = 'light', motion = 'no-preference' } = wishes;
  const context = await (wishes.browser || browser).newContext({
    viewport: { width, height: width < 500 ? 740 : 900 }, colorScheme: scheme, reducedMotion: motion,
  });
  const tab = await context.newPage();
  tab.setDefaultTimeout(patience);
  tab.faults = [];
  tab.sizes = new Map();
  tab.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()))
      tab.faults.push(message.text());
  });
  tab.on('pageerror', (error) => tab.faults.push(String(error)));
  tab.on('request', (request) => {
    if (!request.url().startsWith(address) && !request.url().startsWith(new URL(address).origin))
      tab.faults.push(`asks for ${request.url()}`);
  });
  tab.on('response', async (response) => {
    if (/\.(js|css|svg)$|\/$/.test(new URL(response.url()).pathname))
      tab.sizes.set(response.url(), (await response.body()).length);
  });
  await tab.addInitScript(() => document.addEventListener('securitypolicyviolation', (event) =>
    console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`)));
  await tab.goto(address);
  return tab;
}

// Opens the page of a run, and waits until it shows that.
export async function open(address, wishes = {}) {
  const tab = await visit(address, wishes);
  await tab.waitForFunction(() => document.body.dataset.t > 0 && document.body.dataset.connection);
  return tab;
}

// Returns what axe finds on the page as it is.
export async function findings(tab) {
  await tab.evaluate(axe);
  const { violations } = await tab.evaluate(() => window.axe.run());
  return violations.map((found) => `${found.id}: ${found.nodes.map((node) => node.html).join(' ')}`);
}
