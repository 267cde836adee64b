// SPDX-License-Identifier: MIT
// tools.js - JSON merge patches, numbers as people read them, elements, and lines over time.

const svgSpace = 'http://www.w3.org/2000/svg';

// Returns `target` with a merge patch (RFC 7396) put in. What the patch does not name is shared with
// `target`, which stays as it is: so whoever sees the same object knows that nothing has changed.
export function merge(target, patch) {
  if (patch === null || typeof patch !== 'object' || Array.isArray(patch))
    return patch;
  const is_object = target !== null && typeof target === 'object' && !Array.isArray(target);
  const made = is_object ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null)
      delete made[key];
    else
      made[key] = merge(made[key], value);
  }
  return made;
}

export const isNumber = (value) => typeof value === 'number' && Number.isFinite(value);

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

export function count(value) {
  return isNumber(value) ? grouped.format(value) : '–';
}

export function rate(value) {
  if (!isNumber(value))
    return '–';
  return value >= 1000 ? grouped.format(value) : value.toFixed(value >= 100 ? 0 : 1);
}

export function share(value) {
  return isNumber(value) ? `${Math.round(value * 100)} %` : '–';
}

export function milliseconds(value) {
  if (!isNumber(value))
    return '–';
  if (value >= 10000)
    return `${(value / 1000).toFixed(1)} s`;
  return `${value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2)} ms`;
}

export function duration(seconds) {
  if (!isNumber(seconds))
    return '–';
  const whole = Math.round(seconds);
  if (whole < 60)
    return `${whole} s`;
  if (whole >= 600 && whole < 3600)
    return `${Math.round(whole / 60)} min`;
  if (whole < 3600)
    return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor(whole % 3600 / 60)} min`;
}

export function plural(number, word) {
  return `${count(number)} ${word}${number === 1 ? '' : 's'}`;
}

function build(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key.startsWith('on'))
      element.addEventListener(key.slice(2), value);
    else if (value === true)
      element.setAttribute(key, '');
    else if (value !== false && value !== null && value !== undefined)
      element.setAttribute(key, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

// Make an element of HTML, or of SVG.
export const html = (name, attributes, ...children) =>
  build(document.createElement(name), attributes, children);
export const svg = (name, attributes, ...children) =>
  build(document.createElementNS(svgSpace, name), attributes, children);

// Sets what is different, for every change costs a layout.
export function setText(element, text) {
  if (element.textContent !== text)
    element.textContent = text;
}

export function setAttribute(element, name, value) {
  const text = String(value);
  if (element.getAttribute(name) !== text)
    element.setAttribute(name, text);
}

let ruler = null;

export function widthOf(text, font) {
  ruler = ruler || document.createElement('canvas').getContext('2d');
  ruler.font = font;
  return ruler.measureText(text).width;
}

// Returns a text that is no wider than `width`, with dots where it was cut.
export function fitText(text, width, font) {
  if (widthOf(text, font) <= width)
    return text;
  let low = 0, high = text.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (widthOf(text.slice(0, middle) + '…', font) <= width)
      low = middle;
    else
      high = middle - 1;
  }
  return text.slice(0, low).trimEnd() + '…';
}

// Returns the points of a line over time, for values of the samples `history` in a box: the last 60
// seconds up to `now`, and values from 0 to `most`.
export function linePath(history, now, value, most, box) {
  let path = '', is_down = false;
  for (const sample of history) {
    const is_known = sample.t >= now - 60 && sample.t <= now + 0.01 && isNumber(value(sample));
    if (is_known) {
      const x = box.x + box.width * (1 - (now - sample.t) / 60);
      const y = box.y + box.height * (1 - (most > 0 ? Math.min(value(sample) / most, 1) : 0));
      path += `${is_down ? 'L' : 'M'}${x.toFixed(1)},${y.toFixed(1)}`;
    }
    is_down = is_known;
  }
  return path;
}

// A line over the last minute with its scale: a picture for those who see it, and words for others.
export class Chart {
  constructor(title, lines, show) {
    this.lines = lines;
    this.show = show;
    this.box = { x: 0, y: 6, width: 320, height: 64 };
    this.paths = lines.map((line) => svg('path', { class: `line ${line.tone}` }));
    this.top = html('span', { class: 'scale' });
    this.words = html('figcaption', {}, title, html('span', { class: 'keys' },
      ...lines.map((line) => html('span', { class: `key ${line.tone}` }, line.name))));
    this.element = html('figure', { class: 'chart' }, this.words,
      html('div', { class: 'plot' }, this.top,
        svg('svg', { viewBox: '0 0 320 76', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
          svg('path', { class: 'grid', d: 'M0,6H320M0,38H320M0,70H320' }), ...this.paths)),
      html('div', { class: 'axis', 'aria-hidden': 'true' }, html('span', {}, '60 s ago'),
        html('span', {}, 'shown')));
  }

  update(history, now, fixed) {
    let most = fixed || 0;
    for (const sample of fixed ? [] : history)
      for (const line of this.lines)
        most = Math.max(most, line.value(sample) || 0);
    setText(this.top, this.show(most));
    this.lines.forEach((line, i) =>
      setAttribute(this.paths[i], 'd', linePath(history, now, line.value, most, this.box)));
  }
}

// Asks the server; errors have its words, where it has any.
export async function ask(path, options) {
  const answer = await fetch(path, { cache: 'no-store', ...options });
  const type = answer.headers.get('content-type') || '';
  const body = type.includes('json') ? await answer.json() : null;
  if (!answer.ok)
    throw new Error(body?.error?.message || `${path} answers ${answer.status}`);
  return body;
}
