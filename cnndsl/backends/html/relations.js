// What one layer reads: cnndsl/reading.py, with sets in place of arrays.
//
// A set is a Uint8Array over the positions of one axis (or over channels); a part is a product of sets,
// [channels, ...axes], and what is read of a value is a list of parts: their union, exact.
// null stands for the empty set, for no part.

const FULL = new Map();

export function full(n) {
  if (!FULL.has(n)) FULL.set(n, new Uint8Array(n).fill(1));
  return FULL.get(n);
}

export function single(n, at) {
  const set = new Uint8Array(n);
  set[at] = 1;
  return set;
}

export const isEmpty = (set) => !set.includes(1);

// A set for good: null where it is empty, the one that all share where it is full.
function kept(set) {
  if (!set.includes(1)) return null;
  return set.includes(0) ? set : full(set.length);
}

const first = (set) => (set.first ??= set.indexOf(1));
const [WITHIN, AROUND, EQUAL] = [1, 2, 3];

// Whether a set lies within another, around it, both (they are equal) or neither (0).
function compared(a, b) {
  if (a === b) return EQUAL;
  const full = FULL.get(a.length);
  let found = a === full ? AROUND : b === full ? WITHIN : EQUAL;
  if (!b[first(a)]) found &= AROUND;
  if (!a[first(b)]) found &= WITHIN;
  for (let i = 0; i < a.length && found; i++) if (a[i] !== b[i]) found &= a[i] ? AROUND : WITHIN;
  return found;
}

function union(a, b) {
  const set = a.slice();
  for (let i = 0; i < b.length; i++) if (b[i]) set[i] = 1;
  return kept(set);
}

// ---- one axis ---------------------------------------------------------------

// The reads of an axis' phases as lists, whatever form they came in.
export function unpacked(axis) {
  if (axis === null || axis === 0) return axis;
  const list = (reads) => (Array.isArray(reads) ? reads : Array.from({ length: reads.count }, (_, i) => reads.from + i * reads.step));
  return { jump: axis.jump, mode: axis.mode ?? "zeros", reads: axis.reads.map(list) };
}

// What a unit of an axis reads, beyond the borders too.
export function taps(axis, unit) {
  const turn = Math.floor(unit / axis.reads.length);
  return axis.reads[unit - turn * axis.reads.length].map((read) => read + turn * axis.jump);
}

// What a position stands for on an axis of n; -1 for nothing.
export function inside(index, n, mode) {
  if (index >= 0 && index < n) return index;
  if (mode === "reflect") return index < 0 ? -index : 2 * (n - 1) - index;
  if (mode === "replicate" || mode === "clamp") return index < 0 ? 0 : n - 1;
  return mode === "circular" ? ((index % n) + n) % n : -1;
}

// What was found before for the same axis and set: equal layers and paths that meet ask again and again.
const KNOWN = { back: new WeakMap(), forth: new WeakMap() };

function remembered(way, axis, set, sizes, find) {
  const bySet = KNOWN[way];
  if (!bySet.has(axis)) bySet.set(axis, new WeakMap());
  const byAxis = bySet.get(axis);
  const known = byAxis.get(set);
  if (known && known.sizes === sizes) return known.found;
  const found = find();
  byAxis.set(set, { sizes, found });
  return found;
}

export function axisBack(axis, set, n) {
  if (axis === 0) return set;
  if (axis === null) return full(n);
  return remembered("back", axis, set, n, () => pulled(axis, set, n));
}

function pulled(axis, set, n) {
  const found = new Uint8Array(n);
  const { reads, jump, mode } = axis;
  for (let unit = 0; unit < set.length; unit++) {
    if (!set[unit]) continue;
    const turn = Math.floor(unit / reads.length) * jump;
    for (const read of reads[unit % reads.length]) {
      const index = inside(read + turn, n, mode);
      if (index >= 0) found[index] = 1;
    }
  }
  return kept(found);
}

export function axisForth(axis, set, n, m) {
  if (axis === 0) return set;
  if (axis === null) return full(m);
  return remembered("forth", axis, set, m, () => pushed(axis, set, n, m));
}

function pushed(axis, set, n, m) {
  const found = new Uint8Array(m);
  for (let unit = 0; unit < m; unit++) {
    const turn = Math.floor(unit / axis.reads.length) * axis.jump;
    for (const read of axis.reads[unit % axis.reads.length]) {
      const index = inside(read + turn, n, axis.mode);
      if (index >= 0 && set[index]) {
        found[unit] = 1;
        break;
      }
    }
  }
  return kept(found);
}

// ---- channels ---------------------------------------------------------------

// The pairs (output channel, input channel) of the kinds that are read off one by one.
function* pairs(by, channelsIn, channelsOut) {
  if (by.kind === "select") {
    for (let o = 0; o < by.index.length; o++) if (by.index[o] >= 0) yield [o, by.index[o]];
  } else {
    const size = by.groups ?? 1;
    for (let o = 0; o < channelsOut; o++)
      for (let t = 0; t < size; t++) {
        const c = o - Math.floor(size / 2) + t;
        if (c >= 0 && c < channelsIn) yield [o, c];
      }
  }
}

// Every channel of a group with all of that group's on the other side.
function grouped(set, groups, to) {
  const found = new Uint8Array(to);
  const [here, there] = [set.length / groups, to / groups];
  for (let g = 0; g < groups; g++) if (set.subarray(g * here, (g + 1) * here).includes(1)) found.fill(1, g * there, (g + 1) * there);
  return found;
}

export function channelsBack(by, set, channelsIn, channelsOut) {
  if (by.kind === "dense") return full(channelsIn);
  if (by.kind === "groups") return grouped(set, by.groups ?? 1, channelsIn);
  if (by.kind === "same") return set;
  if (by.kind === "offset") return kept(set.subarray(by.offset ?? 0, (by.offset ?? 0) + channelsIn));
  const found = new Uint8Array(channelsIn);
  for (const [o, c] of pairs(by, channelsIn, channelsOut)) if (set[o]) found[c] = 1;
  return isEmpty(found) ? null : found;
}

export function channelsForth(by, set, channelsIn, channelsOut) {
  if (by.kind === "dense") return full(channelsOut);
  if (by.kind === "groups") return grouped(set, by.groups ?? 1, channelsOut);
  if (by.kind === "same") return set;
  const found = new Uint8Array(channelsOut);
  if (by.kind === "offset") {
    if ((by.offset ?? 0) >= channelsOut) return null;
    found.set(set, by.offset ?? 0);
    return kept(found);
  }
  for (const [o, c] of pairs(by, channelsIn, channelsOut)) if (set[c]) found[o] = 1;
  return isEmpty(found) ? null : found;
}

// ---- a layer ----------------------------------------------------------------

// A step: relation {axes, channels}; of and by, the sizes of input and output, channels first; last, whether
// their channels stand last in storage.

const moves = (step) => ["reshape", "shuffle", "unshuffle"].includes(step.relation.channels.kind);

export function stepBack(step, part) {
  if (moves(step)) return moved(step, part, true);
  const { relation, of, by } = step;
  const channels = channelsBack(relation.channels, part[0], of[0], by[0]);
  if (!channels) return [];
  if (of.length !== by.length) return [[channels, ...of.slice(1).map(full)]];
  const axes = axesOf(step).map((axis, i) => axisBack(axis, part[i + 1], of[i + 1]));
  return axes.includes(null) ? [] : [[channels, ...axes]];
}

export function stepForth(step, part) {
  if (moves(step)) return moved(step, part, false);
  const { relation, of, by } = step;
  const channels = channelsForth(relation.channels, part[0], of[0], by[0]);
  if (!channels) return [];
  if (of.length !== by.length) return [[channels, ...by.slice(1).map(full)]];
  const axes = axesOf(step).map((axis, i) => axisForth(axis, part[i + 1], of[i + 1], by[i + 1]));
  return axes.includes(null) ? [] : [[channels, ...axes]];
}

// Where places were joined or made anew, everything is read.
export const axesOf = ({ relation, by }) =>
  relation.axes.length === by.length - 1 ? relation.axes : by.slice(1).map(() => null);

// Layers that only move numbers, in ways that tie channels and places to one another.
function moved({ relation, of, by, last }, part, back) {
  const { kind, groups: r } = relation.channels;
  if (kind === "reshape") {
    const [here, there, sizes] = back ? [last[1], last[0], of] : [last[0], last[1], by];
    return reshaped(part, here, there, sizes);
  }
  return back === (kind === "shuffle") ? deepened(part, r) : widened(part, r);
}

function reshaped(part, here, there, sizes) {
  if (part.every((set) => set === FULL.get(set.length))) return [sizes.map(full)];
  let flat = Uint8Array.of(1);
  for (const set of here ? [...part.slice(1), part[0]] : part) flat = outer(flat, set);
  const order = there ? [...sizes.slice(1), sizes[0]] : sizes;
  return products(flat, order).map((sets) => (there ? [sets.at(-1), ...sets.slice(0, -1)] : sets));
}

function outer(a, b) {
  const found = new Uint8Array(a.length * b.length);
  for (let i = 0; i < a.length; i++) if (a[i]) found.set(b, i * b.length);
  return found;
}

// A set of numbers in storage order as products: slices that are alike together.
function products(flat, sizes) {
  if (sizes.length === 1) return isEmpty(flat) ? [] : [[flat]];
  const size = flat.length / sizes[0];
  const alike = new Map();
  for (let i = 0; i < sizes[0]; i++) {
    const slice = flat.subarray(i * size, (i + 1) * size);
    if (isEmpty(slice)) continue;
    const key = slice.join("");
    if (!alike.has(key)) alike.set(key, { set: new Uint8Array(sizes[0]), slice });
    alike.get(key).set[i] = 1;
  }
  return [...alike.values()].flatMap(({ set, slice }) => products(slice, sizes.slice(1)).map((rest) => [set, ...rest]));
}

// Phases of places to channels: c·r·r + p·r + q holds the places y·r + p, x·r + q.
function deepened([channels, ys, xs], r) {
  const found = [];
  for (let p = 0; p < r; p++)
    for (let q = 0; q < r; q++) {
      const deep = new Uint8Array(channels.length * r * r);
      channels.forEach((one, c) => (deep[c * r * r + p * r + q] = one));
      const phases = [ys, xs].map((set, i) => set.filter((_, at) => at % r === [p, q][i]));
      if (!phases.some(isEmpty)) found.push([deep, ...phases]);
    }
  return found;
}

function widened([channels, ys, xs], r) {
  const found = [];
  for (let p = 0; p < r; p++)
    for (let q = 0; q < r; q++) {
      const wide = channels.filter((_, at) => at % (r * r) === p * r + q);
      if (!isEmpty(wide)) found.push([wide, stretched(ys, r, p), stretched(xs, r, q)]);
    }
  return found;
}

function stretched(set, r, phase) {
  const found = new Uint8Array(set.length * r);
  set.forEach((one, at) => (found[at * r + phase] = one));
  return found;
}

// ---- unions -----------------------------------------------------------------

export const MOST = 96; // parts of one value; beyond that their hull stands for them, which is said

// The union of parts: none lies in another, and those that differ on one axis alone are one.
export function joined(arrived) {
  if (arrived.length < 2) return arrived;
  const parts = alike(arrived).reduce(added, []);
  if (parts.length <= MOST) return parts;
  const hull = parts.reduce((a, b) => a.map((set, i) => union(set, b[i])));
  hull.isHull = true;
  return [hull];
}

// Parts of the same places, their channels together: the many that meet in a concatenation.
function alike(parts) {
  const groups = [];
  for (const part of parts) {
    const group = groups.find((each) => part.every((set, i) => i === 0 || set === each[i]));
    if (!group) groups.push([...part]);
    else if (group[0] !== part[0]) group[0] = union(group[0], part[0]);
  }
  return groups;
}

function added(parts, part) {
  const left = [];
  for (const old of parts) {
    let [whole, differing] = [EQUAL, -1]; // the axis on which they differ; -2 where there are several
    for (let i = part.length - 1; i >= 0 && (whole || differing !== -2); i--) {
      const how = compared(part[i], old[i]);
      whole &= how;
      if (how !== EQUAL) differing = differing === -1 ? i : -2;
    }
    if (whole & WITHIN) return parts;
    if (whole & AROUND) continue;
    if (differing >= 0) {
      const one = part.with(differing, union(part[differing], old[differing]));
      return added(parts.filter((other) => other !== old), one);
    }
    left.push(old);
  }
  left.push(part);
  return left;
}
