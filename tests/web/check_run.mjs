// SPDX-License-Identifier: MIT
// check_run.mjs FOLDER - looks at the pages of real runs, whose files are in FOLDER.
import { execFileSync, spawn } from 'node:child_process';
import { createWriteStream, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { argv, env, kill } from 'node:process';
import { pathToFileURL } from 'node:url';
import { equal, findings, finish, it, launch, open, remark, visit } from './browser.mjs';
import { count } from '../../engine/web/page/tools.js';

const folder = argv[2];
const { VFLOW } = env;

function ffmpeg(...words) {
  return execFileSync('ffmpeg', ['-v', 'error', '-y', ...words], { cwd: folder, maxBuffer: 1 << 26 });
}

function makeFlow(name, source, more = '') {
  writeFileSync(`${folder}/${name}.yaml`, `vflow: 1
nodes:
  reader: {type: video_reader, path: ${source}${more}}
  small: {type: resize, inputs: reader, width: 160}
  out: {type: video_writer, inputs: small, path: ${name}.mkv, codec: ffv1}
`);
}

// Makes a pipe that a run reads as its source. Returns what feeds it half of the clip, and then the rest:
// so a run is half way for as long as it takes to look at it.
function makePipe(name) {
  const path = `${folder}/${name}`;
  rmSync(path, { force: true });
  execFileSync('mkfifo', [path]);
  const clip = readFileSync(`${folder}/clip.mkv`);
  const pipe = createWriteStream(path);
  return {
    half: () => pipe.write(clip.subarray(0, clip.length / 2)),
    rest: () => pipe.end(clip.subarray(clip.length / 2)),
  };
}

// Starts a run that is shown by HTTP; resolves when it can be looked at.
async function start(name, ...words) {
  const run = spawn(VFLOW, ['run', `${name}.yaml`, '--http', '127.0.0.1:0', ...words], { cwd: folder });
  run.over = new Promise((resolve) => run.on('exit', resolve));
  run.address = await new Promise((resolve, reject) => {
    let said = '';
    run.stderr.on('data', (data) => {
      said += data;
      const found = /look at this run at (http:\S+)/.exec(said);
      if (found)
        resolve(found[1]);
    });
    run.on('exit', () => reject(new Error(`the run has ended: ${said}`)));
  });
  return run;
}

const hashes = (file) => ffmpeg('-i', file, '-f', 'framemd5', '-').toString();

// Returns a process and all that it has started, the youngest last.
function family(pid) {
  const parents = new Map();
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It has ended meanwhile.
    }
  }
  const all = [pid];
  for (let i = 0; i < all.length; i++)
    all.push(...[...parents].filter(([, parent]) => parent === all[i]).map(([child]) => child));
  return all;
}

ffmpeg('-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25:duration=8', '-c:v', 'ffv1', 'clip.mkv');
// Without sharp edges of colour, where decoders of JPEG differ.
ffmpeg('-f', 'lavfi', '-i', 'smptebars=size=320x180:rate=25:duration=2', '-vf', 'gblur=6,format=yuv420p',
  '-c:v', 'ffv1', 'still.mkv');

await it('at the end the page has the numbers of the report', async () => {
  const pipe = makePipe('shown.pipe');
  makeFlow('shown', 'shown.pipe');
  const run = await start('shown', '--report', 'shown.json');
  pipe.half();
  const tab = await open(run.address);
  await tab.click('#as-table');
  pipe.rest();
  await tab.waitForFunction(() =>
    document.querySelector('#notice').textContent.startsWith('The run is over'));
  await tab.waitForFunction(() => document.querySelector('#moment').textContent === 'at the end');
  equal(await run.over, 0, 'exit status');
  const report = JSON.parse(readFileSync(`${folder}/shown.json`, 'utf8'));
  const [tasks, edges] = await tab.locator('#tables table').evaluateAll((all) => all.map((table) =>
    [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.innerText))));
  equal(tasks.map((row) => [row[0], row[1], ...row.slice(7, 11)]), report.nodes.map((node) => [node.name,
    node.type, count(node.in), count(node.out), count(node.dropped), count(node.errors)]), 'tasks');
  const taskOf = (place) => place.split('.')[0];
  equal(edges.map((row) => [row[0], row[3], row[5]]), report.edges.map((edge) =>
    [`${taskOf(edge.from)} → ${taskOf(edge.to)}`, '0', '0']), 'edges');
  equal(await tab.locator('#frames').innerText(), count(report.outputs[0].frames), 'frames');
  // The server ends with the run, and maybe its last answer with it.
  equal(tab.faults.filter((fault) => !fault.includes('net::ERR_INCOMPLETE')), [], 'faults');
});

await it('axe finds nothing on the report of a run, at any width, in light and dark', async () => {
  makeFlow('reported', 'clip.mkv');
  execFileSync(VFLOW, ['run', 'reported.yaml', '--report-html', 'reported.html'],
    { cwd: folder, stdio: 'ignore' });
  const address = pathToFileURL(`${folder}/reported.html`).href;
  for (const scheme of ['light', 'dark']) {
    for (const width of [360, 768, 1440]) {
      const tab = await visit(address, { width, scheme });
      equal([await findings(tab), tab.faults], [[], []], `${width} pixels, ${scheme}`);
      await tab.context().close();
    }
  }
});

await it('the picture of an edge is its frame, but for what JPEG takes', async () => {
  makeFlow('picture', 'still.mkv', ', pace: true, loop: -1');
  const run = await start('picture');
  const tab = await open(run.address);
  const should = [...ffmpeg('-i', 'still.mkv', '-frames:v', '1', '-f', 'rawvideo', '-pix_fmt', 'rgb24',
    '-')];
  const error = await tab.evaluate(async (reference) => {
    let answer;
    do
      answer = await fetch('edges/reader.jpg');
    while (!answer.ok);
    const picture = await createImageBitmap(await answer.blob());
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    const brush = canvas.getContext('2d');
    brush.drawImage(picture, 0, 0);
    const { data } = brush.getImageData(0, 0, picture.width, picture.height);
    if (data.length / 4 !== reference.length / 3)
      return `${picture.width}x${picture.height}`;
    let sum = 0;
    reference.forEach((value, i) => { sum += (value - data[Math.floor(i / 3) * 4 + i % 3]) ** 2; });
    return Math.sqrt(sum / reference.length);
  }, should);
  remark(`it differs by ${Number(error).toFixed(2)} of 255 (root of the mean square)`);
  equal(error < 4, true, `an error of ${error}`);
  await tab.locator('.edge').first().dispatchEvent('click');
  await tab.waitForFunction(() => document.querySelector('#panel img').naturalWidth > 0);
  equal(await tab.evaluate(() => document.querySelector('#panel img').naturalWidth), 320, 'its width');
  run.kill('SIGINT');
  await run.over;
});

await it('a browser that stops changes nothing in the flow, to the frame', async () => {
  makeFlow('alone', 'clip.mkv');
  execFileSync(VFLOW, ['run', 'alone.yaml'], { cwd: folder, stdio: 'ignore' });
  const pipe = makePipe('stopped.pipe');
  makeFlow('stopped', 'stopped.pipe');
  const run = await start('stopped', '--report', 'stopped.json');
  pipe.half();
  const looking = await launch();
  const tab = await open(run.address, { browser: looking.browser });
  await tab.locator('.edge').first().dispatchEvent('click');
  await tab.waitForFunction(() => document.querySelector('#panel img'));
  const pids = family(looking.pid);
  pids.forEach((pid) => kill(pid, 'SIGSTOP'));
  pipe.rest();
  const status = await run.over; // while it is stopped: nothing waits for it
  pids.reverse().forEach((pid) => kill(pid, 'SIGCONT'));
  await looking.close();
  remark(`${pids.length} processes were stopped`);
  equal(status, 0, 'exit status');
  const report = JSON.parse(readFileSync(`${folder}/stopped.json`, 'utf8'));
  equal([report.is_balanced, report.nodes.map((node) => node.dropped)], [true, [0, 0, 0]], 'drops');
  equal(hashes('stopped.mkv'), hashes('alone.mkv'), 'frames');
});

await finish();
