// The explorer: point at a unit of a feature map, and what it sees and reaches lights up in all others.

import { called, callOf, cards, opened, scopes, title } from "./cards.js";
import { changed } from "./changes.js";
import { base, geometry, hatching, heated, hit, mark, paint, paintPadding, spot } from "./drawing.js";
import { influence, summary } from "./influence.js";
import { back, forth, network, places, shadow, span, unit } from "./network.js";
import { axesOf, taps } from "./relations.js";

const WIDE = 380; // pixels of an input's map, and of the others
const NARROW = 180;
const PATIENCE = 120; // milliseconds

export class Explorer {
  constructor(root, record, choose) {
    this.root = root;
    this.file = network(record); // as the program says it
    this.net = this.file;
    this.choose = choose;
    this.open = opened(this.file);
    this.edits = new Map();
    this.wrong = new Map();
    this.channel = null;
    this.notice = ""; // why a picture is not shown
    this.heats = false; // whether influence is shown
    this.over = null; // the unit that is pointed at: {card, place, channel}
    this.pinned = null;
    this.pictures = new Map();
    this.board = root.querySelector(".board");
    this.inputs = root.querySelector(".inputs");
    this.readout = root.querySelector(".readout");
    this.live = root.querySelector(".live");
    this.build();
    this.controls();
  }

  // ---- maps ---------------------------------------------------------------------
  build() {
    const kept = this.at && { ...this.at, id: this.at.card.id };
    this.cards = cards(this.net, this.open);
    this.inputs.replaceChildren();
    this.board.replaceChildren();
    for (const card of this.cards) {
      const isInput = !card.node.inputs.length;
      card.shape = geometry(this.net, card, isInput ? WIDE : NARROW);
      card.element = this.element(card);
      (isInput ? this.inputs : this.board).append(card.element);
    }
    this.recolour();
    if (kept) this.restore(kept);
  }

  element(card) {
    const { name, call } = title(card);
    const figure = make("figure", { class: `card kind-${card.scope === null ? card.nodes[0].layer.kind : "scope"}` });
    const choose = make("button", { class: "name", title: "choose this layer" }, name);
    choose.addEventListener("click", () => this.choose((card.scope === null ? card.nodes[0] : card.node).name));
    const head = make("figcaption", {}, choose, make("span", { class: "call" }, call));
    if (this.wrong.has(card.node.index)) return this.broken(card, figure, head);
    const canvas = make("canvas", { tabindex: 0, role: "application", "aria-roledescription": "feature map" });
    canvas.setAttribute("aria-label", `${name}, ${call}, ${card.shape.sizes.join("×")}; arrow keys move, Enter pins`);
    card.canvas = canvas;
    fit(canvas, card.shape);
    this.listen(card);
    head.append(make("span", { class: "sizes" }, card.shape.sizes.join("×")));
    figure.append(head, canvas, this.folds(card));
    return figure;
  }

  broken(card, figure, head) {
    const reason = this.wrong.get(card.node.index);
    figure.classList.add("broken");
    figure.append(head, make("p", { class: "misfit" }, reason || "depends on what does not fit"));
    return figure;
  }

  // Buttons that open a block, or close the one that a layer stands in.
  folds(card) {
    const row = make("div", { class: "folds" });
    const button = (words, scope, open) => {
      const one = make("button", { class: "fold", "aria-expanded": String(!open) }, words);
      one.addEventListener("click", () => this.fold(scope, open));
      row.append(one);
    };
    if (card.scope !== null) button(`open ${card.scope}`, card.scope, true);
    const around = scopes(card.nodes[0]).filter((path) => this.open.has(path)).at(-1);
    if (around && this.startsScope(card, around)) button(`close ${around}`, around, false);
    return row;
  }

  startsScope(card, scope) {
    const before = this.net.nodes[card.nodes[0].index - 1];
    return !before || !scopes(before).includes(scope) || callOf(before, scope) !== callOf(card.nodes[0], scope);
  }

  fold(scope, open) {
    if (open) this.open.add(scope);
    else this.open = new Set([...this.open].filter((path) => path !== scope && !path.startsWith(`${scope}.`)));
    this.build();
    this.board.querySelector(`[aria-expanded="${open}"]`)?.focus({ preventScroll: true });
  }

  // What another explorer goes on with: blocks that are open, pictures, the unit that is looked at.
  kept() {
    const { at, open, pictures, channel, heats } = this;
    return { open, pictures, channel, heats, at: at && { ...at, id: at.card.id, pinned: Boolean(this.pinned) } };
  }

  resume({ open, pictures, channel, heats, at }) {
    this.open = new Set([...this.open, ...open]);
    this.pictures = new Map([...pictures].filter(([index]) => this.net.inputs.includes(index)));
    this.channel = channel;
    this.heats = heats;
    this.root.querySelector(".channel").value = channel ?? "";
    this.root.querySelector(".heat").checked = heats;
    this.build();
    if (at) this.restore(at);
  }

  // The same unit, where it is still there.
  restore({ id, place, channel, pinned }) {
    const card = this.cards.find((each) => each.id === id && each.canvas);
    const fits = card && place.every((at, i) => at < card.shape.sizes[i + 1]) && (channel === null || channel < card.shape.sizes[0]);
    if (fits) this.show({ card, place, channel }, pinned);
    else this.release();
  }

  // ---- pointing -----------------------------------------------------------------
  listen(card) {
    const { canvas } = card;
    const at = (event) => {
      const box = canvas.getBoundingClientRect();
      return this.unitAt(card, hit(card.shape, ((event.clientX - box.left) / box.width) * card.shape.width, ((event.clientY - box.top) / box.height) * card.shape.height));
    };
    canvas.addEventListener("pointermove", (event) => !this.pinned && this.show(at(event)));
    canvas.addEventListener("pointerleave", () => !this.pinned && document.activeElement !== canvas && this.show(null));
    canvas.addEventListener("click", (event) => this.pin(at(event)));
    canvas.addEventListener("focus", () => canvas.matches(":focus-visible") && this.at?.card !== card && this.show(this.middle(card), this.pinned));
    canvas.addEventListener("keydown", (event) => this.key(card, event));
    canvas.addEventListener("blur", () => !this.pinned && this.show(null));
  }

  unitAt(card, where) {
    if (!where) return null;
    const { sizes, flat, columns } = card.shape;
    if (flat) return { card, place: [], channel: where[0] * columns + where[1] };
    const deep = sizes.length === 4 ? [sizes[1] >> 1] : [];
    const place = sizes.length === 2 ? [where[1]] : [...deep, ...where];
    return { card, place, channel: this.channelOf(card) };
  }

  channelOf(card) {
    return this.channel === null ? null : Math.min(this.channel, card.shape.sizes[0] - 1);
  }

  middle(card) {
    return this.unitAt(card, card.shape.flat ? [0, 0] : [card.shape.rows >> 1, card.shape.columns >> 1]);
  }

  get at() {
    return this.pinned ?? this.over;
  }

  pin(where) {
    const { at } = this;
    if (!where || (this.pinned && at.card === where.card && String(at.place) === String(where.place) && at.channel === where.channel)) this.release();
    else this.show(where, true);
  }

  release() {
    this.show(null);
  }

  show(where, pinned = false) {
    this.over = where;
    if (where?.card.node.inputs.length) this.notice = ""; // an input is pointed at while a file is dropped on it
    this.pinned = pinned && where ? where : null;
    this.root.classList.toggle("pinned", Boolean(this.pinned));
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.follow();
      this.draw();
    });
  }

  key(card, event) {
    const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    const here = this.at?.card === card ? this.at : this.middle(card);
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in moves) this.show(this.step(here, moves[event.key], event.shiftKey ? 5 : 1), Boolean(this.pinned));
    else if (event.key === "Enter" || event.key === " ") this.pinned ? this.show(here) : this.show(here, true);
    else if (event.key === "Escape") this.show(here);
    else if (event.key === "PageDown" || event.key === "PageUp") this.walk(card, event.key === "PageDown" ? 1 : -1);
    else return;
    event.preventDefault();
  }

  step({ card, place, channel }, [down, right], times) {
    const { rows, columns } = card.shape;
    const [row, column] = spot(card.shape, channel, place);
    const clip = (at, n) => Math.max(0, Math.min(n - 1, at));
    const next = this.unitAt(card, [clip(row + down * times, rows), clip(column + right * times, columns)]);
    return next.channel !== null && next.channel >= card.shape.sizes[0] ? { card, place, channel } : { ...next, place: [...place.slice(0, -2), ...next.place.slice(-2)] };
  }

  // The next or previous map, at its middle.
  walk(card, way) {
    const shown = this.cards.filter((each) => each.canvas);
    const next = shown[shown.indexOf(card) + way];
    if (!next) return;
    const pinned = Boolean(this.pinned);
    this.show(null);
    next.canvas.focus();
    this.show(this.middle(next), pinned);
  }

  // ---- what it sees ---------------------------------------------------------------
  follow() {
    const { at } = this;
    this.seen = this.reached = [];
    if (at) {
      const { node, port } = at.card;
      const part = unit(at.card.shape.sizes, at.channel, at.place);
      this.seen = back(this.net, node.index, port, part);
      this.reached = forth(this.net, node.index, port, part);
    }
    this.root.querySelector(".channel").max = this.lastChannel();
    this.heat = null;
    clearTimeout(this.heating);
    if (at && this.heats) this.heating = setTimeout(() => this.warm(), PATIENCE);
    this.tell();
  }

  // How much each place counts: takes longer, so that it comes once the pointer rests.
  warm() {
    const { at, net } = this;
    if (!at || net.inputs.includes(at.card.node.index)) return;
    const { maps, doubts } = influence(net, at.card.node.index, at.card.port, at.channel ?? 0, at.place);
    this.heat = { maps: new Map(maps.map((map, i) => [net.inputs[i], summary(map)])), doubts };
    this.tell();
    this.draw();
  }

  tell() {
    const words = [...this.words(), ...(this.notice ? [this.notice] : [])];
    this.readout.replaceChildren(...words.map((line) => make("p", {}, line)));
    clearTimeout(this.telling);
    this.telling = setTimeout(() => (this.live.textContent = words.join(" ")), 250);
  }

  words() {
    const { at } = this;
    if (!at) return [this.root.dataset.hint];
    const inputs = this.net.inputs.map((index) => this.net.nodes[index]);
    const isLast = !at.card.shape.flat && this.channel !== null && this.channel > at.channel; // fewer than were asked for
    const head = `${called(at.card)}, ${position(at)}${isLast ? " (its last)" : ""}`;
    if (inputs.includes(at.card.node)) return [head, ...this.ends()];
    return [head, ...inputs.map((node) => `sees of ${node.path}: ${extent(this.seen[node.index][0], node.shapes[0])}`), ...this.bordered(), ...this.warmth(inputs)];
  }

  // How layers on the way stand for what lies beyond the borders, where not by zeros.
  bordered() {
    const found = new Map();
    for (const node of this.net.nodes)
      for (const step of node.steps.flat())
        axesOf(step).forEach((axis, i) => {
          const parts = this.seen[node.index][step.port];
          if (parts && axis && axis.mode in BORDERS && parts.some((part) => isBeyond(axis, part[i + 1], step.of[i + 1])))
            found.set(axis.mode, (found.get(axis.mode) ?? new Set()).add(node.path));
        });
    return [...found].map(([mode, layers]) => `beyond the borders ${BORDERS[mode]} (${[...layers].join(", ")})`);
  }

  // The influence in numbers.
  warmth(inputs) {
    if (!this.heat) return [];
    const lines = inputs.flatMap((node) => {
      const found = this.heat.maps.get(node.index);
      if (!found) return [];
      const radius = found.deviation.map((each) => (2 * each).toFixed(1)).join("×");
      return [`95 % of the influence in ${found.core.toLocaleString("en")} places of ${node.path}; effective radius ${radius}`];
    });
    const [doubt] = this.heat.doubts;
    return [...lines, ...(doubt ? [`approximate: ${doubt}`] : [])];
  }

  // What an input's number reaches at the outputs.
  ends() {
    return this.net.outputs.map(([name, node, port]) => {
      const parts = this.reached[node]?.[port];
      return parts ? `reaches ${name}: ${extent(parts, this.net.nodes[node].shapes[port])}` : `does not reach ${name}`;
    });
  }

  // ---- drawing --------------------------------------------------------------------
  recolour() {
    const style = getComputedStyle(this.root);
    const names = ["map", "ring", "grid", "grid-on-picture", "sees", "most", "reaches", "padding", "unit", "unit-line"];
    this.colours = Object.fromEntries(names.map((name) => [name.replace(/-(.)/g, (_, letter) => letter.toUpperCase()), style.getPropertyValue(`--x-${name}`).trim()]));
    for (const card of this.cards) {
      if (!card.canvas) continue;
      card.plain = new OffscreenCanvas(card.canvas.width, card.canvas.height);
      const context = scaled(card.plain.getContext("2d"), card);
      base(context, card.shape, this.colours, this.pictures.get(card.node.index));
      card.blank = false;
    }
    this.pattern = hatching(this.cards.find((card) => card.canvas).canvas.getContext("2d"), this.colours.padding);
    this.draw();
  }

  draw() {
    for (const card of this.cards) {
      if (!card.canvas) continue;
      const seen = this.seen?.[card.node.index]?.[card.port];
      const reached = this.reached?.[card.node.index]?.[card.port];
      const lit = Boolean(seen || reached);
      card.element.classList.toggle("lit", lit);
      if (!lit && card.blank) continue;
      card.blank = !lit;
      this.drawCard(card, seen, reached);
    }
  }

  drawCard(card, seen, reached) {
    const context = card.canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, card.canvas.width, card.canvas.height);
    context.drawImage(card.plain, 0, 0);
    scaled(context, card);
    const { at, colours, shape } = { ...this, shape: card.shape, at: this.at };
    if (!at) return;
    const own = at.card === card;
    if (!own && reached) paint(context, shape, reached, colours.reaches, 0.72);
    const warm = this.heat?.maps.get(card.node.index);
    if (!own && warm) heated(context, shape, warm.shares, colours);
    else if (!own && seen) paint(context, shape, seen, colours.sees, this.pictures.has(card.node.index) ? 0.5 : 0.72);
    paintPadding(context, shape, this.net.nodes[card.node.index], card.port, this.seen, this.pattern);
    if (own) mark(context, shape, spot(shape, at.channel, at.place), colours);
  }

  // ---- controls -------------------------------------------------------------------
  // The last channel of the map that is pointed at, else of the map that has most.
  lastChannel() {
    const maps = this.at && !this.at.card.shape.flat ? [this.at.card] : this.cards.filter((card) => !card.shape.flat);
    return Math.max(0, ...maps.map((card) => card.shape.sizes[0] - 1));
  }

  controls() {
    const field = this.root.querySelector(".channel");
    field.addEventListener("input", () => {
      this.channel = field.value === "" ? null : Math.max(0, Math.min(this.lastChannel(), Math.floor(Number(field.value))));
      if (this.channel !== null && Number(field.value) !== this.channel) field.value = this.channel;
      if (this.at && !this.at.card.shape.flat) this.show({ ...this.at, channel: this.channelOf(this.at.card) }, Boolean(this.pinned));
    });
    this.root.querySelector(".heat").addEventListener("change", ({ target }) => {
      this.heats = target.checked;
      this.show(this.at, Boolean(this.pinned));
    });
    this.root.addEventListener("keydown", (event) => event.key === "Escape" && this.release());
    const file = this.root.querySelector(".file");
    file.addEventListener("change", () => {
      if (file.files[0]) this.load(file.files[0]);
      file.value = ""; // the same may be chosen again
    });
    this.inputs.addEventListener("dragover", (event) => event.preventDefault());
    this.inputs.addEventListener("drop", (event) => {
      event.preventDefault();
      const { files } = event.dataTransfer;
      const dropped = [...files].find((each) => each.type.startsWith("image/")) ?? files[0];
      if (dropped) this.load(dropped, event.target);
      else this.notify("what was dropped is no file");
    });
  }

  // A picture of the reader's own, laid under an input; it stays in this page.
  load(file, target) {
    const reader = new FileReader();
    reader.addEventListener("load", () => {
      const image = new Image();
      image.addEventListener("load", () => this.lay(image, target));
      image.addEventListener("error", () => this.notify(`${file.name} is no picture that this browser shows`));
      image.src = reader.result;
    });
    reader.readAsDataURL(file);
  }

  notify(words) {
    this.notice = words;
    this.tell();
  }

  lay(image, target) {
    const inputs = this.cards.filter((card) => !card.node.inputs.length && card.shape.sizes.length > 2);
    const card = inputs.find((each) => each.canvas === target) ?? inputs[0];
    this.notify(card ? "" : "there is no input here that a picture is laid under");
    if (!card) return;
    const { columns, rows } = card.shape;
    const tile = new OffscreenCanvas(columns, rows);
    const scale = Math.max(columns / image.width, rows / image.height); // its middle, in the shape of the map
    const [wide, high] = [columns / scale, rows / scale];
    tile.getContext("2d").drawImage(image, (image.width - wide) / 2, (image.height - high) / 2, wide, high, 0, 0, columns, rows);
    this.pictures.set(card.node.index, tile);
    this.recolour();
  }

  // ---- changes --------------------------------------------------------------------
  change(edits) {
    this.edits = edits;
    const { net, wrong } = changed(this.file, edits);
    this.net = edits.size ? net : this.file;
    this.wrong = wrong;
    const at = this.at;
    this.build();
    if (!at) this.show(null);
  }
}

export function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function fit(canvas, shape) {
  const ratio = devicePixelRatio || 1;
  [canvas.width, canvas.height] = [Math.ceil((shape.width + 1) * ratio), Math.ceil((shape.height + 1) * ratio)];
  [canvas.style.width, canvas.style.height] = [`${shape.width + 1}px`, `${shape.height + 1}px`];
}

function scaled(context, card) {
  const ratio = devicePixelRatio || 1;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.imageSmoothingEnabled = false;
  return context;
}

const BORDERS = { reflect: "the map is mirrored", replicate: "its border is repeated", circular: "it begins anew from the other side" };

function isBeyond(axis, set, n) {
  const [first, last] = span(set);
  return taps(axis, first).some((read) => read < 0) || taps(axis, last).some((read) => read >= n);
}

const AXES = ["depth", "row", "column"];
const axesNamed = (rank) => (rank === 1 ? ["position"] : AXES.slice(3 - rank));

function position({ card, place, channel }) {
  if (card.shape.flat) return `unit ${channel}`;
  const where = axesNamed(place.length).map((name, i) => `${name} ${place[i]}`);
  return [...where, ...(channel === null ? [] : [`channel ${channel}`])].join(", ");
}

// What some parts cover: rows 8–21, columns 10–23: 14×14, all 196 places.
export function extent(parts, sizes) {
  if (!parts) return "nothing";
  const [channels, ...axes] = shadow(parts);
  const read = channels.reduce((a, b) => a + b, 0);
  const some = read < sizes[0] ? `${read} of ${sizes[0]} ${axes.length ? "channels" : "numbers"}` : "";
  if (!axes.length) return some || `all ${sizes[0]} numbers`;
  const spans = axes.map(span);
  const where = axesNamed(axes.length).map((name, i) => `${name}s ${spans[i][0]}–${spans[i][1]}`);
  const lengths = spans.map(([first, last]) => last - first + 1);
  const [count, area] = [places(parts, sizes), lengths.reduce((a, b) => a * b, 1)];
  const holes = count < area ? `, ${count.toLocaleString("en")} of ${area.toLocaleString("en")} places` : "";
  const hull = parts.some((part) => part.isHull) ? " (their hull)" : "";
  return `${where.join(", ")}: ${lengths.join("×")}${holes}${hull}${some && `, ${some}`}`;
}
