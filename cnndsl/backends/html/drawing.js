// Feature maps on canvases: grids with a ring of padding, what is seen and what is reached.

import { axesOf, taps } from "./relations.js";

// The two axes that are drawn (of volumes the last two, of signals one row), and the ring of padding around them.
export function geometry(net, { node, port }, target) {
  const sizes = net.nodes[node.index].shapes[port];
  const flat = sizes.length === 1;
  const columns = flat ? Math.min(sizes[0], Math.max(10, Math.ceil(Math.sqrt(3 * sizes[0])))) : sizes.at(-1);
  const rows = flat ? Math.ceil(sizes[0] / columns) : sizes.length === 2 ? 1 : sizes.at(-2);
  const ring = flat ? NO_RING : ringOf(net.nodes[node.index], port, sizes);
  const [wide, high] = [columns + ring.left + ring.right, rows + ring.top + ring.bottom];
  const fit = Math.min(target / Math.max(wide, high), flat || sizes.length === 2 ? 18 : 30);
  const cell = fit >= 3 ? Math.floor(fit) : fit;
  const bar = sizes.length === 2 ? Math.max(1, 22 / cell) : 1; // signals are drawn higher than they are wide
  return { sizes, flat, columns, rows, ring, cell, tall: cell * bar, width: wide * cell, height: high * cell * bar };
}

const NO_RING = { left: 0, right: 0, top: 0, bottom: 0 };
const WIDEST = 40; // positions of padding that are drawn

function ringOf(node, port, sizes) {
  const sides = sizes.slice(1).map(() => [0, 0]);
  for (const step of node.readers[port])
    axesOf(step).forEach((axis, i) => {
      if (!axis || step.by.length !== sizes.length) return;
      const [n, m] = [sizes[i + 1], step.by[i + 1]];
      for (const unit of edges(m, axis.reads.length))
        for (const read of taps(axis, unit)) {
          sides[i][0] = Math.min(WIDEST, Math.max(sides[i][0], -read));
          sides[i][1] = Math.min(WIDEST, Math.max(sides[i][1], read - n + 1));
        }
    });
  const [top, bottom] = sizes.length > 2 ? sides.at(-2) : [0, 0];
  const [left, right] = sides.at(-1) ?? [0, 0];
  return { left, right, top, bottom };
}

// The first and last units of an axis, a period of each.
function edges(m, period) {
  const near = Math.min(m, period);
  return [...Array(near).keys(), ...Array.from({ length: near }, (_, i) => m - 1 - i)];
}

// Where a unit stands: [row, column] of the drawing.
export function spot(shape, channel, place) {
  if (shape.flat) return [Math.floor(channel / shape.columns), channel % shape.columns];
  return place.length === 1 ? [0, place[0]] : place.slice(-2);
}

// Which row and column a point of a canvas is in; null outside the map.
export function hit(shape, x, y) {
  const row = Math.floor(y / shape.tall) - shape.ring.top;
  const column = Math.floor(x / shape.cell) - shape.ring.left;
  if (row < 0 || column < 0 || row >= shape.rows || column >= shape.columns) return null;
  return shape.flat && row * shape.columns + column >= shape.sizes[0] ? null : [row, column];
}

// ---- painting -------------------------------------------------------------------

// The runs of a set, as [start, end).
function runs(set) {
  const found = [];
  for (let at = 0; at < set.length; at++) {
    if (!set[at]) continue;
    const start = at;
    while (at < set.length && set[at]) at++;
    found.push([start, at]);
  }
  return found;
}

const LEAST = 3; // pixels that anything marked has, so that it is seen

// Runs on an axis of n; where all of them together are too small to see, one as large as that about their middle.
function legible(found, n, pixels) {
  if (!found.length) return found;
  const [first, last] = [found[0][0], found.at(-1)[1]];
  const least = Math.min(n, LEAST / pixels);
  if (last - first >= least) return found;
  const start = Math.max(0, Math.min(n - least, (first + last - least) / 2));
  return [[start, start + least]];
}

function rect(context, shape, rows, columns) {
  const [x, y] = [(columns[0] + shape.ring.left) * shape.cell, (rows[0] + shape.ring.top) * shape.tall];
  context.rect(x, y, Math.max((columns[1] - columns[0]) * shape.cell, 1), Math.max((rows[1] - rows[0]) * shape.tall, 1));
}

// All places of some parts as one path, so that where parts overlap nothing is painted twice.
export function trace(context, shape, parts) {
  context.beginPath();
  for (const part of parts) {
    if (shape.flat) {
      traceFlat(context, shape, runs(part[0]));
      continue;
    }
    const columns = legible(runs(part.at(-1)), shape.columns, shape.cell);
    for (const rows of part.length > 2 ? legible(runs(part.at(-2)), shape.rows, shape.tall) : [[0, 1]]) for (const each of columns) rect(context, shape, rows, each);
  }
}

function traceFlat(context, shape, found) {
  const [row, last] = [found[0]?.[0], found.at(-1)?.[1] - 1].map((at) => Math.floor(at / shape.columns));
  if (row !== last) {
    for (const [start, end] of found) flatRun(context, shape, start, end);
    return;
  }
  const columns = found.map((run) => run.map((at) => at - row * shape.columns));
  const [rows] = legible([[row, row + 1]], shape.rows, shape.tall);
  for (const each of legible(columns, shape.columns, shape.cell)) rect(context, shape, rows, each);
}

function flatRun(context, shape, start, end) {
  for (let at = start; at < end; ) {
    const row = Math.floor(at / shape.columns);
    const stop = Math.min(end, (row + 1) * shape.columns);
    rect(context, shape, [row, row + 1], [at - row * shape.columns, stop - row * shape.columns]);
    at = stop;
  }
}

// The map without anything marked on it.
export function base(context, shape, colours, picture) {
  const { ring, cell, tall } = shape;
  const [left, top, wide, high] = [ring.left * cell, ring.top * tall, shape.columns * cell, shape.rows * tall];
  context.clearRect(0, 0, shape.width, shape.height);
  context.lineWidth = 1;
  if (shape.flat) {
    flatBase(context, shape, colours);
    return;
  }
  context.fillStyle = colours.ring;
  context.fillRect(0, 0, shape.width, shape.height);
  context.fillStyle = colours.map;
  context.fillRect(left, top, wide, high);
  if (picture) context.drawImage(picture, left, top, wide, high);
  context.strokeStyle = picture ? colours.gridOnPicture : colours.grid;
  context.strokeRect(left + 0.5, top + 0.5, wide, high);
  if (cell >= 5) grid(context, shape);
}

// The same of numbers without places: rows that are filled one after the other.
function flatBase(context, shape, colours) {
  context.beginPath();
  border(context, shape);
  context.fillStyle = colours.map;
  context.fill();
  context.strokeStyle = colours.grid;
  context.stroke();
  if (shape.cell < 5) return;
  context.save();
  context.clip();
  grid(context, shape);
  context.restore();
}

function grid(context, { cell, tall, width, height }) {
  context.beginPath();
  for (let column = 0; column <= Math.round(width / cell); column++) line(context, column * cell, 0, column * cell, height);
  for (let row = 0; row <= Math.round(height / tall); row++) line(context, 0, row * tall, width, row * tall);
  context.stroke();
}

// Round a flat map: its last row may be shorter than the others.
function border(context, { sizes, columns, cell, tall, width, height }) {
  const rest = sizes[0] % columns;
  const corners = [[0, 0], [width, 0], ...(rest ? [[width, height - tall], [rest * cell, height - tall], [rest * cell, height]] : [[width, height]]), [0, height]];
  for (const [x, y] of corners) context.lineTo(x + 0.5, y + 0.5);
  context.closePath();
}

function line(context, x, y, toX, toY) {
  context.moveTo(x + 0.5, y + 0.5);
  context.lineTo(toX + 0.5, toY + 0.5);
}

// Parts in a colour; on maps of large cells with an outline round each cell.
export function paint(context, shape, parts, colour, alpha) {
  trace(context, shape, parts);
  context.globalAlpha = alpha;
  context.fillStyle = colour;
  context.fill();
  context.globalAlpha = 1;
}

// Shares of the places as a heat map: from nothing over what is seen to the most, by the square root, for they fall off fast.
export function heated(context, shape, shares, colours) {
  const { columns, rows, ring, cell, tall } = shape;
  const flat = new Float64Array(columns * rows); // of volumes the sum over the depth
  shares.forEach((share, i) => (flat[i % flat.length] += share));
  const most = flat.reduce((a, b) => Math.max(a, b));
  const tile = new OffscreenCanvas(columns, rows);
  const pen = tile.getContext("2d");
  const image = pen.createImageData(columns, rows);
  const [low, high] = [colours.sees, colours.most].map((colour) => colour.match(/\w\w/g).map((part) => parseInt(part, 16)));
  flat.forEach((share, i) => {
    const heat = Math.sqrt(share / most);
    const above = Math.max(0, 2 * heat - 1);
    low.forEach((part, j) => (image.data[4 * i + j] = part + above * (high[j] - part)));
    image.data[4 * i + 3] = 255 * Math.min(1, 2 * heat);
  });
  pen.putImageData(image, 0, 0);
  context.drawImage(tile, ring.left * cell, ring.top * tall, columns * cell, rows * tall);
}

// What readers find beyond the borders of this map: their taps outside of it, hatched.
export function paintPadding(context, shape, node, port, found, pattern) {
  if (shape.flat || !Object.values(shape.ring).some(Boolean)) return;
  const { ring, cell, tall } = shape;
  context.save();
  context.beginPath();
  context.rect(0, 0, shape.width, shape.height);
  context.rect(ring.left * cell, ring.top * tall, shape.columns * cell, shape.rows * tall);
  context.clip("evenodd");
  context.beginPath();
  for (const step of node.readers[port]) {
    if (step.by.length !== shape.sizes.length) continue;
    for (const part of found[step.node.index]?.[step.port] ?? []) beyond(context, shape, axesOf(step), part);
  }
  context.fillStyle = pattern;
  context.fill();
  context.restore();
}

function beyond(context, shape, axes, part) {
  const across = axes.map((axis, i) => virtual(axis, part[i + 1], shape.sizes[i + 1]));
  const rows = across.length > 1 ? across.at(-2) : [[0, 1]];
  for (const each of rows) for (const columns of across.at(-1)) rect(context, shape, each, columns);
}

// The positions that units of an axis stand on, those beyond the borders among them, as runs.
function virtual(axis, set, n) {
  if (axis === 0) return runs(set);
  if (axis === null) return [[0, n]];
  const positions = new Set();
  set.forEach((one, unit) => one && taps(axis, unit).forEach((read) => positions.add(read)));
  const sorted = [...positions].sort((a, b) => a - b);
  const found = [];
  for (const at of sorted) {
    if (found.length && found.at(-1)[1] === at) found.at(-1)[1]++;
    else found.push([at, at + 1]);
  }
  return found;
}

// The unit itself.
export function mark(context, shape, [row, column], colours) {
  const least = 7; // pixels, so that it is found on large maps too
  const [w, h] = [Math.max(shape.cell, least), Math.max(shape.tall, least)];
  const x = (column + shape.ring.left + 0.5) * shape.cell - w / 2;
  const y = (row + shape.ring.top + 0.5) * shape.tall - h / 2;
  context.fillStyle = colours.unit;
  context.fillRect(x, y, w, h);
  context.strokeStyle = colours.unitLine;
  context.lineWidth = 2;
  context.strokeRect(x + 1, y + 1, w - 2, h - 2);
}

export function hatching(context, colour) {
  const tile = new OffscreenCanvas(6, 6);
  const pen = tile.getContext("2d");
  pen.strokeStyle = colour;
  pen.lineWidth = 2;
  pen.beginPath();
  for (const shift of [-6, 0, 6]) {
    pen.moveTo(shift - 1, 7);
    pen.lineTo(shift + 7, -1);
  }
  pen.stroke();
  return context.createPattern(tile, "repeat");
}
