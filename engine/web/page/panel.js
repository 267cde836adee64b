// SPDX-License-Identifier: MIT
// panel.js - what is to be known of one task, or of one edge with its live picture.

import { ask, Chart, count, html, isNumber, milliseconds, rate, setText, share }
  from './tools.js';
import { stateOf } from './graph.js';

const refreshMs = 2000; // of what is asked for: log lines and values

function figure(list, name) {
  const value = html('dd', {});
  list.append(html('div', {}, html('dt', {}, name), value));
  return value;
}

function section(title, ...children) {
  return html('section', {}, html('h3', {}, title), ...children);
}

function shortJson(value) {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 1);
  return text.length > 4000 ? `${text.slice(0, 4000)}…` : text;
}

function block(label) {
  return html('pre', { tabindex: 0, role: 'region', 'aria-label': label });
}

class TaskPanel {
  constructor(task, flow, hooks) {
    this.task = task;
    this.title = task.name;
    const figures = html('dl', { class: 'figures' });
    this.state = figure(figures, 'state');
    this.fps = figure(figures, 'frames/s');
    this.busy = figure(figures, 'busy');
    this.in = figure(figures, 'in');
    this.out = figure(figures, 'out');
    this.dropped = figure(figures, 'dropped');
    this.errors = figure(figures, 'errors');
    this.restarts = figure(figures, 'restarts');
    this.process = figure(figures, 'process');
    this.waits = html('p', { class: 'waits' });
    const of = (name) => (sample) => sample.tasks[task.name]?.[name];
    this.charts = [
      [new Chart('Frames a second', [{ name: '', tone: 'one', value: of('fps') }], rate), 0],
      [new Chart('Share of time', [{ name: 'busy', tone: 'one', value: of('busy') },
        { name: 'waiting', tone: 'two', value: of('waiting') },
        { name: 'blocked', tone: 'three', value: of('blocked') }], share), 1],
    ];
    this.log = block(`Log of ${task.name}`);
    this.children = [
      task.summary ? html('p', { class: 'summary' }, task.summary) : null,
      flow.control ? this.controls(hooks) : null,
      figures, this.waits, ...this.charts.map(([chart]) => chart.element), this.percentiles(),
      this.edges(flow, hooks), this.options(), section('Log', this.log),
    ];
  }

  controls(hooks) {
    const { name } = this.task;
    const button = (word, action, text) => html('button', {
      type: 'button', onclick: () => hooks.control(`${word} ${name}?`, text, word,
        `api/v1/tasks/${encodeURIComponent(name)}/${action}`),
    }, word);
    this.pause = button('Pause', 'pause', 'It makes no more frames until it is resumed.');
    this.resume = button('Resume', 'resume', 'It goes on where it was paused.');
    return html('div', { class: 'controls' },
      button('Restart', 'restart', 'Its process ends, and a new one takes over its frames.'),
      ...this.task.kind === 'producer' ? [this.pause, this.resume] : []);
  }

  percentiles() {
    const row = (name) => {
      const cells = [0, 1, 2].map(() => html('td', { class: 'number' }));
      return { cells, element: html('tr', {}, html('th', { scope: 'row' }, name), ...cells) };
    };
    this.work = row('Work on a frame');
    this.age = row('Age of a frame');
    return html('table', { class: 'percentiles' }, html('caption', {}, 'Not exceeded by'),
      html('thead', {}, html('tr', {}, html('td', {}), ...['50 %', '95 %', '99 %'].map((part) =>
        html('th', { scope: 'col' }, part)))),
      html('tbody', {}, this.work.element, this.age.element));
  }

  edges(flow, hooks) {
    const list = flow.edges.filter((edge) => [edge.from, edge.to].includes(this.task.name));
    return list.length === 0 ? null : section('Edges', html('ul', { class: 'plain' },
      ...list.map((edge) => html('li', {}, html('button', {
        type: 'button', class: 'link', onclick: () => hooks.open('edge', edge.id),
      }, `${edge.from} → ${edge.to}`), html('span', { class: 'quiet' }, ` ${edge.port}`)))));
  }

  options() {
    const entries = Object.entries(this.task.options || {});
    return entries.length === 0 ? null : section('Options', html('dl', { class: 'options' },
      ...entries.map(([name, value]) => html('div', {}, html('dt', {}, name),
        html('dd', {}, typeof value === 'object' ? JSON.stringify(value) : String(value))))));
  }

  update(sample, history) {
    const now = sample.tasks[this.task.name];
    for (const [chart, fixed] of this.charts)
      chart.update(history, sample.t, fixed);
    if (!now || now === this.seen)
      return;
    this.seen = now;
    setText(this.state, stateOf(now));
    setText(this.fps, rate(now.fps));
    setText(this.busy, share(now.busy));
    for (const name of ['in', 'out', 'dropped', 'errors', 'restarts'])
      setText(this[name], count(now[name]));
    setText(this.process, isNumber(now.pid) ? String(now.pid) : 'none');
    const whom = (now.waits || []).join(', ');
    const reason = { input: `Waits for input from ${whom}.`, room: `Waits for room: ${whom}.`,
      release: `Waits until ${whom || 'messages'} let go of frames.` }[now.activity];
    setText(this.waits, whom && reason || '');
    for (const [row, values] of [[this.work, now.work_ms], [this.age, now.age_ms]])
      row.cells.forEach((cell, i) => setText(cell, milliseconds(values?.[i])));
    if (this.pause) {
      this.pause.disabled = now.activity === 'paused';
      this.resume.disabled = now.activity !== 'paused';
    }
  }

  async refresh() {
    const { lines } = await ask(`api/v1/tasks/${encodeURIComponent(this.task.name)}/log`);
    const is_at_end = this.log.scrollTop + this.log.clientHeight >= this.log.scrollHeight - 4;
    setText(this.log, lines.length > 0 ? lines.join('\n') : 'It has written nothing.');
    if (is_at_end)
      this.log.scrollTop = this.log.scrollHeight;
  }

  complain(error) {
    setText(this.log, error.message);
  }

  close() {}
}

class EdgePanel {
  constructor(edge, flow, hooks) {
    this.edge = edge;
    this.title = `${edge.from} → ${edge.to}`;
    const figures = html('dl', { class: 'figures' });
    this.rate = figure(figures, 'frames/s');
    this.waiting = figure(figures, 'in the queue');
    this.dropped = figure(figures, 'dropped');
    this.why = html('p', { class: 'waits' });
    const of = (name) => (sample) => sample.edges[edge.id]?.[name];
    this.charts = [
      [new Chart('Frames a second', [{ name: '', tone: 'one', value: of('rate') }], rate), 0],
      [new Chart('Fill of the queue', [{ name: '', tone: 'two', value: of('fill') }], share), 1],
    ];
    this.values = block(`Last values of ${this.title}`);
    const drop = { never: 'waits for room', newest: 'drops the newest', oldest: 'drops the oldest' };
    const task = (name) => html('button', {
      type: 'button', class: 'link', onclick: () => hooks.open('task', name),
    }, name);
    this.children = [
      html('p', { class: 'summary' }, task(edge.from), ` sends ${edge.type} from its output `,
        html('b', {}, edge.port), ' to ', task(edge.to), `: a queue of ${edge.queue}; when it is full, ` +
        `the sender ${drop[edge.drop] || edge.drop}.`),
      edge.picture ? this.picture() : null, figures, this.why,
      ...this.charts.map(([chart]) => chart.element), section('Last values', this.values),
    ];
  }

  picture() {
    const { edge } = this;
    this.image = html('img', { alt: `Live picture of the edge from ${edge.from} to ${edge.to}` });
    this.trouble = html('p', { class: 'trouble', hidden: true }, 'There is no picture of it now. ',
      html('button', { type: 'button', class: 'link', onclick: () => this.play() }, 'Try again'));
    this.image.addEventListener('error', () => {
      this.image.hidden = true;
      this.trouble.hidden = false;
    });
    this.boxes = html('input', { type: 'checkbox', checked: true, onchange: () => this.play() });
    this.play();
    return html('div', { class: 'picture' }, html('div', { class: 'frame' }, this.image, this.trouble),
      html('div', { class: 'below' }, html('span', { class: 'quiet' }, 'Live, 5 a second at most'),
        edge.boxes ? html('label', {}, this.boxes, ' Boxes') : null,
        html('a', { href: `edges/${edge.id}.jpg`, target: '_blank', rel: 'noopener' }, 'One picture')));
  }

  play() {
    const width = Math.min(Math.round(420 * (window.devicePixelRatio || 1)), 960);
    this.image.hidden = false;
    this.trouble.hidden = true;
    this.image.src = `edges/${this.edge.id}.mjpeg?width=${width}&rate=5&boxes=${
      this.boxes.checked ? 1 : 0}&n=${Date.now()}`;
  }

  update(sample, history) {
    const now = sample.edges[this.edge.id];
    for (const [chart, fixed] of this.charts)
      chart.update(history, sample.t, fixed);
    if (!now || now === this.seen)
      return;
    this.seen = now;
    setText(this.rate, rate(now.rate));
    setText(this.waiting, `${count(now.waiting)} of ${count(this.edge.queue)}`);
    setText(this.dropped, count(now.dropped));
    setText(this.why, now.why ? `${now.why}.` : '');
  }

  async refresh() {
    const values = await ask(`api/v1/edges/${this.edge.id}/values?limit=3`);
    setText(this.values, values.length > 0 ? values.map(shortJson).join('\n')
      : 'Nothing has come since it is looked at.');
  }

  complain(error) {
    setText(this.values, error.message);
  }

  // Ends the stream of pictures: a hidden image would go on.
  close() {
    if (this.image)
      this.image.removeAttribute('src');
  }
}

export class Panel {
  constructor(place, hooks) {
    this.place = place;
    this.hooks = hooks;
    this.shown = null;
    setInterval(() => this.refresh(), refreshMs);
  }

  open(kind, thing, flow) {
    this.shown?.close();
    this.shown = kind === 'task' ? new TaskPanel(thing, flow, this.hooks)
      : new EdgePanel(thing, flow, this.hooks);
    const heading = html('h2', { id: 'panel-title', tabindex: -1 }, this.shown.title);
    this.place.replaceChildren(html('div', { class: 'head' }, html('div', {},
      html('p', { class: 'quiet' }, kind === 'task' ? `${thing.kind} · ${thing.type}${
        isNumber(thing.gpu) ? ` · GPU ${thing.gpu}` : ''}` : `edge · ${thing.port}`), heading),
    html('button', { type: 'button', class: 'close', 'aria-label': 'Close', onclick: this.hooks.close },
      '×')), ...this.shown.children.filter(Boolean));
    this.place.hidden = false;
    this.place.scrollTop = 0;
    heading.focus({ preventScroll: true });
    this.refresh();
  }

  update(sample, history) {
    this.shown?.update(sample, history);
  }

  async refresh() {
    const { shown } = this;
    if (!shown || document.hidden || this.is_over)
      return;
    try {
      await shown.refresh();
    } catch (error) {
      shown.complain(error);
    }
  }

  close() {
    this.shown?.close();
    this.shown = null;
    this.place.hidden = true;
    this.place.replaceChildren();
  }
}
