// SPDX-License-Identifier: MIT
// shots.mjs FOLDER NAME=ADDRESS... - pictures of pages at three widths, for people to look at: the graph,
// a task, an edge, and the tables; dark at the width in the middle.
import { argv } from 'node:process';
import { browser, open } from './browser.mjs';

const [folder, ...pages] = argv.slice(2);
for (const page of pages) {
  const [name, address] = page.split('=');
  for (const width of [360, 768, 1440]) {
    const tab = await open(address, { width, scheme: width === 768 ? 'dark' : 'light' });
    const shoot = (what) => tab.screenshot({ path: `${folder}/${name}-${width}${what}.png` });
    const t = await tab.evaluate(() => Number(document.body.dataset.t));
    await tab.waitForFunction((end) => Number(document.body.dataset.t) >= end, t + 1);
    await shoot('');
    await tab.locator('.task').nth(1).dispatchEvent('click');
    await tab.waitForFunction(() => document.querySelector('#panel pre').textContent !== '');
    await shoot('-task');
    await tab.locator('.edge').first().dispatchEvent('click');
    await tab.waitForFunction(() => document.querySelector('#panel pre').textContent !== '' &&
      (document.querySelector('#panel img')?.naturalWidth ?? 1) > 0);
    await shoot('-edge');
    await tab.keyboard.press('Escape');
    await tab.click('#as-table');
    await shoot('-table');
    await tab.context().close();
  }
}
await browser.close();
