// The network: what its layers read, folded back from a unit and forth from a position (cnndsl/fold.py, sight.py).

import { full, joined, single, stepBack, stepForth, unpacked } from "./relations.js";

// The network of a record (cnndsl/backends/html/record.py): every node with its sizes and its steps.
export function network(record) {
  const relations = record.relations.map(({ axes, channels }) => ({ axes: axes.map(unpacked), channels }));
  const nodes = record.nodes.map((node, index) => {
    const layer = record.layers[node.layer];
    const inputs = [];
    for (let i = 0; i < (node.inputs ?? []).length; i += 2) inputs.push({ node: node.inputs[i], port: node.inputs[i + 1] });
    const reads = layer.reads.map((each) => each.map((number) => (number === null ? null : relations[number])));
    return { ...node, index, inputs, layer, shapes: layer.shapes, reads, name: named(node) };
  });
  return linked({ ...record, nodes });
}

const named = (node) => (node.call ? `${node.path}@${node.call}` : node.path);

// With the steps of every node: what each of its outputs reads of each of its inputs, on their sizes.
export function linked(net) {
  for (const node of net.nodes) {
    const last = node.layer.last ?? [[], []];
    node.steps = node.reads.map((relations, port) =>
      relations.flatMap((relation, place) => {
        if (relation === null) return [];
        const value = node.inputs[place];
        const of = net.nodes[value.node].shapes[value.port];
        return [{ node, port, place, value, relation, of, by: node.shapes[port], last: [last[0][place], last[1][port]] }];
      }),
    );
  }
  for (const node of net.nodes) node.readers = node.shapes.map(() => []);
  for (const node of net.nodes) for (const steps of node.steps) for (const step of steps) net.nodes[step.value.node].readers[step.value.port].push(step);
  return net;
}

// A unit as a part: a channel, or all of them (null), at a place.
export function unit(sizes, channel, place) {
  return [channel === null ? full(sizes[0]) : single(sizes[0], channel), ...place.map((at, i) => single(sizes[i + 1], at))];
}

// What a part of a value reads of every value before it: by node and port, lists of parts.
export function back(net, node, port, part) {
  const found = net.nodes.map(() => []);
  found[node][port] = [part];
  for (let index = node; index >= 0; index--)
    for (const [from, steps] of entries(net.nodes[index], found[index])) {
      const parts = (found[index][from] = joined(found[index][from]));
      for (const step of steps) arrive(found, step.value.node, step.value.port, step, parts, stepBack);
    }
  return found;
}

// An input has no steps, and is arrived at all the same.
const entries = (node, parts) => parts.map((_, port) => [port, node.steps[port] ?? []]).filter(([port]) => parts[port]);

// Which units of every value after it a part of a value reaches.
export function forth(net, node, port, part) {
  const found = net.nodes.map(() => []);
  found[node][port] = [part];
  for (const { index, steps } of net.nodes.slice(node + 1)) {
    for (const each of steps)
      for (const step of each) {
        const parts = found[step.value.node][step.value.port];
        if (parts) arrive(found, index, step.port, step, parts, stepForth);
      }
    found[index] = found[index].map(joined);
  }
  return found;
}

function arrive(found, node, port, step, parts, pass) {
  for (const part of parts) {
    const passed = pass(step, part);
    if (passed.length) (found[node][port] ??= []).push(...passed);
  }
}

// The first and last position of a set.
export function span(set) {
  return [set.indexOf(1), set.lastIndexOf(1)];
}

// On each axis (channels first) all that some parts touch, as one set.
export function shadow(parts) {
  return parts[0].map((_, i) => parts.map((part) => part[i]).reduce((a, b) => (a === b ? a : Uint8Array.from(a, (one, at) => one | b[at]))));
}

// How many places some parts cover, channels not counted.
export function places(parts, sizes) {
  if (parts.length === 1) return parts[0].slice(1).reduce((total, set) => total * set.reduce((a, b) => a + b, 0), 1);
  const seen = new Uint8Array(sizes.slice(1).reduce((a, b) => a * b, 1));
  for (const part of parts) {
    let flat = [0];
    part.slice(1).forEach((set, i) => {
      const here = [];
      for (const base of flat) for (let at = 0; at < set.length; at++) if (set[at]) here.push(base * sizes[i + 1] + at);
      flat = here;
    });
    for (const at of flat) seen[at] = 1;
  }
  return seen.reduce((a, b) => a + b, 0);
}
