"""Diagrams: what is folded, where edges lead, that no text of a program becomes DOT, and that the same bytes come again.

The golden file is written anew by `WRITE_GOLDEN=1 pytest tests/backends/test_dot.py`, and read in the diff.
"""

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import networkx as nx
import pytest

from cnndsl import ops
from cnndsl.backends.dot import source
from cnndsl.backends.dot.colouring import mixed
from cnndsl.backends.dot.figures import flow, seen
from cnndsl.backends.dot.picture import Box, Cluster, Picture, boxes, picture
from cnndsl.backends.dot.scopes import Scope, inside
from cnndsl.backends.dot.theme import THEMES
from cnndsl.compiler import load, parse
from cnndsl.diagnostics import Problem
from cnndsl.network import Network
from tests.build import Build, op

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).with_name("lenet.dot")

NETWORKS = [
    ("specs/lenet.cnn", "LeNet5"),
    ("specs/alexnet.cnn", "AlexNet2012"),
    ("specs/vgg.cnn", "vgg16"),
    ("specs/resnet.cnn", "resnet50"),
    ("specs/densenet.cnn", "densenet121"),
    ("specs/mobilenet_v2.cnn", "mobilenet_v2"),
    ("specs/squeezenet.cnn", "squeezenet1_1"),
    ("specs/unet.cnn", "UNet"),
    ("specs/pix2pix.cnn", "pix2pix_generator"),  # a U with resolutions that nothing stays at
    ("specs/unet3d.cnn", "unet3d"),
    ("examples/unet.cnn", "UNet"),
    ("examples/inception.cnn", "Mixed5"),
    ("examples/siamese.cnn", "Siamese"),
    ("examples/attention.cnn", "Tiny_s"),
]


def net(file: str, name: str) -> Network:
    return load(ROOT / file).net(name)


def program(text: str) -> Network:
    return parse(text).net()


def frames(drawing: Picture) -> list[tuple[str, int]]:
    """What repeats, by the path of the first copy (of layers the first one's), and how often."""

    def walk(children: list[Box | Cluster]) -> Iterator[tuple[str, int]]:
        for child in children:
            first = next(boxes([child])).rows[0][0]
            found = [child.frame] if isinstance(child, Cluster) else child.frames
            for frame in found:
                if frame.count > 1:
                    yield ".".join((frame.copies[0] if frame.copies else first).path), frame.count
            if isinstance(child, Cluster):
                yield from walk(child.children)

    return list(walk(drawing.children))


# ---- the text ----------------------------------------------------------------


def test_lenet_is_the_golden_picture():
    drawn = source(net("specs/lenet.cnn", "LeNet5"))
    if os.environ.get("WRITE_GOLDEN"):
        GOLDEN.write_text(drawn, "utf-8")
    assert drawn == GOLDEN.read_text("utf-8")


def test_the_same_bytes_come_again_whatever_the_hash_seed():
    names = "[('specs/resnet.cnn', 'resnet50'), ('specs/unet.cnn', 'UNet'), ('examples/attention.cnn', 'Tiny_s')]"
    script = (
        "from cnndsl.compiler import load; from cnndsl.backends.dot import source; from hashlib import sha256\n"
        f"for file, name in {names}:\n"
        "    network = load(file).net(name)\n"
        "    for options in ({'heat': 'rf'}, {'unfold': True}, {'depth': 1, 'legend': True}):\n"
        "        print(sha256(source(network, **options).encode()).hexdigest())"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert len(runs[0].split()) == 9
    assert runs[0] == runs[1]


def test_shapes_stand_on_edges_and_figures_in_boxes():
    drawn = source(net("specs/lenet.cnn", "LeNet5"))
    assert re.findall(r"label=<<TABLE[^>]*><TR><TD>\u00a0</TD><TD[^>]*>([^<]+)</TD>", drawn) == [
        "1×32×32", "6×28×28", "6×14×14", "16×10×10", "16×5×5", "120×1×1", "120", "84", "10",
    ]  # fmt: skip
    assert "48,120 params · rf 32" in unspaced(drawn)
    assert "61,706 params · 416,520 MACs" in unspaced(drawn)


def unspaced(drawn: str) -> str:
    """With plain blanks, where the text has such that do not break."""
    return drawn.replace("\u00a0", " ")


def test_what_is_shown_can_be_chosen():
    network = net("specs/lenet.cnn", "LeNet5")
    assert ">117,600 MACs · 36.75 KiB<" in unspaced(source(network, show=("macs", "memory")))
    assert "rf" not in re.sub(r"#[0-9a-f]+|surface", "", source(network, show=()))
    stacked = parse("net N { input x: 3x8x8\n Conv(16, 3, bias=false) -> BatchNorm -> ReLU(inplace=true) }").net()
    assert ">4.5 KiB<" in unspaced(source(stacked, show=("memory",)))  # 2 × 16·6·6·4 bytes, ReLU makes none
    assert "6×28×28" in source(network, show=("shape",))
    assert "6×28×28" not in source(network, show=("params",))


def test_a_legend_names_the_kinds_that_occur():
    drawn = source(net("specs/lenet.cnn", "LeNet5"), legend=True)
    assert all(f">{kind}<" in drawn for kind in ("convolution", "activation", "pooling", "reshape", "linear"))
    assert ">normalization<" not in drawn


@pytest.mark.parametrize(
    "options", [{"depth": 0}, {"theme": "neon"}, {"direction": "up"}, {"show": ("prams",)}, {"level": "stage"}, {"heat": "shape"}]
)
def test_what_cannot_be_drawn_is_told(options):
    with pytest.raises(Problem) as caught:
        source(net("specs/lenet.cnn", "LeNet5"), **options)
    assert caught.value.help


# ---- levels and heat ---------------------------------------------------------


def closed(level: str, file: str, name: str) -> list[str]:
    """The boxes of a picture by the path of what they stand for; a block's has its name."""
    drawing = picture(net(file, name).ir, level=level)
    parts = [row[0] for box in boxes(drawing.children) for row in box.rows]
    return [".".join([*part.path, *([part.name] if isinstance(part, Scope) else [])]) for part in parts]


def test_the_level_of_blocks_closes_what_holds_layers():
    assert closed("block", "specs/resnet.cnn", "resnet18") == [
        "image", "conv1", "bn1", "2", "maxpool", "layer1.0.BasicBlock",
        *[f"layer{n}.{at}.BasicBlock" for n in (2, 3, 4) for at in (0, 1)],
        "avgpool", "9", "fc",
    ]  # fmt: skip
    assert closed("block", "specs/fpn.cnn", "fpn_resnet50")[5:7] == ["body.layer1.0.Bottleneck", "body.layer1.1.Bottleneck"]
    assert "features.denseblock1.denselayer1.DenseLayer" in closed("block", "specs/densenet.cnn", "densenet121")


def test_what_would_be_far_too_tall_is_drawn_by_blocks():
    """The layers of an FPN are 7,000 points high, and its skips allow no columns."""
    network = net("specs/fpn.cnn", "fpn_resnet50")
    assert source(network) == source(network, level="block") != source(network, level="layer")
    deep = net("specs/resnet.cnn", "resnet50")
    assert source(deep) == source(deep, level="layer")


def test_the_level_of_the_net_closes_its_outermost_blocks():
    assert closed("net", "specs/resnet.cnn", "resnet18") == [
        "image", "conv1", "bn1", "2", "maxpool", *[f"layer{n}.Stage" for n in (1, 2, 3, 4)], "avgpool", "9", "fc",
    ]  # fmt: skip
    assert closed("net", "specs/densenet.cnn", "densenet121")[5] == "features.denseblock1.DenseBlock"  # a group stays open


def test_a_heat_map_has_the_deepest_colour_where_most_is():
    network = net("specs/lenet.cnn", "LeNet5")
    for name, layer in [("params", "c5"), ("macs", "c3"), ("memory", "c1"), ("rf", "f6")]:
        drawn = source(network, heat=name, legend=True)
        [colour] = re.findall(rf'BGCOLOR="(#\w+)"><B>{layer}</B>', drawn)
        assert colour == THEMES["light"].heat[1]
        assert f'BGCOLOR="{THEMES["light"].heat[0]}"' in drawn
    scale = re.findall(r">([\d,]+)</FONT>", source(network, heat="params", legend=True))
    assert scale[:5] == ["0", "3,008", "12,030", "27,068", "48,120"]


def test_a_heat_map_says_how_much_each_shade_is():
    """A quarter of the most has half the shade."""
    network = program(
        "net N { input x: 4x8x8\n a: Conv(1, 1, bias=false) -> Conv(4, 1, bias=false) -> b: Conv(4, 1, bias=false) }"
    )
    colours = dict(re.findall(r'BGCOLOR="(#\w+)"><B>(a|b)</B>', source(network, heat="params")))
    low, high = THEMES["light"].heat
    assert {name: colour for colour, name in colours.items()} == {"a": mixed(low, high, 0.5), "b": high}


def test_a_heat_map_of_open_sizes_says_what_it_needs():
    network = program("net N { input x: [3, ?, ?]\n Conv(4, 3) }")
    assert "heat" not in source(network, heat="params")
    with pytest.raises(Problem, match="needs numbers"):
        source(network, heat="macs")


# ---- what is folded -----------------------------------------------------------


def test_stages_of_a_resnet_are_folded():
    assert frames(picture(net("specs/resnet.cnn", "resnet50").ir)) == [
        ("layer1.1", 2), ("layer2.1", 3), ("layer3.1", 5), ("layer4.1", 2),
    ]  # fmt: skip


def test_layers_of_a_densenet_are_folded_and_their_growth_is_told():
    network = net("specs/densenet.cnn", "densenet121")
    drawn = source(network)
    assert [count for _, count in frames(picture(network.ir))] == [6, 12, 24, 16]
    assert "64…224×56×56" in drawn
    assert "8,448 to 28,928 params · rf 11 to 51" in unspaced(drawn)


def test_layers_that_repeat_exactly_are_one_box():
    assert frames(picture(net("specs/vgg.cnn", "vgg16").ir)) == [("features.12", 2), ("features.19", 2), ("features.24", 3)]


def test_many_equal_branches_are_drawn_as_one():
    network = program(
        """net N {
             input x: 8x16x16
             add { for i in 1..5 { | Conv(4, 1) -> ReLU -> Conv(8, 3, padding=1) } }
           }"""
    )
    drawing = picture(network.ir)
    assert [count for _, count in frames(drawing)] == [5]
    assert "× 5 side by side" in unspaced(source(network))
    assert "5 × (8×16×16)" in unspaced(source(network))


def test_a_repeat_ends_where_others_read_from_it():
    text = """block R { add { | _ | Conv(8, 3, padding=1) } }
              net N { input x: 8x16x16
                      a: R -> b: R -> c: R -> d: R -> e: R
                      %s }"""
    assert frames(picture(program(text % "").ir)) == [("a", 5)]
    assert frames(picture(program(text % "cat(c, e)").ir)) == [("a", 3), ("d", 2)]
    assert frames(picture(program(text % "output one = b, two = e").ir)) == [("a", 2), ("c", 3)]


@pytest.mark.parametrize(
    "body",
    [
        "Conv(8, 3, padding=1) -> Conv(8, 3, padding=1, bias=false)",
        "Conv(8, 3) -> Conv(8, 3)",
        "Conv(16, 3, padding=1) -> Conv(16, 3, padding=1)",  # 8 to 16 channels, 16 to 16: layers fold exactly or not at all
        "a: Conv(8, 3, padding=1) -> @frozen b: Conv(8, 3, padding=1)",
        "a: Conv(8, 1)\n x -> b: Conv(8, 1)\n add(a, b)",
        "a: Conv(8, 1) -> b: Conv(8, 1)\n add(a, b)",
        "a: Conv(8, 1) -> a",
    ],
)
def test_what_differs_is_not_folded(body):
    assert frames(picture(program(f"net N {{ input x: 8x16x16\n {body} }}").ir)) == []


def test_unfolded_every_layer_is_drawn():
    network = net("specs/resnet.cnn", "resnet50")
    drawing = picture(network.ir, unfold=True)
    assert frames(drawing) == []
    assert sum(len(box.rows) for box in boxes(drawing.children)) == len(network.ir.nodes)


# ---- that pictures are true -----------------------------------------------------


@pytest.mark.parametrize("unfold", [False, True], ids=["folded", "unfolded"])
@pytest.mark.parametrize("depth", [None, 1, 2])
@pytest.mark.parametrize(("file", "name"), NETWORKS, ids=[name for _, name in NETWORKS])
def test_every_layer_and_every_edge_is_in_the_picture(file, name, depth, unfold):
    graph = net(file, name).ir
    drawing = picture(graph, depth, unfold)
    drawn = list(boxes(drawing.children))
    home = {node.index: box for box in drawn for row in box.rows for part in row for node in inside(part)}
    times = Counter(node.index for box in drawn for row in box.rows for part in row for node in inside(part))
    assert times == Counter(node.index for node in graph.nodes)
    ways = nx.DiGraph((edge.tail, edge.head) for edge in drawing.edges)
    first = {node.index for box in drawn for row in box.rows for node in inside(row[0])}
    needed = set()
    for node in graph.nodes:
        for value in node.inputs:
            tail, head = home[value.node.index], home[node.index]
            if node.index in first and tail is not head:
                assert reaches(ways, tail, head), f"{value.node.key} -> {node.key}"
                needed.add((tail, head))
    shown = {(tail, head) for tail in drawn for head in forked(ways, tail)}
    assert shown == needed


def reaches(ways: nx.DiGraph, tail: Box, head: Box) -> bool:
    return head in forked(ways, tail)


def forked(ways: nx.DiGraph, spot: object) -> set[Box]:
    """The boxes that an edge from here leads to, through forks."""
    found: set[Box] = set()
    for head in ways.successors(spot) if spot in ways else ():
        found |= {head} if isinstance(head, Box) else forked(ways, head)
    return found


def test_depth_closes_scopes_and_sums_them_up():
    network = net("specs/resnet.cnn", "resnet50")
    drawn = unspaced(source(network, depth=1))
    assert "<B>layer3</B> Stage  (6 × Bottleneck)" in drawn
    assert "7,098,368 params · rf 267" in drawn
    assert not re.search(r"subgraph \"?cluster", drawn)
    assert max(len(part.path) for box in boxes(picture(network.ir, 2).children) for row in box.rows for part in row) == 2


def test_closed_scopes_that_repeat_are_named_from_the_first_to_the_last():
    drawn = unspaced(source(net("specs/resnet.cnn", "resnet50"), depth=2))
    assert "<B>1 … 5</B> Bottleneck  (9 layers)" in drawn
    assert "<B>× 5</B>" in drawn
    assert "1,117,184 params · rf 139 to 267" in drawn


def test_shared_weights_are_counted_once_and_said():
    drawn = unspaced(source(net("examples/siamese.cnn", "Siamese")))
    assert drawn.count("37,752,832 params") == 1
    assert drawn.count("shared weights · rf") == 5
    assert drawn.count("<B>tower</B>  Tower") == 2


def test_several_outputs_of_a_layer_and_of_a_net_have_edges_of_their_own():
    network = program("net N { input x: 8x4x4\n Chunk(2) as a, b\n sub(a, b) -> Conv(3, 1) as c\n output one = c, two = a }")
    assert max(Counter((edge.tail, edge.head) for edge in picture(network.ir).edges).values()) == 2
    assert [name for name, _, _ in picture(network.ir).outputs] == ["one", "two"]


def test_a_scope_that_is_opened_again_is_one_frame():
    network = program('net N { input x: 3x8x8\n for i in 0..1 { "convs.$i": Conv(3, 1) -> "norms.$i": BatchNorm } }')
    assert source(network).count("subgraph cluster") == 2
    assert unspaced(source(network, depth=1)).count("(2 layers)") == 2  # closed scopes that feed each other in a circle


# ---- layout -------------------------------------------------------------------


def test_a_tall_picture_goes_on_in_columns():
    assert links("specs/resnet.cnn", "resnet50") == ["→ layer2", "layer1 →", "→ layer3", "layer2 →", "→ layer4", "layer3 →"]


def test_branches_side_by_side_do_not_hide_that_a_picture_is_tall():
    """Each block of GoogLeNet has four ways through it, and frames around these: only those on one way add to the height."""
    assert links("specs/googlenet.cnn", "googlenet") == ["→ inception4a", "maxpool3 →", "→ inception4e", "inception4d →"]


def links(file: str, name: str) -> list[str]:
    """What leads from column to column."""
    return re.findall(r"label=<(→ \S+|\S+ →)>", unspaced(source(net(file, name))))


def test_a_u_net_is_drawn_as_a_u():
    drawn = source(net("examples/unet.cnn", "UNet"))
    levels = [
        set(re.findall(r"^\t\t(\w+)$", level, re.MULTILINE))
        for level in re.findall(r"subgraph level_\w+ \{.*?\}", drawn, re.DOTALL)
    ]
    assert [len(level) for level in levels] == [8, 5, 5, 5, 2]  # image … out; two convolutions down, cat and two up; the bottom
    assert drawn.count("dir=back") == 12  # four skips, eight edges up


def test_what_is_cropped_at_a_skip_is_of_one_resolution():
    """In the 3D U-Net a skip of 60 is cropped to 28, and is at its level all the same."""
    assert source(net("specs/unet3d.cnn", "unet3d")).count("subgraph level_") == 4


def test_no_columns_where_skips_hold_the_picture_together():
    drawn = source(net("examples/unet.cnn", "UNet"), direction="right")
    assert "from0" not in drawn
    assert "dir=back" not in drawn  # nor a U: that stands upright


def test_no_u_without_skips_or_with_a_flat_end():
    down, up = "Conv(8, 2, stride=2) -> Conv(8, 2, stride=2)", "ConvTranspose(8, 2, 2) -> ConvTranspose(8, 2, 2)"
    for body in (f"{down} -> {up}", f"{down} -> Flatten -> Linear(4)"):
        assert "dir=back" not in source(program(f"net N {{ input x: 8x16x16\n {body} }}"))


# ---- texts of a program are never DOT --------------------------------------------

HOSTILE = [
    'a"; evil [label=gotcha]; "b',
    "<B>bold</B>",
    "<TABLE><TR><TD>x</TD></TR></TABLE>",
    "</TD></TR></TABLE>>]; evil [label=<x",
    "back\\slash\\N\\G\\l",
    "ends in a backslash\\",
    "&amp; &#0; &nope;",
    "]]> --> <!-- /* */ // #",
    "line\nend\r\ttab",
    "nul\0bell\7escape\x1b[31m",
    "right-to-left \u202egnitirw",
    "wide 漢字 🧠 é",
    "x" * 5000,
    "",
    " ",
    "cluster0",
    "n0:port:ne",
]


def hostile(text: str) -> Network:
    build = Build(text)
    build.input(text, (8, 16, 16))
    build.scope("s", text)
    path = (text, "s")
    for name in (text, f"{text}2"):
        build.layer("placeholder", op("Conv", 8, 3, padding=1))
        build.graph.nodes[-1].path = (*path, name)
    last = build.layer("last", op("Conv", 8, 1))
    network = build.done()
    network.ir.outputs = {text: last}
    return network


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_stay_texts(text):
    plain, drawn = source(hostile("a name")), source(hostile(text))
    assert skeleton(drawn) == skeleton(plain)


def skeleton(drawn: str) -> list[str]:
    """DOT without what stands in quotes and between the brackets of markup, line by line."""
    bare = re.sub(r'"(?:\\.|[^"\\])*"|(?<==)\w+', '""', drawn)
    depth, kept = 0, []
    for at, char in enumerate(bare):
        opens, closes = char == "<", char == ">" and bare[at - 1] != "-"
        depth -= closes
        if not depth and not opens and not closes:
            kept.append(char)
        depth += opens
        assert depth >= 0
    return [re.sub(r"^(\t*)digraph .* \{", r"\1digraph {", line) for line in "".join(kept).splitlines()]


def test_a_long_call_is_broken_and_elided():
    kernel = "[" + ", ".join("[[[1, 2, 3], [4, 5, 6], [7, 8, 9]]]" for _ in range(8)) + "]"
    drawn = source(program(f"net N {{ input x: 1x16x16\n k: Conv(8, 3, weight={kernel}, bias=false) }}"))
    [shown] = re.findall(r"<B>k</B> (.*?)</TD>", unspaced(drawn))
    assert shown.count("<BR") == 3
    assert shown.split("<BR")[2].endswith("…")


# ---- words and colours ------------------------------------------------------------


def test_receptive_fields_in_words():
    column = {name: [seen(f) for f in program(text).findings.columns["rf"]] for name, text in RECEPTIVE.items()}
    assert column == {
        "square": ["1", "5"],
        "oblong": ["1", "1×7"],
        "all": ["1", "all"],
        "phases": ["1", "1–2"],
        "flat": ["all", "all"],
    }


RECEPTIVE = {
    "square": "net N { input x: 1x8x8\n Conv(1, 5) }",
    "oblong": "net N { input x: 1x8x8\n Conv(1, [1, 7]) }",
    "all": "net N { input x: 1x8x8\n GlobalAvgPool }",
    "phases": "net N { input x: 1x8x8\n ConvTranspose(1, 3, stride=2) }",
    "flat": "net N { input x: 8\n Linear(4) }",
}


def test_shapes_in_words():
    assert flow([(64, 56, 56)], 1) == "64×56×56"
    assert flow([(64, 56, 56), (96, 56, 56), (128, 56, 56)], 1) == "64…128×56×56"
    assert flow([(8,)], 4) == "4 × (8)"


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_text_can_be_read_on_every_colour(theme):
    grounds = [*theme.kinds.values(), theme.other, theme.paper, theme.terminal, *theme.frames]
    assert min(contrast(theme.text, ground) for ground in grounds) >= 10
    assert min(contrast(theme.text, ground) for ground in (*theme.heat, *theme.changes.values())) >= 5
    assert min(contrast(theme.muted, ground) for ground in (theme.paper, theme.terminal, *theme.frames)) >= 4.5


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_every_kind_of_layer_has_a_colour_of_its_own(theme):
    kinds = {found.kind for name in ops.names() if (found := ops.find(name))} - {"other"}
    assert kinds <= set(theme.kinds)
    assert len(set(theme.kinds.values())) == len(theme.kinds)


def contrast(one: str, other: str) -> float:
    """As the web's accessibility guidelines define it, from 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
