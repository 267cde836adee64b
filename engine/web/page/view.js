// SPDX-License-Identifier: MIT
// view.js - the page of a run: listens to it, keeps the last minute, and shows one moment of that.

import { ask, count, duration, isNumber, merge, plural, rate, setText } from './tools.js';
import { Graph, stateOf, Tables } from './graph.js';
import { Panel } from './panel.js';

const keptSeconds = 60;
const get = (id) => document.getElementById(id);

// A token comes in the address once; it is for the requests, and not for those who look over a shoulder.
const address = new URL(location.href);
const token = address.searchParams.get('token');
if (token) {
  address.searchParams.delete('token');
  history.replaceState(null, '', address);
}

let flow = null;
let samples = []; // oldest first
let shownTime = null; // null: the newest
let selected = null; // {kind, id} of the panel
let isOver = false;
let isDrawing = false;
let steadyLimit = { name: null, count: 0, told: null };

const graph = new Graph(get('stage'), open);
const tables = new Tables(get('tables'), open);
const panel = new Panel(get('panel'), { open, close, control });

function news(text) {
  get('news').textContent = text;
}

function notice(text, is_bad) {
  const place = get('notice');
  place.hidden = !text;
  place.classList.toggle('bad', Boolean(is_bad));
  setText(place, text);
  if (text)
    news(text);
}

// The sample of the moment that is shown.
function shown() {
  if (shownTime === null)
    return samples.at(-1);
  return samples.findLast((sample) => sample.t <= shownTime + 0.01) || samples[0];
}

function draw() {
  isDrawing = false;
  const sample = shown();
  if (!flow || !sample)
    return;
  drawHead(sample);
  drawFoot(sample);
  if (!get('stage').hidden)
    graph.update(sample, samples);
  if (!get('tables').hidden)
    tables.update(sample);
  panel.update(sample, samples);
  document.body.dataset.t = sample.t;
}

function redraw() {
  if (!isDrawing)
    requestAnimationFrame(draw);
  isDrawing = true;
}

function drawHead(sample) {
  const { run } = sample;
  setText(get('state'), run.state);
  get('state').dataset.state = run.state;
  setText(get('fps'), rate(run.fps));
  setText(get('frames'), count(run.frames));
  setText(get('dropped'), count(run.dropped));
  setText(get('restarts'), count(run.restarts));
  optional('speed', run.speed, (value) => `${value.toFixed(value >= 10 ? 0 : 2)}×`);
  optional('percent', run.percent, (value) => `${value.toFixed(1)} %`);
  optional('left', run.left_seconds, duration);
  get('dropped').classList.toggle('warn', run.dropped > 0);
  get('restarts').classList.toggle('warn', run.restarts > 0);
  const progress = get('progress');
  progress.hidden = !isNumber(run.percent);
  if (isNumber(run.percent))
    progress.value = run.percent;
  const limit = get('limit');
  limit.hidden = false;
  limit.classList.toggle('is-limited', Boolean(run.limit));
  setText(limit, run.limit || 'No task limits the flow.');
  document.title = `${isOver ? run.state : `${rate(run.fps)} fps`} · ${flow.name} · vflow`;
}

function optional(id, value, show) {
  const place = get(id);
  place.parentElement.hidden = !isNumber(value);
  setText(place, isNumber(value) ? show(value) : '–');
}

function drawFoot(sample) {
  const newest = samples.at(-1), ago = newest.t - sample.t;
  const is_live = shownTime === null;
  get('live').setAttribute('aria-pressed', String(is_live));
  setText(get('live').lastChild, isOver ? 'End' : 'Live');
  const back = get('back');
  back.value = -ago;
  const words = is_live ? isOver ? 'at the end' : 'now' : `${ago.toFixed(1)} s ago`;
  setText(get('moment'), words);
  back.setAttribute('aria-valuetext', words);
  document.body.classList.toggle('is-past', !is_live);
}

function take(sample) {
  const before = samples.at(-1);
  if (before && sample.t < before.t)
    samples = []; // another run answers at this address
  if (before && sample.t === before.t)
    samples.pop();
  samples.push(sample);
  while (samples[0].t < sample.t - keptSeconds)
    samples.shift();
  tell(before, sample);
  redraw();
}

// Says what a listener wants to know: that a task begins, ends or fails, not how busy it is.
function tell(before, now) {
  if (!before)
    return;
  const said = [];
  const phase = (task) => {
    const state = stateOf(task);
    return ['busy', 'waiting', 'blocked'].includes(state) ? 'running' : state;
  };
  for (const [name, task] of Object.entries(now.tasks)) {
    const old = before.tasks[name];
    if (old && phase(old) !== phase(task))
      said.push(`${name} is ${phase(task)}`);
    if (old && task.restarts > old.restarts)
      said.push(`${name} was restarted`);
  }
  const name = now.run.bottleneck;
  steadyLimit = name === steadyLimit.name ? { ...steadyLimit, count: steadyLimit.count + 1 }
    : { ...steadyLimit, name, count: 0 };
  if (name && steadyLimit.count === 6 && steadyLimit.told !== name) {
    steadyLimit.told = name;
    said.push(`${name} limits the flow`);
  }
  if (said.length > 3)
    news(`${plural(said.length, 'change')} of tasks; ${said[0]}`);
  else if (said.length > 0)
    news(said.join('; '));
}

async function fetchFlow() {
  flow = await ask('api/v1/flow');
  setText(get('name'), flow.name);
  setText(get('mode'), flow.mode);
  get('stop').hidden = !flow.control;
  graph.show(flow);
  tables.show(flow);
  if (selected && find(selected.kind, selected.id))
    open(selected.kind, selected.id);
  else if (selected)
    close();
  redraw();
}

function find(kind, id) {
  return kind === 'task' ? flow.tasks.find((task) => task.name === id)
    : flow.edges.find((edge) => edge.id === id);
}

function open(kind, id) {
  selected = { kind, id };
  graph.select(kind, id);
  panel.open(kind, find(kind, id), flow);
  document.body.classList.add('has-panel');
  redraw();
}

function close() {
  const was = selected;
  selected = null;
  graph.select(null);
  panel.close();
  document.body.classList.remove('has-panel');
  if (was && !get('stage').hidden)
    graph.find(was.kind, was.id)?.button.focus();
}

// Asks before something is done, and then has it done.
function control(title, text, word, path, body) {
  setText(get('ask-title'), title);
  setText(get('ask-text'), text);
  setText(get('ask-yes'), word);
  const dialog = get('ask');
  dialog.returnValue = 'no';
  dialog.onclose = async () => {
    if (dialog.returnValue !== 'yes')
      return;
    try {
      await ask(path, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...token ? { Authorization: `Bearer ${token}` } : {} },
        body: JSON.stringify(body || {}),
      });
      news(`${word}: asked for`);
    } catch (error) {
      notice(`${word}: ${error.message}`, true);
    }
  };
  dialog.showModal();
}

function listen() {
  const events = new EventSource('api/v1/events');
  let current = null;
  let is_lost = false;
  events.addEventListener('open', () => {
    if (is_lost)
      notice('');
    is_lost = false;
    document.body.dataset.connection = 'open';
  });
  events.addEventListener('sample', (event) => take(current = JSON.parse(event.data)));
  events.addEventListener('change', (event) => {
    if (current)
      take(current = merge(current, JSON.parse(event.data)));
  });
  events.addEventListener('flow', () => fetchFlow().catch((error) => notice(error.message, true)));
  events.addEventListener('end', (event) => {
    events.close();
    document.body.dataset.connection = 'over';
    isOver = panel.is_over = true;
    const { state } = JSON.parse(event.data || '{}');
    notice(`The run is over: ${state || 'ended'}. This is how it was at the end.`);
    document.body.classList.add('is-over');
    const last = samples.at(-1);
    if (last)
      take({ ...last, run: { ...last.run, state: state || 'ended' } });
  });
  events.addEventListener('error', () => {
    if (!is_lost)
      notice('Connection lost; trying again. If the run is over, this is how it was last.', true);
    is_lost = true;
    document.body.dataset.connection = 'lost';
    if (events.readyState === EventSource.CLOSED)
      setTimeout(() => { listen(); }, 2000);
  });
}

function show(what) {
  const is_table = what === 'table';
  get('stage').hidden = get('zoom').hidden = is_table;
  get('tables').hidden = !is_table;
  get('as-graph').setAttribute('aria-pressed', String(!is_table));
  get('as-table').setAttribute('aria-pressed', String(is_table));
  redraw();
}

get('as-graph').addEventListener('click', () => show('graph'));
get('as-table').addEventListener('click', () => show('table'));
get('smaller').addEventListener('click', () => graph.zoom(1 / 1.25));
get('larger').addEventListener('click', () => graph.zoom(1.25));
get('fit').addEventListener('click', () => graph.zoom(null));
get('live').addEventListener('click', () => {
  shownTime = null;
  redraw();
});
get('back').addEventListener('input', () => {
  const back = Number(get('back').value);
  shownTime = back === 0 || samples.length === 0 ? null : samples.at(-1).t + back;
  redraw();
});
get('stop').addEventListener('click', () => control(`Stop ${flow.name}?`,
  'Sources make no more frames; what is under way is finished, and outputs are closed.', 'Stop',
  'api/v1/stop', { level: 'drain' }));
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && selected && !get('ask').open)
    close();
});

async function start() {
  try {
    const [, past] = await Promise.all([fetchFlow(), ask(`api/v1/history?seconds=${keptSeconds}`)]);
    samples = past.samples;
    redraw();
    listen();
  } catch (error) {
    notice(`${error.message}; trying again.`, true);
    setTimeout(start, 2000);
  }
}

start();
