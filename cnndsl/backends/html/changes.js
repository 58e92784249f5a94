// A network with some layers changed: sizes and reads again from there on, and where a setting does not fit.

import { linked } from "./network.js";

const same = (a, b) => a.length === b.length && a.every((size, i) => size === b[i]);
const shown = (sizes) => sizes.join("×");
const reach = (w) => w.dilation * (w.kernel - 1) + 1;

// The network with new windows for some nodes (a Map by index), and what is wrong by node: text.
export function changed(net, edits) {
  const wrong = new Map();
  const nodes = [];
  for (const old of net.nodes) {
    const node = { ...old };
    nodes.push(node);
    if (!old.inputs.length) continue;
    const broken = old.inputs.find((value) => wrong.has(value.node));
    const before = old.inputs.map((value) => net.nodes[value.node].shapes[value.port]);
    const now = old.inputs.map((value) => nodes[value.node].shapes[value.port]);
    if (broken) wrong.set(old.index, "");
    else if (edits.has(old.index) || !before.every((sizes, i) => same(sizes, now[i]))) {
      try {
        Object.assign(node, remade(old, now, edits.get(old.index)));
      } catch (problem) {
        if (!(problem instanceof Misfit)) throw problem;
        wrong.set(old.index, problem.message);
      }
    }
  }
  return { net: linked({ ...net, nodes }), wrong };
}

class Misfit extends Error {}

function remade(node, inputs, windows) {
  const { rule } = node.layer;
  const moving = windows ?? rule.windows;
  const made = RULES[rule.is];
  if (!made) throw new Misfit(`what ${node.layer.call} makes of ${shown(inputs[0])} only the program can tell: edit the file`);
  return made(node, inputs, moving, rule);
}

const RULES = {
  slide: (node, [input], windows, rule) => slid(node, input, windows, (n, w, i) => sliding(node, n, w, i, rule.ceil)),
  same: (node, [input], windows) => {
    const placed = windows.map((w, i) => {
      const most = Math.max((Math.ceil(input[i + 1] / w.stride) - 1) * w.stride + reach(w) - input[i + 1], 0);
      return { ...w, before: Math.floor(most / 2), after: Math.ceil(most / 2) };
    });
    return slid(node, input, placed, (n, w) => Math.ceil(n / w.stride));
  },
  spread: (node, [input], windows, rule) => {
    const over = windows.findIndex((w, i) => rule.room[i] && rule.room[i] >= Math.max(w.stride, w.dilation));
    if (over >= 0) throw new Misfit(`output_padding=${rule.room[over]} is not below stride or dilation`);
    const sizes = windows.map((w, i) => (input[i + 1] - 1) * w.stride - w.before - w.after + reach(w) + rule.room[i]);
    if (sizes.some((size) => size < 1)) throw new Misfit("the padding cuts off all of the result");
    return withReads(node, [node.shapes[0][0], ...sizes], windows.map(spread));
  },
  shares: (node, [input], _, rule) => {
    const sizes = input.slice(1).map((n, i) => rule.aims[i] ?? n);
    const axes = sizes.map((m, i) => ({ jump: input[i + 1], mode: "zeros", reads: shares(input[i + 1], m) }));
    return withReads(node, [input[0], ...sizes], axes);
  },
  scale: (node, [input], _, rule) => {
    const sizes = input.slice(1).map((n, i) => Math.floor((n * rule.by[i][0]) / rule.by[i][1]));
    if (sizes.some((size) => size < 1)) throw new Misfit(`nothing is left of ${shown(input)}`);
    return { shapes: [[input[0], ...sizes]] };
  },
  places: (node, inputs) => {
    const [first, ...others] = inputs.map((sizes) => sizes.slice(1));
    if (others.some((sizes) => !same(sizes, first))) throw new Misfit(`${inputs.map(shown).join(" and ")} do not fit together`);
    return { shapes: node.shapes.map((sizes) => [sizes[0], ...first]) };
  },
  one: (node) => ({ shapes: node.shapes }),
  flatten: (node, [input]) => ({ shapes: [[input.reduce((a, b) => a * b, 1)]] }),
  flat: (node, inputs) => {
    const kinds = node.reads[0].map((relation) => relation?.channels.kind);
    if (kinds.every((kind) => kind === "dense")) return { shapes: node.shapes };
    if (kinds.some((kind) => kind !== "same")) throw new Misfit(`what ${node.layer.call} makes of it only the program can tell: edit the file`);
    if (inputs.some((sizes) => !same(sizes, inputs[0]))) throw new Misfit(`${inputs.map(shown).join(" and ")} do not fit together`);
    return { shapes: [inputs[0]] };
  },
  shuffle: (node, [input], _, { by }) => ({ shapes: [[node.shapes[0][0], ...input.slice(1).map((n) => n * by)]] }),
  unshuffle: (node, [input], _, { by }) => {
    if (input.slice(1).some((n) => n % by)) throw new Misfit(`${shown(input)} cannot be divided by ${by}`);
    return { shapes: [[node.shapes[0][0], ...input.slice(1).map((n) => n / by)]] };
  },
};

function slid(node, input, windows, sizeOf) {
  const sizes = windows.map((w, i) => sizeOf(input[i + 1], w, i));
  const modes = node.reads[0][0].axes.map((axis) => axis?.mode ?? "zeros");
  const axes = windows.map((w, i) => ({ jump: w.stride, mode: modes[i], reads: [Array.from({ length: w.kernel }, (_, t) => t * w.dilation - w.before)] }));
  return withReads(node, [node.shapes[0][0], ...sizes], axes);
}

function withReads(node, sizes, axes) {
  return { shapes: [sizes], reads: [[{ ...node.reads[0][0], axes }]] };
}

// How many windows there are on an axis of n; as cnndsl/ops/padding.py counts them.
function sliding(node, n, w, axis, ceil) {
  const total = n + w.before + w.after;
  const most = Math.max(w.before, w.after);
  const mode = node.reads[0][0].axes[axis]?.mode ?? "zeros";
  const room = { reflect: n - 1, circular: n }[mode];
  if (room !== undefined && most > room) throw new Misfit(`${mode} padding of ${most} needs more than the ${n} positions there are`);
  if (node.layer.kind === "pooling" && most > Math.floor(reach(w) / 2))
    throw new Misfit(`padding of ${most} is more than half of the window, which spans ${reach(w)}`);
  const short = Math.max(reach(w) - w.stride - w.after, 0);
  const count = ceil ? Math.ceil((n + w.before - short) / w.stride) : Math.floor((total - reach(w)) / w.stride) + 1;
  if (count < 1 || (ceil && total < 1)) throw new Misfit(`the kernel does not fit: it spans ${reach(w)}, the input only ${total}`);
  return count;
}

// Transposed convolution: as cnndsl/relation.py.
function spread(w) {
  const reads = [];
  for (let phase = 0; phase < w.stride; phase++) {
    const offsets = Array.from({ length: w.kernel }, (_, t) => phase + w.before - w.dilation * t);
    reads.push(offsets.filter((offset) => offset % w.stride === 0).map((offset) => offset / w.stride).sort((a, b) => a - b));
  }
  return { jump: 1, mode: "zeros", reads };
}

function shares(n, m) {
  return Array.from({ length: m }, (_, i) => {
    const start = Math.floor((i * n) / m);
    return Array.from({ length: Math.ceil(((i + 1) * n) / m) - start }, (_, t) => start + t);
  });
}
