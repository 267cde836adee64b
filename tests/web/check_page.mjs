// SPDX-License-Identifier: MIT
// check_page.mjs ADDRESS - looks at the page that mock.py serves there.
import { argv } from 'node:process';
import { equal, findings, finish, it, open, remark } from './browser.mjs';
import { count, duration, merge, milliseconds, rate, share } from '../../engine/web/page/tools.js';

const base = argv[2];
const limitBytes = 150 * 1024;

const get = async (path) => (await fetch(base + path)).json();
const post = (path) => fetch(base + path, { method: 'POST' });
const text = (tab, selector) => tab.locator(selector).first().innerText();
const until = (tab, condition, argument) => tab.waitForFunction(condition, argument);

await it('patches are merged as RFC 7396 has it', () => {
  const cases = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }], [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}], [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }], [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }], [['a', 'b'], ['c', 'd'], ['c', 'd']],
    [{ a: 'b' }, ['c'], ['c']], [{ a: 'foo' }, null, null], [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }], [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ];
  for (const [target, patch, result] of cases)
    equal(merge(target, patch), result, JSON.stringify([target, patch]));
  const target = { a: { b: 1 }, c: { d: 2 } };
  equal(merge(target, { c: { d: 3 } }).a === target.a, true, 'what is not patched is shared');
  equal(target.c.d, 2, 'the target stays');
});

await it('numbers are written as people read them', () => {
  equal([count(1234567), rate(25), rate(24.96), rate(142.4), rate(12345), share(0.984), rate(null)],
    ['1,234,567', '25.0', '25.0', '142', '12,345', '98 %', '–'], 'numbers');
  equal([59.4, 61, 1234, 7260].map(duration), ['59 s', '1 min 1 s', '21 min', '2 h 1 min'], 'times');
  equal([milliseconds(1.234), milliseconds(12.34), milliseconds(123.4), milliseconds(12340)],
    ['1.23 ms', '12.3 ms', '123 ms', '12.3 s'], 'milliseconds');
});

await it('the page is small, asks for nothing from elsewhere, and has no errors', async () => {
  const tab = await open(`${base}twelve/`);
  const time = await tab.evaluate(() => {
    const [entry] = performance.getEntriesByType('navigation');
    return entry.loadEventEnd - entry.connectEnd;
  });
  for (const selector of ['.task', '.edge']) {
    await tab.locator(selector).nth(1).dispatchEvent('click');
    await tab.waitForSelector('#panel-title');
  }
  await tab.click('#as-table');
  const size = [...tab.sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
  remark(`${size} bytes in ${tab.sizes.size} files; loaded ${Math.round(time)} ms after connect`);
  equal(tab.sizes.size >= 6 && size <= limitBytes, true, 'files and bytes');
  equal(tab.faults, [], 'faults');
});

for (const scheme of ['light', 'dark'])
  for (const width of [360, 768, 1440])
    await it(`axe finds nothing at ${width} pixels, ${scheme}`, async () => {
      const tab = await open(`${base}twelve/`, { width, scheme, motion: 'reduce' });
      const overflow = await tab.evaluate(() => document.documentElement.scrollWidth);
      equal(overflow <= width, true, `as wide as ${overflow} pixels`);
      equal(await findings(tab), [], 'the graph');
      for (const [selector, what] of [['.task', 'a task'], ['.edge', 'an edge']]) {
        await tab.locator(selector).first().dispatchEvent('click');
        await until(tab, () => document.querySelector('#panel pre').textContent !== '');
        equal(await findings(tab), [], what);
      }
      await tab.keyboard.press('Escape');
      await tab.click('#as-table');
      equal(await findings(tab), [], 'the tables');
      await tab.click('#stop');
      equal(await findings(tab), [], 'the question');
        });

await it('colours have contrast, in light and dark', async () => {
  for (const scheme of ['light', 'dark']) {
    const tab = await open(`${base}three/`, { scheme });
    const low = await tab.evaluate(() => {
      const light = (name) => {
        const hex = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
        const parts = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255)
          .map((part) => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
      };
      const contrast = (a, b) => {
        const [high, deep] = [light(a), light(b)].sort((x, y) => y - x);
        return (high + 0.05) / (deep + 0.05);
      };
      const words = ['ink ground', 'ink surface', 'quiet ground', 'quiet surface', 'quiet raised',
        'accent surface', 'accent accent-soft', 'bad bad-soft', 'bad ground', 'warn warn-soft',
        'warn surface', 'ground limit'];
      const shapes = ['f0', 'f1', 'f2', 'f3', 'f4', 'bad', 'limit'].map((name) => `${name} ground`)
        .concat(['good surface', 'pause surface', 'spark surface']);
      return [[words, 4.5], [shapes, 3]].flatMap(([pairs, least]) => pairs.filter((pair) =>
        !(contrast(...pair.split(' ')) >= least)));
    });
    equal(low, [], scheme);
    }
});

await it('the tab key goes through the flow, and focus is seen', async () => {
  const tab = await open(`${base}twelve/`);
  const flow = await get('twelve/api/v1/flow');
  const expected = [...flow.tasks].sort((a, b) => a.y - b.y || a.x - b.x).flatMap((task) => [task.name,
    ...flow.edges.filter((edge) => edge.from === task.name).map((edge) => String(edge.id))]);
  const walked = [];
  for (let i = 0; i < expected.length + 12; i++) {
    await tab.keyboard.press('Tab');
    const at = await tab.evaluate(() => {
      const { activeElement: element } = document;
      const style = getComputedStyle(element);
      const is_seen = element.matches('.ring') ? !['none', 'rgba(0, 0, 0, 0)'].includes(style.stroke)
        : style.outlineStyle !== 'none';
      const { task, edge } = element.parentElement.dataset;
      return { id: task || edge || `#${element.id}`, is_seen, is_over: element === document.body };
    });
    if (at.is_over)
      break;
    equal(at.is_seen, true, `focus on ${at.id} is seen`);
    walked.push(at.id);
  }
  equal(walked.filter((id) => !id.startsWith('#')), expected, 'order');
  for (const id of ['#as-graph', '#as-table', '#stop', '#smaller', '#fit', '#larger', '#live', '#back'])
    equal(walked.includes(id), true, id);
});

await it('Enter opens, Escape closes and goes back, arrows go on', async () => {
  const tab = await open(`${base}twelve/`);
  const focused = () => tab.evaluate(() => {
    const { task, edge } = document.activeElement.parentElement.dataset;
    return task || edge || document.activeElement.id;
  });
  await tab.locator('[data-task=small] .ring').focus();
  await tab.keyboard.press('Enter');
  equal([await focused(), await text(tab, '#panel-title')], ['panel-title', 'small'], 'a task');
  await tab.keyboard.press('Escape');
  equal([await focused(), await tab.locator('#panel').isVisible()], ['small', false], 'closed');
  await tab.keyboard.press('ArrowDown');
  const edge = await focused();
  await tab.keyboard.press(' ');
  equal(/^small → /.test(await text(tab, '#panel-title')), true, 'an edge');
  await tab.keyboard.press('Escape');
  equal(await focused(), edge, 'back at the edge');
});

// Compares what the page says with what the API says of a run whose figures stand still.
async function compare(tab, name) {
  const live = await get(`${name}/api/v1/live`), flow = await get(`${name}/api/v1/flow`);
  await tab.click('#as-table');
  await until(tab, (t) => Number(document.body.dataset.t) >= t, live.t);
  const rows = await tab.locator('#tables table').evaluateAll((all) => all.map((table) =>
    [...table.tBodies[0].rows].map((row) => [...row.cells].slice(2).map((cell) => cell.innerText))));
  const tasks = flow.tasks.map(({ name: task }) => live.tasks[task]).map((task) => [rate(task.fps),
    share(task.busy), share(task.waiting), share(task.blocked), count(task.in), count(task.out),
    count(task.dropped), count(task.errors), count(task.restarts), `${task.work_ms[1].toFixed(1)} ms`,
    `${task.age_ms[1].toFixed(1)} ms`]);
  equal(rows[0].map((row) => row.slice(1)), tasks, 'tasks');
  equal(rows[1], flow.edges.map((edge) => [live.edges[edge.id], edge]).map(([now, edge]) => [
    rate(now.rate), count(now.waiting), count(edge.queue), count(now.dropped), now.why]), 'edges');
  equal([await text(tab, '#fps'), await text(tab, '#frames'), await text(tab, '#dropped'),
    await text(tab, '#restarts'), await text(tab, '#limit')], [rate(live.run.fps),
    count(live.run.frames), count(live.run.dropped), count(live.run.restarts), live.run.limit], 'run');
  await tab.click('#as-graph');
  for (const task of flow.tasks) {
    const seen = await tab.locator(`[data-task=${task.name}]`).locator('.fps, .part').allTextContents();
    equal(seen, [`${rate(live.tasks[task.name].fps)}/s`, `${share(live.tasks[task.name].busy)} busy`],
      task.name);
  }
}

await it('what the page says is what the API says', async () => {
  const tab = await open(`${base}twelve/`);
  await post('twelve/test/still');
  await compare(tab, 'twelve');
});

await it('a flow of sixty tasks is shown, and costs little', async () => {
  const tab = await open(`${base}sixty/`);
  equal([await tab.locator('.task').count(), await tab.locator('.edge').count()], [60, 66], 'elements');
  const session = await tab.context().newCDPSession(tab);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const spent = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    const value = (name) => metrics.find((metric) => metric.name === name).value;
    return value('ScriptDuration') + value('LayoutDuration') + value('RecalcStyleDuration');
  };
  const [before, t] = [await spent(), await tab.evaluate(() => Number(document.body.dataset.t))];
  await until(tab, (end) => Number(document.body.dataset.t) >= end, t + 4);
  const updates = 2 * (await tab.evaluate(() => Number(document.body.dataset.t)) - t);
  remark(`${((await spent() - before) * 1000 / updates).toFixed(1)} ms of work for an update`);
  equal(await findings(tab), [], 'axe');
});

await it('the slider goes back over the last minute, and Live returns', async () => {
  const tab = await open(`${base}sixty/`);
  const newest = await tab.evaluate(() => Number(document.body.dataset.t));
  await tab.locator('#back').focus();
  for (let i = 0; i < 20; i++)
    await tab.keyboard.press('ArrowLeft');
  await until(tab, (t) => Number(document.body.dataset.t) < t - 5, newest);
  equal(/ s ago$/.test(await text(tab, '#moment')), true, 'the moment');
  const [t, fps] = await tab.evaluate(() => [Number(document.body.dataset.t),
    document.querySelector('[data-task=wall] .fps').textContent]);
  const { samples } = await get('sixty/api/v1/history?seconds=60');
  const past = samples.find((sample) => sample.t === t);
  equal(fps, `${rate(past.tasks.wall.fps)}/s`, 'the figures of that moment');
  await tab.click('#live');
  await until(tab, (end) => Number(document.body.dataset.t) > end, newest);
  equal(await text(tab, '#moment'), 'now', 'the moment');
});

await it('an edge shows its live picture and values, a task its options and log', async () => {
  const tab = await open(`${base}twelve/`);
  await tab.locator('[data-edge="1"]').dispatchEvent('click');
  await until(tab, () => document.querySelector('#panel img').naturalWidth === 640);
  await until(tab, () => document.querySelector('#panel pre').textContent.includes('person'));
  await tab.evaluate(() => { window.picture = document.querySelector('#panel img'); });
  await tab.locator('[data-task=camera]').dispatchEvent('click');
  equal(await tab.evaluate(() => window.picture.hasAttribute('src')), false, 'pictures go on');
  await until(tab, () => document.querySelector('#panel pre').textContent.includes('street.mkv'));
  equal((await text(tab, '.options')).includes('bilinear'), true, 'options');
  equal((await text(tab, '.percentiles')).includes(' ms'), true, 'percentiles');
});

await it('a run is controlled after a question, with the token, which leaves the address', async () => {
  const tab = await open(`${base}twelve/?token=secret`);
  equal(new URL(tab.url()).search, '', 'the address');
  await tab.locator('[data-task=small]').dispatchEvent('click');
  const asked = async (number) => {
    while ((await get('twelve/test/asked')).length < number)
      await tab.waitForTimeout(100);
  };
  const restart = tab.locator('#panel .controls button', { hasText: 'Restart' });
  await restart.click();
  await tab.keyboard.press('Escape');
  equal(await get('twelve/test/asked'), [], 'asked without a yes');
  await restart.click();
  await tab.click('#ask-yes');
  await asked(1);
  await tab.locator('[data-task=camera]').dispatchEvent('click');
  await tab.locator('#panel .controls button', { hasText: 'Pause' }).click();
  await tab.click('#ask-yes');
  await asked(2);
  await tab.click('#stop');
  await tab.click('#ask-yes');
  await asked(3);
  equal(await get('twelve/test/asked'), [
    ['api/v1/tasks/small/restart', '{}'], ['api/v1/tasks/camera/pause', '{}'],
    ['api/v1/stop', '{"level":"drain"}'],
  ].map(([path, body]) => ({ path, body, token: 'Bearer secret' })), 'what was asked for');
});

await it('without control there are no buttons for it', async () => {
  const tab = await open(`${base}three/`);
  await tab.locator('.task').first().dispatchEvent('click');
  equal([await tab.locator('#stop').isVisible(), await tab.locator('.controls').count()], [false, 0],
    'buttons');
});

await it('nothing moves for those who do not want it', async () => {
  const tab = await open(`${base}three/`, { motion: 'reduce' });
  equal(await tab.evaluate(() => getComputedStyle(document.querySelector('.busy')).transitionDuration),
    '0s', 'transition');
});

await it('a lost connection is told, and comes back', async () => {
  const tab = await open(`${base}three/`);
  await tab.evaluate(() => {
    window.notices = [];
    new MutationObserver(() => window.notices.push(document.querySelector('#notice').textContent))
      .observe(document.querySelector('#notice'), { childList: true });
  });
  await post('three/test/break');
  await until(tab, () => window.notices.some((words) => words.startsWith('Connection lost')));
  await until(tab, () => document.querySelector('#notice').hidden);
  const t = await tab.evaluate(() => Number(document.body.dataset.t));
  await until(tab, (last) => Number(document.body.dataset.t) > last, t);
});

await it('a flow that is changed is drawn again', async () => {
  const tab = await open(`${base}three/`);
  await tab.click('#as-table');
  await post('three/test/change');
  await until(tab, () => document.querySelector('#tables').textContent.includes('changed'));
});

await it('the end of a run is told, and its figures stay', async () => {
  const tab = await open(`${base}three/`);
  await post('three/test/end');
  await until(tab, () => document.querySelector('#notice').textContent.startsWith('The run is over'));
  await until(tab, () => document.querySelector('#state').textContent === 'ended');
  equal(await text(tab, '#moment'), 'at the end', 'the moment');
  equal(await text(tab, '#news'), await text(tab, '#notice'), 'what is said');
  equal(tab.faults, [], 'faults');
});

await finish();
