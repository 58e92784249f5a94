// How much each number of an input moves a unit at initialisation: cnndsl/influence.py, step by step the same.
//
// An array is {data, shape, first}: channels (one stands for all where they are alike), then on each axis the
// positions from first on. A fixed map is {data, there, here, first}: what layers without weights have made of an axis.

import { axesOf, inside } from "./relations.js";

const volume = (shape) => shape.reduce((a, b) => a * b, 1);
const array = (shape, first) => ({ data: new Float64Array(volume(shape)), shape, first });

// By input the influence of its places, summed over channels, as {data, shape}; and why they are approximate.
export function influence(net, node, port, channel, place) {
  const state = { doubts: new Set(), met: new Set() };
  const sizes = net.nodes[node].shapes[port];
  const start = array([sizes[0], ...place.map(() => 1)], place);
  start.data[channel] = 1;
  const carried = net.nodes.map(() => []);
  carried[node][port] = moments(start, place.map(() => null), new Set([`${node}`]), false);
  for (let index = node; index >= 0; index--)
    net.nodes[index].steps.forEach((steps, from) => {
      if (!carried[index][from]) return;
      for (const step of steps) {
        const passed = backStep(state, step, carried[index][from]);
        if (!passed) continue;
        const { node: to, port: at } = step.value;
        const before = carried[to][at];
        carried[to][at] = before ? met(state, before, passed) : passed;
      }
    });
  const maps = net.inputs.map((index) => {
    const [{ shapes }, there] = [net.nodes[index], carried[index][0]];
    return placesOf(there ? settled(state, there).variance : null, shapes[0]);
  });
  return { maps, doubts: [...state.doubts] };
}

// variance: where it last became random; since: the fixed map of each axis after that, or null; origins: what made it random.
const moments = (variance, since, origins, correlated) => ({ variance, since, origins, correlated });

function placesOf(variance, [channels, ...extent]) {
  const whole = array([1, ...extent], extent.map(() => 0));
  const times = variance?.shape[0] === 1 ? channels : 1;
  if (variance) each(variance, (at, value) => (whole.data[offset(whole, [0, ...at.slice(1)])] += value * times));
  return { data: whole.data, shape: extent };
}

function backStep(state, step, carried) {
  const gain = step.node.layer.gains?.[step.place] ?? UNCHANGED;
  if (gain.kind === "random") return drawn(state, step, carried, gain);
  if (gain.kind === "nonlinear") state.doubts.add(`${step.node.path} is not linear`);
  if (tied(step) || step.of.length !== step.by.length) {
    const still = settled(state, carried);
    const variance = summedBack(step, still.variance);
    return variance && moments(variance, variance.first.map(() => null), still.origins, still.correlated);
  }
  return through(step, carried, gain);
}

const UNCHANGED = { kind: "fixed", factor: 1 };
const tied = ({ relation }) => ["reshape", "shuffle", "unshuffle"].includes(relation.channels.kind);

// Through weights of their own for each tap: variances add.
function drawn(state, step, carried, gain) {
  const still = settled(state, carried);
  if (state.met.has(step.node.path)) state.doubts.add(`the weights of ${step.node.path} are met twice`);
  state.met.add(step.node.path);
  if (still.correlated && axesOf(step).some((axis) => axis && axis.mode !== "zeros"))
    state.doubts.add(`the padding of ${step.node.path} reads what is correlated more than once`);
  const variance = summedBack(step, still.variance);
  if (!variance) return null;
  variance.data.forEach((value, i) => (variance.data[i] = value * gain.factor));
  return moments(variance, variance.first.map(() => null), new Set([`${step.node.index}`]), still.correlated);
}

// Through a layer that is known: composed with those since the last random one.
function through(step, carried, gain) {
  const { relation, of, by, node } = step;
  const square = relation.channels.kind === "dense" && of[0] === by[0];
  const channels = gain.kind === "nonlinear" && square ? { kind: "same" } : relation.channels;
  const variance = channelsSummed(carried.variance, channels, of[0], by[0]);
  const passed = { ...variance, data: variance.data.map((value) => value * gain.factor ** 2) };
  const since = [];
  for (const [place, axis] of axesOf(step).entries()) {
    const here = carried.since[place];
    if (axis === 0) {
      since.push(here);
      continue;
    }
    const known = here ?? identity(carried.variance.shape[place + 1], carried.variance.first[place]);
    const made = composed(known, axis, of[place + 1], gain.kind === "mean", gain.axes?.[place]);
    if (!made) return null;
    since.push(made);
  }
  const origins = channels.kind === "offset" ? new Set([...carried.origins].map((origin) => `${origin}:${channels.offset ?? 0}`)) : carried.origins;
  return moments(passed, since, origins, carried.correlated);
}

// The variance at the value itself: what has been composed is squared.
function settled(state, carried) {
  let { variance, correlated } = carried;
  carried.since.forEach((fixed, place) => {
    if (!fixed) return;
    const { data, there, here } = fixed;
    const across = Array.from({ length: here }, (_, j) => data.reduce((total, weight, i) => total + (i % here === j && weight !== 0), 0));
    const along = Array.from({ length: there }, (_, i) => data.subarray(i * here, (i + 1) * here).reduce((total, weight) => total + (weight !== 0), 0));
    if (carried.correlated && across.some((used) => used > 1)) state.doubts.add("fixed layers overlap before and after layers with weights");
    correlated ||= along.some((used) => used > 1);
    variance = squared(variance, place + 1, fixed);
  });
  return moments(variance, variance.first.map(() => null), carried.origins, correlated);
}

// Two paths: of different weights they are uncorrelated.
function met(state, a, b) {
  const [left, right] = [settled(state, a), settled(state, b)];
  const joint = together(left.variance, right.variance);
  if ([...left.origins].some((origin) => right.origins.has(origin)) && joint.overlap) state.doubts.add("paths meet that no weights tell apart");
  return moments(joint.sum, joint.sum.first.map(() => null), new Set([...left.origins, ...right.origins]), left.correlated || right.correlated);
}

// ---- arrays ---------------------------------------------------------------------

function offset({ shape }, at) {
  return at.reduce((total, index, i) => total * shape[i] + index, 0);
}

// Calls with the position in the whole value, and the number there.
function each({ data, shape, first }, call) {
  const at = shape.map((_, i) => (i ? first[i - 1] : 0));
  for (const value of data) {
    if (value) call(at, value);
    for (let i = shape.length - 1; i >= 0; i--) {
      if (++at[i] < shape[i] + (i ? first[i - 1] : 0)) break;
      at[i] = i ? first[i - 1] : 0;
    }
  }
}

function together(a, b) {
  const first = a.first.map((low, i) => Math.min(low, b.first[i]));
  const end = a.first.map((low, i) => Math.max(low + a.shape[i + 1], b.first[i] + b.shape[i + 1]));
  const sum = array([Math.max(a.shape[0], b.shape[0]), ...end.map((high, i) => high - first[i])], first);
  const seen = new Uint8Array(sum.data.length);
  let overlap = false;
  for (const [part, sign] of [[a, 1], [b, 2]])
    for (let copy = 0; copy < (part.shape[0] === 1 ? sum.shape[0] : 1); copy++)
      each(part, (at, value) => {
        const where = offset(sum, [at[0] + copy, ...at.slice(1).map((index, i) => index - first[i])]);
        sum.data[where] += value;
        seen[where] |= sign;
        overlap ||= seen[where] === 3;
      });
  return { sum, overlap };
}

// What is carried at the output, at the input, sums where several arrive; null where nothing is read.
function summedBack(step, values) {
  const { relation, of, by } = step;
  if (tied(step)) return movedSum(step, values);
  const carried = channelsSummed(values, relation.channels, of[0], by[0]);
  if (of.length !== by.length) {
    const size = volume(carried.shape.slice(1));
    const found = array([carried.shape[0], ...of.slice(1)], of.slice(1).map(() => 0));
    const room = volume(of.slice(1));
    for (let c = 0; c < carried.shape[0]; c++) found.data.fill(carried.data.subarray(c * size, (c + 1) * size).reduce((a, b) => a + b, 0), c * room, (c + 1) * room);
    return found;
  }
  let found = carried;
  for (const [place, axis] of axesOf(step).entries()) {
    if (axis === 0) continue;
    const layer = composed(identity(found.shape[place + 1], found.first[place]), axis, of[place + 1], false, undefined);
    if (!layer) return null;
    found = mapped(found, place + 1, layer, (weight) => weight);
  }
  return found;
}

function movedSum({ relation, of, by, last }, values) {
  const found = array(of, of.slice(1).map(() => 0));
  const r = relation.channels.groups;
  const copies = values.shape[0] === 1 && by[0] > 1 ? by[0] : 1;
  const stored = (sizes, isLast) => (isLast ? [...sizes.slice(1), sizes[0]] : sizes);
  const target = stored(of, last[0]);
  for (let copy = 0; copy < copies; copy++)
    each(values, (at, value) => {
      const here = [at[0] + copy, ...at.slice(1)];
      let there;
      if (relation.channels.kind === "reshape") {
        let flat = offset({ shape: stored(by, last[1]) }, stored(here, last[1]));
        const unrolled = target.map((_, i, all) => volume(all.slice(i + 1))).map((size) => {
          const index = Math.floor(flat / size);
          flat -= index * size;
          return index;
        });
        there = last[0] ? [unrolled.at(-1), ...unrolled.slice(0, -1)] : unrolled;
      } else if (relation.channels.kind === "shuffle") {
        const [c, y, x] = here;
        there = [c * r * r + (y % r) * r + (x % r), Math.floor(y / r), Math.floor(x / r)];
      } else {
        const [c, y, x] = here;
        there = [Math.floor(c / (r * r)), y * r + Math.floor((c % (r * r)) / r), x * r + (c % r)];
      }
      found.data[offset(found, there)] += value;
    });
  return found;
}

// What the output's channels carry, at the input's.
function channelsSummed(values, by, channelsIn, channelsOut) {
  const { data, shape, first } = values;
  const [alike, size] = [shape[0] === 1 && channelsOut !== 1, volume(shape.slice(1))];
  const timed = (times) => ({ ...values, data: data.map((value) => value * times) });
  if (by.kind === "same") return values;
  if (by.kind === "dense" && alike) return timed(channelsOut);
  if (by.kind === "groups" && alike) return timed(channelsOut / by.groups);
  if (by.kind === "offset" && alike) return values;
  const found = array([by.kind === "dense" ? 1 : channelsIn, ...shape.slice(1)], first);
  const add = (from, to) => {
    const source = alike ? 0 : from;
    for (let i = 0; i < size; i++) found.data[to * size + i] += data[source * size + i];
  };
  for (let o = 0; o < channelsOut; o++) for (const c of readBy(by, o, channelsIn, channelsOut)) add(o, c);
  return found;
}

function readBy(by, o, channelsIn, channelsOut) {
  if (by.kind === "dense") return [0];
  if (by.kind === "select") return by.index[o] >= 0 ? [by.index[o]] : [];
  if (by.kind === "offset") return o >= (by.offset ?? 0) && o < (by.offset ?? 0) + channelsIn ? [o - (by.offset ?? 0)] : [];
  const size = by.kind === "groups" ? channelsIn / by.groups : by.groups ?? 1;
  const start = by.kind === "groups" ? Math.floor(o / (channelsOut / by.groups)) * size : o - Math.floor(size / 2);
  return Array.from({ length: size }, (_, t) => start + t).filter((c) => c >= 0 && c < channelsIn);
}

// ---- fixed maps of one axis -------------------------------------------------------

function identity(length, first) {
  const data = new Float64Array(length * length);
  for (let i = 0; i < length; i++) data[i * length + i] = 1;
  return { data, there: length, here: length, first };
}

// A known map, and one axis of a layer before it; null where that reads nothing.
function composed(known, axis, n, mean, table) {
  const { there, here, first } = known;
  if (axis === null) {
    const data = new Float64Array(there * n);
    for (let i = 0; i < there; i++) data.fill(known.data.subarray(i * here, (i + 1) * here).reduce((a, b) => a + b, 0) / (mean ? n : 1), i * n, (i + 1) * n);
    return { data, there, here: n, first: 0 };
  }
  const rows = Array.from({ length: here }, (_, j) => weighed(axis, n, first + j, mean, table));
  const read = rows.flatMap((row) => row.map(([at]) => at));
  if (!read.length) return null;
  const low = read.reduce((a, b) => Math.min(a, b));
  const width = read.reduce((a, b) => Math.max(a, b)) - low + 1;
  const data = new Float64Array(there * width);
  for (let i = 0; i < there; i++)
    for (let j = 0; j < here; j++) {
      const weight = known.data[i * here + j];
      if (weight) for (const [at, part] of rows[j]) data[i * width + at - low] += weight * part;
    }
  return { data, there, here: width, first: low };
}

// What a unit of an axis reads of n, and by what weights.
function weighed(axis, n, unit, mean, table) {
  const phase = unit % axis.reads.length;
  const turn = Math.floor(unit / axis.reads.length) * axis.jump;
  const found = [];
  let before = -1;
  axis.reads[phase].forEach((read, i) => {
    const at = inside(read + turn, n, axis.mode);
    const repeated = axis.mode === "clamp" && !table && at === before; // the nearest border unit is read once
    before = at;
    if (at >= 0 && !repeated) found.push([at, table ? table[unit % table.length][i] ?? 0 : 1]);
  });
  return mean ? found.map(([at, weight]) => [at, weight / found.length]) : found;
}

const squared = (values, place, fixed) => mapped(values, place, fixed, (weight) => weight ** 2);

// One axis of an array through a map.
function mapped({ data, shape, first }, place, { data: weights, there, here, first: low }, of) {
  const inner = volume(shape.slice(place + 1));
  const outer = volume(shape.slice(0, place));
  const found = array(shape.with(place, here), first.with(place - 1, low));
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < there; i++)
      for (let j = 0; j < here; j++) {
        const weight = of(weights[i * here + j]);
        if (!weight) continue;
        const [from, to] = [(o * there + i) * inner, (o * here + j) * inner];
        for (let k = 0; k < inner; k++) found.data[to + k] += data[from + k] * weight;
      }
  return found;
}

// ---- what is said of it -------------------------------------------------------------

// Shares of the places, their spread on each axis, and the least number of them that hold 95 %.
export function summary({ data, shape }) {
  const total = data.reduce((a, b) => a + b, 0);
  if (!total) return null;
  const shares = data.map((value) => value / total);
  const deviation = shape.map((n, axis) => {
    const stride = volume(shape.slice(axis + 1));
    const marginal = new Float64Array(n);
    shares.forEach((share, i) => (marginal[Math.floor(i / stride) % n] += share));
    const centre = marginal.reduce((sum, share, i) => sum + i * share, 0);
    return Math.sqrt(Math.max(marginal.reduce((sum, share, i) => sum + (i - centre) ** 2 * share, 0), 0));
  });
  const ordered = [...shares].sort((a, b) => b - a);
  let [core, held] = [0, 0];
  while (core < ordered.length && held < 0.95) held += ordered[core++];
  return { shares, deviation, core };
}
