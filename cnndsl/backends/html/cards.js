// Which feature maps are shown: one for each layer, or one for a whole block that is closed.

const FEW = 16; // maps that are open at first

// The scopes that a node stands in, the outermost first.
export function scopes(node) {
  const parts = node.path.split(".");
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join("."));
}

// Which call of a scope a node belongs to: 1, or more where its weights are shared.
export function callOf(node, scope) {
  return node.calls?.[scopes(node).indexOf(scope)] ?? 1;
}

const numbered = (name, call) => (call > 1 ? `${name}@${call}` : name);

// The scopes to open at first: as many levels as leave few maps.
export function opened(net) {
  const levels = Math.max(...net.nodes.map((node) => scopes(node).length), 0);
  let open = new Set();
  for (let level = 1; level <= levels; level++) {
    const more = new Set(net.nodes.flatMap((node) => scopes(node).slice(0, level)));
    if (cards(net, more).length > FEW) break;
    open = more;
  }
  return open;
}

// A card shows one value: {node, port, nodes, scope}; layers that read just their own place go with what is before them.
export function cards(net, open) {
  const runs = [];
  for (const node of net.nodes) {
    const scope = scopes(node).find((path) => !open.has(path)) ?? null;
    const key = scope === null ? node.index : `${scope}@${callOf(node, scope)}`;
    const last = runs.at(-1);
    if (last && last.key === key) last.nodes.push(node);
    else if (last && scope === null && leans(node, last)) last.nodes.push(node);
    else runs.push({ key, scope, nodes: [node] });
  }
  return runs.flatMap(({ scope, nodes }) => {
    const node = nodes.at(-1);
    return node.shapes.map((_, port) => ({ node, port, nodes, scope, id: `${node.name}:${port}` }));
  });
}

function leans(node, run) {
  const before = run.nodes.at(-1);
  const steps = node.steps.flat();
  if (run.nodes[0].inputs.length === 0 || steps.length !== 1 || node.inputs.length !== 1 || before.shapes.length > 1) return false;
  const { value, relation } = steps[0];
  return value.node === before.index && relation.axes.every((axis) => axis === 0) && relation.channels.kind === "same";
}

const isUnlabelled = (node) => /^\d+$/.test(node.path.split(".").at(-1));

// What a map is called in a sentence.
export function called({ nodes, scope }) {
  const [first] = nodes;
  if (scope !== null) return numbered(scope, callOf(first, scope));
  return isUnlabelled(first) ? `${first.name} ${first.layer.call}` : first.name;
}

// What stands above a map.
export function title({ node, nodes, scope, port }) {
  if (!node.inputs.length) return { name: node.path, call: "input" };
  const several = node.shapes.length > 1 ? `[${port}]` : "";
  if (scope !== null) {
    const call = callOf(nodes[0], scope);
    return { name: numbered(scope, call) + several, call: `${nodes.length} layers${call > 1 ? ", again" : ""}` };
  }
  const [first, ...more] = nodes;
  const calls = more.map((each) => ` → ${each.layer.call}`).join("") + (first.call ? ", again" : "");
  if (isUnlabelled(first)) return { name: first.layer.call + several, call: first.name + calls };
  return { name: first.name + several, call: first.layer.call + calls };
}
