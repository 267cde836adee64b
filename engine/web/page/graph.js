// SPDX-License-Identifier: MIT
// graph.js - the flow as a graph. The server says where boxes and lines are (api/v1/flow); what changes
// is set twice a second, and only where it has changed.

import { count, fitText, html, isNumber, linePath, plural, rate, setAttribute, setText, share, svg,
  widthOf } from './tools.js';

const nameFont = '600 13px system-ui, sans-serif';
const smallFont = '11px system-ui, sans-serif';
const markFont = '600 10px system-ui, sans-serif';
const sparkWidth = 48;
const settled = 4; // samples over which a reason to wait is looked at, so that words do not flicker

// How a task is, in a word. Which of three a task does changes with every frame: what it did most of
// the last half second is what can be read.
export function stateOf(task) {
  if (!task)
    return 'starting';
  if (task.activity === 'paused')
    return 'paused';
  if (!['busy', 'waiting', 'blocked'].includes(task.state))
    return task.state;
  const most = Math.max(task.busy || 0, task.waiting || 0, task.blocked || 0);
  if (most === 0)
    return task.state;
  return most === task.busy ? 'busy' : most === task.waiting ? 'waiting' : 'blocked';
}

// A shape for each state, about 0,0: colour is not all that tells them apart.
const shapes = {
  busy: 'M-5,0a5,5 0 1,0 10,0a5,5 0 1,0 -10,0z',
  waiting: 'M-5,0a5,5 0 1,0 10,0a5,5 0 1,0 -10,0zM-2.6,0a2.6,2.6 0 1,1 5.2,0a2.6,2.6 0 1,1 -5.2,0z',
  blocked: 'M-5,-5H5V5H-5z',
  paused: 'M-4.5,-5H-1.2V5H-4.5zM1.2,-5H4.5V5H1.2z',
  failed: 'M-5,-3L-3,-5L0,-2L3,-5L5,-3L2,0L5,3L3,5L0,2L-3,5L-5,3L-2,0z',
  ended: 'M-5,0L-3.4,-1.6L-1.6,0.2L3.4,-4.6L5,-3L-1.6,3.6z',
  other: 'M0,-5.5L5.5,0L0,5.5L-5.5,0z',
};

// Curves that are upright at each point; straight lines where neighbours are of one height, with the
// corners before and after rounded.
function pathOf(points) {
  const is_straight = (i) => i > 0 && i < points.length &&
    (points[i][0] === points[i - 1][0] || points[i][1] === points[i - 1][1]);
  const is_level = (i) => i > 0 && i < points.length && points[i][1] === points[i - 1][1];
  const toward = (a, b, way) => {
    const length = Math.hypot(b[0] - a[0], b[1] - a[1]) || 1;
    const part = Math.min(way, length / 2) / length;
    return `${a[0] + (b[0] - a[0]) * part},${a[1] + (b[1] - a[1]) * part}`;
  };
  let path = `M${points[0]}`;
  for (let i = 1; i < points.length; i++) {
    const [before, at, after] = [points[i - 1], points[i], points[i + 1]];
    const is_corner = is_straight(i) && is_straight(i + 1) && is_level(i) !== is_level(i + 1);
    const middle = (before[1] + at[1]) / 2;
    if (is_corner)
      path += `L${toward(at, before, 10)}Q${at} ${toward(at, after, 10)}`;
    else if (is_straight(i))
      path += `L${at}`;
    else
      path += `C${before[0]},${middle} ${at[0]},${middle} ${at}`;
  }
  return path;
}

// Sets the classes that tell how it is; whether its panel is open stays.
function setClass(element, classes) {
  setAttribute(element, 'class', `${classes}${element.classList.contains('is-open') ? ' is-open' : ''}`);
}

class TaskBox {
  constructor(task, onOpen) {
    this.task = task;
    const { width, height } = task;
    this.fps = svg('text', { class: 'fps', x: width - 12, y: 23, 'text-anchor': 'end' });
    this.shape = svg('path', { class: 'shape', transform: 'translate(18,18.5)', d: shapes.other });
    this.about = svg('text', { class: 'about', x: 12, y: 42 });
    this.spark = svg('path', { class: 'spark' });
    this.busy = svg('rect', { class: 'busy', x: 12, y: height - 16, width: 0, height: 5, rx: 2.5 });
    this.part = svg('text', { class: 'part', x: width - 12, y: height - 10, 'text-anchor': 'end' });
    this.tag = svg('g', { class: 'tag', transform: 'translate(-8,0)' });
    this.badges = svg('g', { class: 'badges', transform: `translate(${width + 8},0)` });
    this.barWidth = width - 24 - 78;
    const name = fitText(task.name, width - 32 - 66, nameFont);
    this.button = svg('rect', {
      class: 'ring', x: -4, y: -4, width: width + 8, height: height + 8, rx: 12, role: 'button',
      tabindex: 0,
    });
    this.element = svg('g', {
      class: 'task', transform: `translate(${task.x},${task.y})`, 'data-task': task.name,
      onclick: () => onOpen('task', task.name),
    }, svg('title', {}, `${task.name}: ${task.summary || task.type}`), this.button,
    svg('g', { 'aria-hidden': 'true' }, svg('rect', { class: 'card', width, height, rx: 8 }), this.shape,
      svg('text', { class: 'name', x: 30, y: 23 }, name), this.fps, this.about, this.spark,
      svg('rect', { class: 'rail', x: 12, y: height - 16, width: this.barWidth, height: 5, rx: 2.5 }),
      this.busy, this.part, this.tag, this.badges));
  }

  update(now, is_bottleneck, history, time) {
    if (Math.abs(time - this.sparkTime) >= 0.9 || !this.spark.hasAttribute('d'))
      this.drawSpark(history, time);
    if (now === this.seen && is_bottleneck === this.was_bottleneck)
      return;
    const state = stateOf(now);
    const { task } = this;
    setClass(this.element, `task is-${state}${is_bottleneck ? ' is-bottleneck' : ''}`);
    setAttribute(this.button, 'aria-label', `Task ${task.name}${task.type === task.name ? '' :
      `, ${task.type}`}: ${state}${is_bottleneck ? ', limits the flow' : ''}`);
    setAttribute(this.shape, 'd', shapes[state] || shapes.other);
    setText(this.fps, `${rate(now?.fps)}/s`);
    const about = task.type === task.name ? state : `${state} · ${task.type}`;
    setText(this.about, fitText(about, task.width - 24 - sparkWidth - 6, smallFont));
    const busy = isNumber(now?.busy) ? Math.min(Math.max(now.busy, 0), 1) : 0;
    setAttribute(this.busy, 'width', (this.barWidth * busy).toFixed(1));
    setText(this.part, `${share(now?.busy)} busy`);
    this.mark(now, is_bottleneck);
    this.seen = now;
    this.was_bottleneck = is_bottleneck;
  }

  drawSpark(history, time) {
    const { name, width } = this.task;
    this.sparkTime = time;
    let most = 0;
    for (const sample of history)
      most = Math.max(most, sample.tasks[name]?.fps || 0);
    setAttribute(this.spark, 'd', linePath(history, time, (sample) => sample.tasks[name]?.fps, most,
      { x: width - 12 - sparkWidth, y: 31, width: sparkWidth, height: 14 }));
  }

  // Words on the upper side of the box: what is out of the ordinary.
  mark(now, is_bottleneck) {
    const words = [];
    if (now?.restarts > 0)
      words.push([plural(now.restarts, 'restart'), 'warn']);
    if (now?.dropped > 0)
      words.push([`${count(now.dropped)} dropped`, 'warn']);
    if (now?.errors > 0)
      words.push([plural(now.errors, 'error'), 'bad']);
    const key = words.join() + is_bottleneck;
    if (key === this.marked)
      return;
    this.marked = key;
    this.tag.replaceChildren(...is_bottleneck ? [pill('limits the flow', 'limit', 0)] : []);
    let x = 0;
    this.badges.replaceChildren(...words.reverse().map(([word, tone]) => {
      const made = pill(word, tone, x, true);
      x -= made.width + 4;
      return made;
    }));
  }
}

function pill(text, tone, x, is_rightmost) {
  const width = Math.ceil(widthOf(text, markFont)) + 12;
  const left = is_rightmost ? x - width : x;
  const made = svg('g', { class: `mark ${tone}`, transform: `translate(${left},-8)` },
    svg('rect', { width, height: 16, rx: 8 }),
    svg('text', { x: width / 2, y: 11.5, 'text-anchor': 'middle' }, text));
  made.width = width;
  return made;
}

class Edge {
  constructor(edge, place, room, onOpen) {
    this.edge = edge;
    const end = edge.points.at(-1);
    const d = pathOf([...edge.points.slice(0, -1), [end[0], end[1] - 7]]);
    this.line = svg('path', { class: 'line', d });
    this.head = svg('path', { class: 'head' });
    this.end = end;
    this.plate = svg('rect', { class: 'plate', y: place.y - 12, height: 16, rx: 3 });
    this.label = svg('text', { class: 'why', x: place.x, y: place.y, 'text-anchor': 'middle' });
    this.middle = place.x;
    this.room = room;
    this.title = svg('title', {});
    this.button = svg('path', {
      class: 'ring', d: pathOf(edge.points), role: 'button', tabindex: 0,
      'aria-label': `Edge from ${edge.from} to ${edge.to}, ${edge.port}`,
    });
    this.element = svg('g', {
      class: 'edge f0', 'data-edge': edge.id, onclick: () => onOpen('edge', edge.id),
    }, this.title, this.button,
    svg('g', { 'aria-hidden': 'true' }, this.line, this.head, this.plate, this.label));
    this.words = '';
  }

  update(now, fastest, why) {
    const speed = isNumber(now?.rate) ? now.rate : 0;
    const width = Math.round(2 * (1.5 + (fastest > 0 ? 2.5 * Math.sqrt(speed / fastest) : 0))) / 2;
    const key = `${width} ${why}`;
    if (now === this.seen && key === this.key)
      return;
    this.seen = now;
    this.key = key;
    const fill = isNumber(now?.fill) ? Math.min(Math.max(now.fill, 0), 1) : 0;
    const is_dropping = now?.dropped_rate > 0;
    setClass(this.element, `edge f${Math.min(Math.floor(fill * 5), 4)}${is_dropping ? ' drops' : ''}`);
    setAttribute(this.line, 'stroke-width', width);
    const half = 3 + width / 2;
    setAttribute(this.head, 'd', `M${this.end[0]},${this.end[1]}l${-half},-9h${2 * half}z`);
    this.say(is_dropping ? `drops ${rate(now.dropped_rate)}/s` : why.split(':')[0]);
    setText(this.title, `${this.edge.from} → ${this.edge.to} (${this.edge.port}): ${rate(speed)}/s, ` +
      `${count(now?.waiting || 0)} of ${count(this.edge.queue)} waiting` +
      `${now?.dropped > 0 ? `, ${count(now.dropped)} dropped` : ''}${why ? `; ${why}` : ''}`);
  }

  // Who waits; for whom, and why, is in the title, the panel and the table.
  say(words) {
    if (words === this.words)
      return;
    this.words = words;
    const fitting = words && fitText(words, 200, smallFont);
    const plate = words ? widthOf(fitting, smallFont) + 8 : 0;
    const middle = Math.min(Math.max(this.middle, plate / 2 + 2), this.room - plate / 2 - 2);
    setText(this.label, fitting);
    setAttribute(this.label, 'x', middle);
    setAttribute(this.plate, 'x', middle - plate / 2);
    setAttribute(this.plate, 'width', plate);
  }
}

// Where there is room for an edge's words: beneath its sender where that has no other edge, else above
// its receiver where that has no other, else half way. Edges side by side are in different lines.
function labelPlace(edge, edges) {
  const outs = edges.filter((other) => other.from === edge.from);
  const ins = edges.filter((other) => other.to === edge.to);
  const twins = outs.filter((other) => other.to === edge.to);
  const line = twins.indexOf(edge) * 13;
  const [first, second] = edge.points;
  const [before, last] = edge.points.slice(-2);
  if (ins.length === twins.length)
    return { x: last[0], y: Math.max(last[1] - 26 - line, before[1] + 12) };
  if (outs.length === twins.length)
    return { x: first[0], y: Math.min(first[1] + 20 + line, second[1] - 4) };
  const among = 13 * (ins.indexOf(edge) - (ins.length - 1) / 2);
  return { x: (before[0] + last[0]) / 2, y: (before[1] + last[1]) / 2 + among };
}

export class Graph {
  constructor(stage, onOpen) {
    this.stage = stage;
    this.onOpen = onOpen;
    this.tasks = new Map();
    this.edges = new Map();
    this.scale = null; // null: as fits
    this.picture = svg('svg', { role: 'group', 'aria-label': 'Tasks, each followed by its edges' });
    stage.append(this.picture);
    this.picture.addEventListener('keydown', (event) => this.onKey(event));
    stage.addEventListener('wheel', (event) => {
      if (!event.ctrlKey)
        return;
      event.preventDefault();
      this.zoom(event.deltaY < 0 ? 1.1 : 1 / 1.1);
    }, { passive: false });
    this.dragByMouse();
    new ResizeObserver(() => this.resize()).observe(stage);
  }

  show(flow) {
    const is_first = !this.flow;
    this.flow = flow;
    this.tasks.clear();
    this.edges.clear();
    const boxes = [];
    const order = [...flow.tasks].sort((a, b) => a.y - b.y || a.x - b.x);
    for (const task of order) {
      const box = new TaskBox(task, this.onOpen);
      this.tasks.set(task.name, box);
      boxes.push(box);
      for (const edge of flow.edges.filter((other) => other.from === task.name)) {
        const made = new Edge(edge, labelPlace(edge, flow.edges), flow.width, this.onOpen);
        this.edges.set(edge.id, made);
        boxes.push(made);
      }
    }
    this.open = null;
    this.order = boxes.map((box) => box.button);
    this.picture.replaceChildren(...boxes.map((box) => box.element));
    setAttribute(this.picture, 'viewBox', `0 0 ${flow.width} ${flow.height}`);
    this.resize();
    if (is_first)
      boxes[0]?.element.scrollIntoView({ block: 'nearest', inline: 'center' });
  }

  update(sample, history) {
    let fastest = 0;
    for (const edge of Object.values(sample.edges))
      fastest = Math.max(fastest, edge.rate || 0);
    for (const [name, box] of this.tasks)
      box.update(sample.tasks[name], sample.run.bottleneck === name, history, sample.t);
    const at = history.indexOf(sample);
    const last = history.slice(Math.max(0, at + 1 - settled), at + 1);
    for (const [id, edge] of this.edges) {
      const why = sample.edges[id]?.why || '';
      const often = last.filter((other) => other.edges[id]?.why === why).length;
      edge.update(sample.edges[id], fastest, often * 2 >= last.length ? why : '');
    }
  }

  select(kind, id) {
    this.open?.element.classList.remove('is-open');
    this.open?.button.setAttribute('aria-expanded', 'false');
    this.open = this.find(kind, id);
    if (!this.open)
      return;
    this.open.element.classList.add('is-open');
    this.open.button.setAttribute('aria-expanded', 'true');
    this.open.element.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }

  find(kind, id) {
    return (kind === 'task' ? this.tasks : this.edges).get(id);
  }

  onKey(event) {
    const at = this.order.indexOf(event.target);
    if (at < 0)
      return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      event.target.dispatchEvent(new MouseEvent('click', { bubbles: true }));
      return;
    }
    const next = {
      ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1,
      Home: 0, End: this.order.length - 1,
    }[event.key];
    if (next === undefined || !this.order[next])
      return;
    event.preventDefault();
    this.order[next].focus();
  }

  // The whole width where it can be read so, else as small as can be read.
  fitting() {
    const { clientWidth, clientHeight } = this.stage;
    const width = clientWidth / this.flow.width, height = clientHeight / this.flow.height;
    return Math.min(Math.max(Math.min(width, height), Math.min(width, 0.85), 0.72), 1.15);
  }

  resize() {
    if (!this.flow)
      return;
    const scale = this.scale || this.fitting();
    setAttribute(this.picture, 'width', Math.floor(this.flow.width * scale));
    setAttribute(this.picture, 'height', Math.floor(this.flow.height * scale));
  }

  zoom(factor) {
    const { stage } = this;
    const before = this.scale || this.fitting();
    this.scale = factor ? Math.min(Math.max(before * factor, 0.2), 3) : null;
    const x = stage.scrollLeft + stage.clientWidth / 2, y = stage.scrollTop + stage.clientHeight / 2;
    const change = (this.scale || this.fitting()) / before;
    this.resize();
    stage.scrollLeft = x * change - stage.clientWidth / 2;
    stage.scrollTop = y * change - stage.clientHeight / 2;
  }

  dragByMouse() {
    const { stage } = this;
    let from = null;
    stage.addEventListener('pointerdown', (event) => {
      if (event.pointerType !== 'mouse' || event.button !== 0 || event.target.closest('.task, .edge'))
        return;
      from = { x: event.clientX + stage.scrollLeft, y: event.clientY + stage.scrollTop };
      stage.setPointerCapture(event.pointerId);
    });
    stage.addEventListener('pointermove', (event) => {
      if (!from)
        return;
      stage.scrollLeft = from.x - event.clientX;
      stage.scrollTop = from.y - event.clientY;
    });
    for (const name of ['pointerup', 'pointercancel'])
      stage.addEventListener(name, () => { from = null; });
  }
}

// The same as tables: for screen readers, and for who wants to compare.
export class Tables {
  constructor(place, onOpen) {
    this.place = place;
    this.onOpen = onOpen;
  }

  show(flow) {
    const opener = (kind, id, text) => html('button', {
      type: 'button', class: 'link', onclick: () => this.onOpen(kind, id),
    }, text);
    const words = ['Task', 'Node', 'State', 'Edge', 'Carries', 'Who waits for whom'];
    const kindOf = (column) => words.includes(column) ? 'words' : 'number';
    const table = (caption, columns, rows) => html('div', { class: 'scroll', tabindex: 0, role: 'region',
      'aria-label': caption }, html('table', {}, html('caption', {}, caption),
      html('thead', {}, html('tr', {}, ...columns.map((column) =>
        html('th', { scope: 'col', class: kindOf(column) }, column)))),
      html('tbody', {}, ...rows)));
    const row = (list, columns, id, head, about, values) => {
      const cells = values.map((_, i) => html('td', { class: kindOf(columns[i + 2]) }));
      list.push({ id, cells, values });
      return html('tr', {}, html('th', { scope: 'row' }, head), html('td', {}, about), ...cells);
    };
    const taskColumns = ['Task', 'Node', 'State', 'Frames/s', 'Busy', 'Waiting', 'Blocked', 'In', 'Out',
      'Dropped', 'Errors', 'Restarts', 'Work, 95 %', 'Age, 95 %'];
    const edgeColumns = ['Edge', 'Carries', 'Frames/s', 'Waiting', 'Queue', 'Dropped',
      'Who waits for whom'];
    this.tasks = [];
    this.edges = [];
    this.place.replaceChildren(
      table('Tasks', taskColumns,
        flow.tasks.map((task) => row(this.tasks, taskColumns, task.name,
          opener('task', task.name, task.name), task.type, [stateOf, (now) => rate(now.fps), (now) => share(now.busy),
            (now) => share(now.waiting), (now) => share(now.blocked), (now) => count(now.in),
            (now) => count(now.out), (now) => count(now.dropped), (now) => count(now.errors),
            (now) => count(now.restarts), (now) => milliseconds95(now.work_ms),
            (now) => milliseconds95(now.age_ms)]))),
      table('Edges', edgeColumns,
        flow.edges.map((edge) => row(this.edges, edgeColumns, edge.id,
          opener('edge', edge.id, `${edge.from} → ${edge.to}`), `${edge.port} (${edge.type})`,
          [(now) => rate(now.rate), (now) => count(now.waiting), () => count(edge.queue),
            (now) => count(now.dropped), (now) => now.why || '']))));
  }

  update(sample) {
    const fill = (rows, values) => {
      for (const row of rows || []) {
        const now = values[row.id];
        if (now === row.seen || !now)
          continue;
        row.seen = now;
        row.cells.forEach((cell, i) => setText(cell, row.values[i](now)));
      }
    };
    fill(this.tasks, sample.tasks);
    fill(this.edges, sample.edges);
  }
}

const milliseconds95 = (values) => isNumber(values?.[1]) ? `${values[1].toFixed(1)} ms` : '–';
