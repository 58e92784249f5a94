"""Calls as people of other frameworks write them: what is said, where, and that the corrected call is right."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import cnndsl
from cnndsl.diagnostics import CompileError

from .programs import body, diagnostics, fault

ROOT = Path(__file__).parents[2]


def errors(text: str) -> list[tuple[str, str]]:
    """Codes and places of all errors, in their order."""
    return [(d.code, d.span.text) for d in diagnostics(text) if d.is_error]


TRAPS = [  # PyTorch's order, in which in-channels come first, and what is offered
    ("BatchNorm(«8»)", "`BatchNorm`; else `BatchNorm(eps=8)`"),
    ("Conv(8, 3) -> InstanceNorm(«8»)", "`InstanceNorm`; else `InstanceNorm(eps=8)`"),
    ("LayerNorm(«[8, 8]»)", "`LayerNorm`; else `LayerNorm(eps=[8, 8])`"),
    ("Conv(8, 3) -> GroupNorm(4, «8»)", "`GroupNorm(4)`; else `GroupNorm(4, eps=8)`"),
    ("Flatten -> Linear(192, «10»)", "`Linear(10)`; else `Linear(192, bias=10)`"),
    ("Conv(3, 8, 3, 1, «1»)", "`Conv(8, 3, 1, 1)`; else `Conv(3, 8, 3, 1, dilation=1)`"),
    ("Conv(8, 3, 1, 1, «1, 2»)", "else `Conv(8, 3, 1, 1, dilation=1, groups=2)`"),
    ("ConvTranspose(3, 8, 2, 2, «0»)", "`ConvTranspose(8, 2, 2, 0)`"),
    ("Upsample(«2»)", "`Upsample(scale_factor=2)`"),
]


@pytest.mark.parametrize(("line", "words"), TRAPS)
def test_what_would_be_mistaken_goes_by_name(line: str, words: str) -> None:
    fault(body(line), "E0205", words)


KNOWN_ELSEWHERE = [
    ("«concat»(x, x)", "cat(x, x)"),
    ("«concatenate»(x, x)", "cat(x, x)"),
    ("«Concat»([x, x], dim=1)", "cat(x, x)"),
    ("«torch.cat»([x, x], 1)", "cat(x, x)"),
    ("«Cat»(x, x)", "cat(x, x)"),
    ("«Add»(x, x)", "add(x, x)"),
    ("«plus»(x, x)", "add(x, x)"),
    ("Flatten -> «Dense»(10)", "Linear(10)"),
    ('Flatten -> «Dense»(10, activation="softmax")', "Linear(10) -> Softmax"),
    ("Flatten -> «FC»(10)", "Linear(10)"),
    ("Flatten -> «nn.Linear»(192, 10, bias=False)", "Linear(10, bias=false)"),
    ("«Conv2d»(3, 8, 3)", "Conv(8, 3)"),
    ("«nn.Conv2d»(3, 8, 3, 1, 1, 1, 1)", "Conv(8, 3, 1, 1, dilation=1, groups=1)"),
    ("«nn.Conv2d»(in_channels=3, out_channels=8, kernel_size=3)", "Conv(out_channels=8, kernel_size=3)"),
    ('«Conv2D»(8, 3, strides=2, padding="same", use_bias=False)', "Conv(8, 3, stride=2, padding=same, bias=false)"),
    ('«Conv2D»(8, 3, padding="valid", activation="relu")', "Conv(8, 3) -> ReLU"),
    ("«MaxPool2d»(2)", "MaxPool(2)"),
    ("«MaxPooling2D»(pool_size=2, strides=2)", "MaxPool(kernel_size=2, stride=2)"),
    ("«BatchNorm2d»(3)", "BatchNorm"),
    ("«BatchNormalization»()", "BatchNorm"),
    ("«AdaptiveAvgPool2d»(1)", "AdaptiveAvgPool(1)"),
    ("«GlobalAveragePooling2D»()", "GlobalAvgPool"),
    ("«UpSampling2D»(2)", "Upsample(scale_factor=2)"),
    ("«nn.ReflectionPad2d»(1)", "Pad(1, mode=reflect)"),
    ("«nn.ReLU»(inplace=True)", "ReLU(inplace=true)"),
    ("«F.relu»(x)", "x -> ReLU"),
    ("«swish»()", "SiLU"),
    ("«nn.Dropout2d»(0.2)", "Dropout2d(0.2)"),
    ("«torch.flatten»(x, 1)", "x -> Flatten(1)"),
    ("«tf.keras.layers.Conv2D»(8, 3)", "Conv(8, 3)"),
]


@pytest.mark.parametrize(("line", "call"), KNOWN_ELSEWHERE)
def test_layers_of_other_frameworks_are_answered_with_the_call(line: str, call: str) -> None:
    found = fault(body(line), "E0201", f"did you mean `{call}`?")
    assert found.fix is not None
    text = body(re.sub("[«»]", "", line))
    before, after = text[: found.fix.span.start], text[found.fix.span.end :]
    assert errors(before + found.fix.text + after) == []  # what is offered is right


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("«Reshape»(10)", "`Flatten`"),
        ("«nn.Sequential»(ReLU)", "`{ Conv(64, 3) -> ReLU }`"),
        ("«nn.Foo»(3)", "layers are named without `nn.`"),
        ("«LSTM»(3)", "`extern`"),
        ("«SE»(3)", "`from std import SE`"),
        ('«Activation»("relu")', "`ReLU`"),
        ("«SeparableConv»(8, 3)", "`Conv(_.c, 3, padding=same, groups=_.c) -> Conv(8, 1)`"),
        ("«DepthwiseConv2d»(3, 5)", "`Conv(_.c, 5, padding=same, groups=_.c)`"),
        ("«Input»(3)", "`input image: 3x224x224`"),
        ("«Sequential»(3)", "`{ Conv(64, 3) -> ReLU }`"),
        ("Conv(8, 3, bias=«False»)", "`false`"),
        ("Conv(8, 3, padding=«valid»)", "`padding=0`"),
        ("«concat» { | _ | _ }", "`cat`"),
    ],
)
def test_what_has_no_counterpart_is_answered_with_what_to_write(line: str, words: str) -> None:
    fault(body(line), "E0201", words)


def test_the_advice_for_separable_convolutions_is_right() -> None:
    assert errors(body("Conv(_.c, 3, padding=same, groups=_.c) -> Conv(8, 1)")) == []


def test_functions_and_words_are_no_layers() -> None:
    fault(body("«sum»(x, x)"), "E0207", "this is the function sum", "`add(x, x)`")
    fault(body("Conv(8, 3) -> «relu»"), "E0207", "`ReLU`")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Conv(8, «kernel»=3)", "`kernel_size`"),
        ("Conv(«filters»=8, kernel_size=3)", "`out_channels`"),
        ("Conv(8, 3, «strides»=2)", "`stride`"),
        ("Conv(8, 3, «pad»=1)", "`padding`"),
        ("MaxPool(«pool_size»=2)", "`kernel_size`"),
        ("Flatten -> Linear(«units»=8)", "`out_features`"),
        ("Dropout(«rate»=0.5)", "`p`"),
        ("BatchNorm(«epsilon»=0.1)", "`eps`"),
        ("LeakyReLU(«alpha»=0.1)", "`negative_slope`"),
        ("Conv(8, 3, «in_channels»=3)", "what arrives settles PyTorch's in_channels"),
        ("BatchNorm(«num_features»=3)", "what arrives settles PyTorch's num_features"),
        ("Flatten -> Linear(8, «in_features»=3)", "what arrives settles PyTorch's in_features"),
        ('Conv(8, 3, «activation»="relu")', "`Conv(64, 3) -> ReLU`"),
        ('Conv(8, 3, «name»="c")', "`conv1: Conv(64, 3)`"),
    ],
)
def test_arguments_of_other_frameworks(line: str, words: str) -> None:
    fault(body(line), "E0204", words)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Conv(8, kernel=3, strides=2)", [("E0204", "kernel"), ("E0204", "strides")]),
        ("Conv(0, -1, stride=0.5)", [("E0404", "0"), ("E0404", "-1"), ("E0404", "stride=0.5")]),
        ("Conv(foo_, bar_, pad=1)", [("E0201", "foo_"), ("E0201", "bar_"), ("E0204", "pad")]),
        (
            "Conv(stride=2.5, foo=1)",
            [("E0206", "Conv(stride=2.5, foo=1)"), ("E0404", "stride=2.5"), ("E0204", "foo")],
        ),
        ("Conv(8, 3, stride=0, stride=2)", [("E0404", "stride=0"), ("E0202", "stride=2")]),
        ("BatchNorm(8, foo=1, eps=none)", [("E0205", "8"), ("E0204", "foo"), ("E0404", "eps=none")]),
        ("add(Conv(3, 1), ReLU)", [("E0207", "Conv(3, 1)"), ("E0207", "ReLU")]),
    ],
)
def test_all_that_is_wrong_in_a_call_is_told_at_once(line: str, found: list[tuple[str, str]]) -> None:
    assert errors(body(line)) == found


def test_all_that_is_wrong_in_a_call_of_a_block_is_told_at_once() -> None:
    text = "block B(first, second, third, fourth = 1) { ReLU }\n" + body("B(x, secnd=2, fourth=foo_)")
    assert errors(text) == [("E0206", "B(x, secnd=2, fourth=foo_)"), ("E0207", "x"), ("E0204", "secnd"), ("E0201", "foo_")]


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("y = «Conv(3, 1)(x)»", "E0207", ("`x -> Conv(3, 1) as y`",)),
        ("y = «ReLU(x)»", "E0207", ("`x -> ReLU as y`",)),
        ("c: Conv(3, 1)\ny = «c»(x)", "E0207", ("`x -> c`",)),
        ("add(«Conv(3, 1)», x)", "E0207", ("`add { | Conv(3, 1) | x }`",)),
        ("«x = 5»\nConv(x, 3)", "E0202", ("x is an input already",)),
        ("Conv(8, «9», padding=0)", "E0301", ("a kernel of 8 fits here at most", "padding=1 makes room")),
        ("Conv(3, «16», 3)", "E0301", ("in-channels are not written: `Conv(16, 3)`",)),
        ('Conv(8, 3, «padding="valid"»)', "E0404", ("none at all is 0",)),
    ],
)
def test_layers_values_and_names(line: str, code: str, words: tuple[str, ...]) -> None:
    fault(body(line), code, *words)


def test_the_name_of_a_layer_is_no_layer() -> None:
    block = "block B(act) { Conv(8, 3) -> «act» }\n"
    fault(block + body("B(relu)"), "E0207", 'the text "relu"', "`ReLU`")
    fault(block + body("B(none)"), "E0207", "`Identity`")


def test_a_wrong_default_is_told_once() -> None:
    fault("default Conv(«kernel»=3)\n" + body("Conv(8) -> Conv(8)"), "E0204", "`kernel_size`")


def test_a_preset_that_needs_more_is_checked_all_the_same() -> None:
    text = "net N(k, classes) {\n  input x: 3x8x8\n  Conv(classes, k)\n}\nnet M = N(kk=5)\n"
    (found,) = cnndsl.parse(text).check()
    assert (found.code, found.span.text) == ("E0204", "kk")


def test_an_empty_net() -> None:
    fault("net N «{ }»", "E0214", "nothing flows in it", "`input image: 3x224x224`")


@pytest.mark.parametrize(
    ("size", "words"),
    [("1x3x64x64", "`3x64x64` is an image of 3 channels"), ("8x1x28x28", "`1x28x28`"), ("64x64x3", "`3x64x64`")],
)
def test_a_shape_of_another_framework_is_noted(size: str, words: str) -> None:
    (note,) = diagnostics(body("ReLU", size))
    assert (note.code, note.severity, note.span.text) == ("N0503", "note", size)
    assert words in (note.help or "")


@pytest.mark.parametrize("size", ["3x64x64", "3x16x64x64", "1x8x8x8", "64x3x3", "3x64x3", "3"])
def test_shapes_that_are_meant(size: str) -> None:
    assert diagnostics(body("ReLU", size)) == ()


def test_arguments_of_the_api_are_named() -> None:
    program = cnndsl.parse("net N(k) {\n  input x: 3x8x8\n  Conv(8, 3)\n}\n")
    with pytest.raises(CompileError, match="argument c:1:1: E0204"):
        program.net("N", k=1, c=3)


def test_a_program_is_shown_by_its_nets() -> None:
    assert repr(cnndsl.parse(body("ReLU"), "n.cnn")) == "<Program n.cnn: N>"
    assert repr(cnndsl.parse("net", "n.cnn")) == "<Program n.cnn: no nets, 1 error>"


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("Conv(3, 1) -> «y»", "E0201", "named by `as y`"),
        ("for i in «range»(3) { ReLU }", "E0201", "`0..2`, both ends included"),
        ("Conv(«x.channels», 3)", "E0201", "did you mean `x.c`?"),
        ("Conv(«x.height», 3)", "E0201", "did you mean `x.h`?"),
        ("Conv(«in_channels», 3)", "E0201", "`in.c` is the number of channels"),
        ("Conv(8, 3, init=«kaiming_normal_»)", "E0201", "did you mean `kaiming_normal`?"),
        ("Conv(8, 3, padding=«smae»)", "E0201", "did you mean `same`?"),
        ("Conv(8, 3, init=«he_normal»)", "E0201", "did you mean `kaiming_normal`?"),
        ("assert «param» == 3\nReLU", "E0201", "did you mean `params`?"),
        ("c: Conv(8, 3)\nConv(«c.out_channels», 3)", "E0201", "did you mean `c.c`?"),
        ("«print»(x)", "E0201", "in scope: x"),
        ("«x = conv(x)»", "E0202", "`x -> conv as x2`"),
        ("«x = Conv(8, 3)»", "E0202", "`x2: Conv(8, 3)`"),
        ('assert «x.c == "3"»', "E0501", 'x.c is 3, "3" is "3"'),
        ("Conv(«c»=8, kernel_size=3)", "E0204", "`out_channels`"),
        ("cat(x, x, «dim=1»)", "E0204", "`cat(x, x)`"),
        ("add(x, «1»)", "E0207", "this is the number 1"),
        ("Conv(3, 1) -> «in»", "E0207", "`add(_, in)`"),
        ("Conv: Conv(3, 1)\n«Conv(3, 1)»", "E0219", "the label hides the layer Conv"),
        ("Conv(8, 3, «bias=0»)", "E0404", "write false"),
        ('Conv(«"8"», 3)', "E0404", "without quotes"),
        ("Dropout(«50»)", "E0404", "50 % is 0.5"),
        ('Conv(8, 3, «padding_mode="reflection"»)', "E0404", "did you mean reflect?"),
    ],
)
def test_the_first_day(line: str, code: str, words: str) -> None:
    fault(body(line), code, words)


def test_words_are_known_whichever_layers_are_loaded() -> None:
    """In a process of its own: what was loaded before would hide it."""
    text = "net N(mode = zeros) {\\n  input x: 3x8x8\\n  Conv(8, 3, padding=1, padding_mode=mode)\\n}"
    script = f"import cnndsl; p = cnndsl.parse('{text}')\n"
    script += "for net in p.net(settings={'mode': 'reflect'}), p.net(mode='circular'): print(net.layers[0].text)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    modes = ("reflect", "circular")
    assert (ran.stdout, ran.stderr) == ("".join(f"Conv(8, 3, padding=1, padding_mode={mode})\n" for mode in modes), "")


def test_a_preset_of_a_bare_word_compiles_by_itself() -> None:
    command = [sys.executable, "-m", "cnndsl", "compile", "examples/padding.cnn", "--net", "Mirrored", "--flat", "-o", "-"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert 'mode="reflect"' in ran.stdout or 'padding_mode="reflect"' in ran.stdout
