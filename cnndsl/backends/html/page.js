// The page: choose a layer in one place, see it in all; the explorer's sliders; light and dark.

import { Explorer, make } from "./explorer.js";

class Page {
  constructor(kept = {}) {
    this.data = JSON.parse(document.getElementById("data").textContent);
    this.nodes = this.data.net?.nodes ?? [];
    this.names = new Map(this.nodes.map((node, index) => [node.call ? `${node.path}@${node.call}` : node.path, index]));
    const choose = (name) => this.choose(name);
    if (this.data.net) this.explorer = new Explorer(document.getElementById("explorer"), this.data.net, choose);
    this.boxes = new Map(Object.entries(this.data.boxes).flatMap(([id, nodes]) => nodes.map((index) => [index, id])));
    this.listen();
    this.theme();
    const named = decodeURIComponent(location.hash.slice(1));
    if (this.names.has(named)) this.choose(named);
    if (this.explorer && kept.explorer) this.explorer.resume(kept.explorer);
    scrollTo(0, kept.scroll ?? scrollY);
  }

  // What the page that follows this one goes on with.
  kept() {
    return { explorer: this.explorer?.kept(), scroll: scrollY };
  }

  listen() {
    for (const row of document.querySelectorAll("[data-node]")) row.addEventListener("click", () => this.choose(row.dataset.node));
    for (const number of document.querySelectorAll("[data-line]")) number.addEventListener("click", () => this.chooseLine(number.dataset.line));
    for (const [id, nodes] of Object.entries(this.data.boxes)) {
      const box = document.getElementById(id);
      if (!box) continue;
      box.classList.add("box");
      box.addEventListener("click", () => this.choose(this.nameOf(nodes[(nodes.indexOf(this.chosen) + 1) % nodes.length])));
    }
    document.querySelector(".zoom")?.addEventListener("click", ({ target }) => {
      const isWhole = document.querySelector(".drawing").classList.toggle("whole");
      target.setAttribute("aria-pressed", String(isWhole));
      light(document.querySelector(".box.chosen"));
    });
  }

  nameOf(index) {
    const node = this.nodes[index];
    return node.call ? `${node.path}@${node.call}` : node.path;
  }

  // ---- a layer, everywhere ----------------------------------------------------------
  choose(name) {
    const index = this.names.get(name);
    if (index === undefined) return;
    this.clear();
    this.chosen = index;
    this.mark([index]);
    this.detail(index, name);
    history.replaceState(null, "", `#${encodeURIComponent(name)}`);
  }

  // All layers that a line of the source makes.
  chooseLine(place) {
    const [source, line] = place.split(":").map(Number);
    const found = this.nodes.flatMap((_, index) => (this.linesOf(index).some(([s, a, b]) => s === source && a <= line && line <= b) ? [index] : []));
    if (!found.length) return;
    this.choose(this.nameOf(found[0]));
    this.mark(found);
  }

  linesOf(index) {
    return (this.data.places[index] ?? []).map((number) => this.data.spans[number]);
  }

  mark(indices) {
    const names = new Set(indices.map((index) => this.nameOf(index)));
    for (const row of document.querySelectorAll("[data-node]")) if (names.has(row.dataset.node)) light(row);
    for (const index of indices) light(document.getElementById(this.boxes.get(index)));
    const [own, ...around] = this.linesOf(indices[0]);
    for (const [source, first, last] of around) for (let line = first; line <= last; line++) document.getElementById(`s${source}-${line}`)?.classList.add("around");
    if (own) for (let line = own[1]; line <= own[2]; line++) light(document.getElementById(`s${own[0]}-${line}`));
    for (const card of this.explorer?.cards ?? []) if (card.nodes.some((node) => indices.includes(node.index))) light(card.element);
  }

  clear() {
    for (const element of document.querySelectorAll(".chosen, .around")) element.classList.remove("chosen", "around");
    for (const element of document.querySelectorAll("[aria-current]")) element.removeAttribute("aria-current");
    this.chosen = undefined;
    const panel = document.getElementById("chosen");
    if (panel) panel.hidden = true;
  }

  // ---- what is known of it, and sliders -----------------------------------------------
  detail(index, name) {
    const panel = document.getElementById("chosen");
    if (!panel || !this.explorer) return;
    const node = this.explorer.net.nodes[index];
    panel.hidden = false;
    panel.querySelector(".name").textContent = name;
    panel.querySelector(".call").textContent = node.layer.call;
    const sizes = (value) => this.explorer.net.nodes[value.node].shapes[value.port].join("×");
    panel.querySelector(".flow").textContent = [node.inputs.map(sizes).join(", "), node.shapes.map((each) => each.join("×")).join(", ")].filter(Boolean).join(" → ");
    this.sliders(panel.querySelector(".sliders"), index);
  }

  sliders(root, index) {
    root.replaceChildren();
    const { layer } = this.explorer.file.nodes[index];
    const slides = ["slide", "same", "spread"].includes(layer.rule?.is) && ["convolution", "pooling"].includes(layer.kind);
    if (!slides) return;
    const windows = this.explorer.edits.get(index) ?? layer.rule.windows;
    for (const { name, label, places } of knobs(layer, windows)) {
      const value = windows[places[0]][name[0]];
      const id = `knob-${label.replace(/\W/g, "-")}`;
      const least = ["kernel", "stride", "dilation"].includes(name[0]) ? 1 : 0;
      const slider = make("input", { type: "range", id, min: least, max: Math.max(LARGEST[name[0]], value), value });
      const output = make("output", { for: id }, String(value));
      slider.addEventListener("input", () => {
        output.textContent = slider.value;
        this.turn(index, name, places, Number(slider.value));
      });
      root.append(make("label", { for: id }, label), slider, output);
    }
    const reset = make("button", { class: "reset" }, "as in the file");
    reset.addEventListener("click", () => this.reset(index));
    root.append(reset);
  }

  turn(index, name, places, value) {
    const old = this.explorer.edits.get(index) ?? this.explorer.file.nodes[index].layer.rule.windows;
    const windows = old.map((w, i) => (places.includes(i) ? { ...w, ...Object.fromEntries(name.map((each) => [each, value])) } : w));
    const edits = new Map(this.explorer.edits);
    const { path } = this.nodes[index];
    this.nodes.forEach((node, other) => node.path === path && edits.set(other, windows)); // a layer that is shared changes everywhere
    this.apply(edits, index);
  }

  reset(index) {
    const { path } = this.nodes[index];
    this.apply(new Map([...this.explorer.edits].filter(([other]) => this.nodes[other].path !== path)), index);
    this.sliders(document.querySelector("#chosen .sliders"), index);
  }

  apply(edits, index) {
    this.explorer.change(edits);
    this.mark([index]);
    const wrong = [...this.explorer.wrong].find(([, reason]) => reason);
    const told = document.querySelector("#explorer .changed");
    told.hidden = !edits.size;
    told.classList.toggle("wrong", Boolean(wrong));
    const layers = [...new Set([...edits.keys()].map((each) => this.nodes[each].path))].join(", ");
    told.textContent = wrong ? `${this.nameOf(wrong[0])}: ${wrong[1]}` : `changed here, not in the file: ${layers}`;
    const node = this.explorer.net.nodes[index];
    const sizes = (value) => this.explorer.net.nodes[value.node].shapes[value.port].join("×");
    document.querySelector("#chosen .flow").textContent = this.explorer.wrong.has(index)
      ? "does not fit"
      : `${node.inputs.map(sizes).join(", ")} → ${node.shapes.map((each) => each.join("×")).join(", ")}`;
  }

  // ---- light and dark -----------------------------------------------------------------
  theme() {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const put = (isDark) => {
      document.documentElement.dataset.theme = isDark ? "dark" : "light";
      this.explorer?.recolour();
    };
    const { dataset } = document.documentElement;
    put(dataset.theme ? dataset.theme === "dark" : dark.matches);
    dark.onchange = () => put(dark.matches);
    document.querySelector(".theme").onclick = () => put(dataset.theme !== "dark");
    document.querySelector(".print").onclick = () => print();
    let before = dataset.theme;
    window.onbeforeprint = () => {
      before = dataset.theme;
      put(false);
    };
    window.onafterprint = () => put(before === "dark");
  }
}

const LARGEST = { kernel: 15, stride: 8, dilation: 8, before: 12, after: 12 };
const AXIS = { 1: ["position"], 2: ["rows", "columns"], 3: ["depth", "rows", "columns"] };

// One knob for an argument where all axes have the same, else one for each axis.
function knobs(layer, windows) {
  const even = windows.every((w) => w.before === w.after);
  const names = [["kernel"], ["stride"], ["dilation"], ...(layer.rule.is === "same" ? [] : even ? [["before", "after"]] : [["before"], ["after"]])];
  const every = windows.map((_, i) => i);
  return names.flatMap((name) => {
    const word = name.length > 1 ? "padding" : name[0] === "before" || name[0] === "after" ? `padding ${name[0]}` : name[0];
    if (windows.every((w) => w[name[0]] === windows[0][name[0]])) return [{ name, label: word, places: every }];
    return every.map((i) => ({ name, label: `${word}, ${AXIS[windows.length][i]}`, places: [i] }));
  });
}

function light(element) {
  if (!element) return;
  element.classList.add("chosen");
  element.setAttribute("aria-current", "true");
  const frame = element.closest(".scrolls");
  if (!frame) return;
  const [inner, outer] = [element.getBoundingClientRect(), frame.getBoundingClientRect()];
  if (inner.top < outer.top + 40 || inner.bottom > outer.bottom) frame.scrollTop += inner.top - outer.top - outer.height / 3;
  if (inner.left < outer.left || inner.right > outer.right) frame.scrollLeft += inner.left - outer.left - outer.width / 3;
}

window.page = new Page();
