"""Words that people bring along from PyTorch, Keras and papers, to those of the language; for messages only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Literal

from . import ops, zoo
from .diagnostics import did_you_mean
from .op import Op
from .source import Span

LIBRARY = "std"
Style = Literal["torch", "keras"]
Written = tuple[str | None, str]  # an argument as it is written: its name or None, and its text

# By their letters in lower case, without prefix and number of dimensions.
LAYERS = {
    "Conv": "convolution convolutional lazyconv conv_layer convlayer",
    "ConvTranspose": "convtransposed transposedconv transposeconv transpconv deconv deconvolution upconv lazyconvtranspose",
    "Linear": "dense fc fullyconnected fully_connected affine innerproduct lazylinear lin",
    "MaxPool": "maxpooling max_pool pooling pool",
    "AvgPool": "averagepooling averagepool avgpooling avg_pool meanpool",
    "GlobalAvgPool": "globalaveragepooling globalavgpooling globalaveragepool global_avg_pool gap",
    "GlobalMaxPool": "globalmaxpooling global_max_pool gmp",
    "AdaptiveAvgPool": "adaptiveavgpooling adaptiveaveragepool adaptive_avg_pool",
    "AdaptiveMaxPool": "adaptivemaxpooling adaptive_max_pool",
    "BatchNorm": "batchnormalization batch_norm bn syncbatchnorm lazybatchnorm",
    "LayerNorm": "layernormalization layer_norm ln",
    "GroupNorm": "groupnormalization group_norm gn",
    "InstanceNorm": "instancenormalization instance_norm",
    "LRN": "localresponsenorm localresponsenormalization local_response_norm",
    "Upsample": "upsampling interpolate resize resizing upsamplingnearest upsamplingbilinear",
    "Pad": "zeropad zeropadding padding reflectionpad replicationpad constantpad circularpad",
    "Crop": "cropping centercrop",
    "SiLU": "swish",
    "LeakyReLU": "leaky_relu lrelu leaky",
    "Hardswish": "hard_swish hswish",
    "Hardsigmoid": "hard_sigmoid hsigmoid",
    "LogSoftmax": "log_softmax",
    "StochasticDepth": "droppath drop_path stochastic_depth",
    "Dropout2d": "spatialdropout featuredropout",
    "PixelShuffle": "depthtospace depth_to_space pixel_shuffle",
    "PixelUnshuffle": "spacetodepth space_to_depth",
    "ChannelShuffle": "shuffle channel_shuffle",
    "Permute": "transpose",
    "Identity": "passthrough noop",
    "cat": "concat concatenate concatenation torch.cat hstack depthconcat merge",
    "add": "sum plus residual shortcut skip skipconnection eltwise",
    "sub": "subtract minus difference",
    "mul": "multiply times product gate prod",
    "maximum": "max",
    "list": "tuple",
}
NONE_HERE = "lstm gru rnn embedding multiheadattention attention transformer bilinear fold unfold einsum"
BY_WORD = {word: name for name, words in LAYERS.items() for word in words.split()}

# What has no single layer here: what to write instead.
ADVICE = {
    **dict.fromkeys(
        ("reshape", "view"), "`Flatten` makes a value flat, `Unflatten(1, [c, h, w])` gives a flat one its axes back"
    ),
    "activation": "activations are layers of their own: `Conv(64, 3) -> ReLU`",
    **dict.fromkeys(("input", "inputlayer"), "an input is declared at the top of the net: `input image: 3x224x224`"),
    "output": "what leaves is the last value, or is named: `output logits = fc`",
    "sequential": "layers in braces, or simply line by line: `{ Conv(64, 3) -> ReLU }`",
    "modulelist": "labels made by rule do it: `for i in 0..2 { conv$i: Conv(64, 3, padding=1) }`",
    "model": "a network is declared: `net Name { … }`",
    "module": "what comes more than once is a block: `block Name(c) { … }`",
    "lambda": "expressions are written where they are needed; a function is `fn f(x) = x * 2`",
    "mean": "`GlobalAvgPool` is the mean over space",
    "relu1": "`ReLU6` is the bounded one",
    "matmul": "`mul` multiplies number by number; a matrix is `Linear`",
    "squeeze": "`Flatten` makes a value of c×1×1 flat",
    "unsqueeze": "`Unflatten(1, [c, 1, 1])` gives a flat value spatial axes",
    "split": "`Split([16, 48]) as a, b` gives parts of these sizes",
    **dict.fromkeys(
        ("separableconv", "depthwiseseparableconv"), "a depthwise and a 1×1 convolution: {depthwise} -> Conv({out}, 1)`"
    ),
    "depthwiseconv": "a convolution of as many groups as channels: {depthwise}`",
    **dict.fromkeys(("depthwise", "dwconv"), "a convolution of as many groups as channels: {depthwise}`"),
    **dict.fromkeys(("pointwiseconv", "pointwise"), "a convolution of a 1×1 kernel: `Conv({out}, 1)`"),
    **dict.fromkeys(("range", "xrange"), "a range is written `1..3`, both ends included"),
    "true": "write `true`",
    "false": "write `false`",
    **dict.fromkeys(("none", "null", "nil"), "write `none`"),
    "self": "labels are read by their names alone: `conv1`, not `self.conv1`",
    "nn": "layers are named without `nn.`: `Conv(64, 3)`, `ReLU`",
    **dict.fromkeys(("torch", "keras", "layers", "tf"), "layers are named alone: `Conv(64, 3)`, `cat(a, b)`"),
    "f": "layers are named alone: `ReLU`, `MaxPool(2)`",
    **dict.fromkeys(("math", "np", "numpy"), "functions are named alone, `max(3, 5)`; a root is `64 ** 0.5`"),
    "valid": "no padding is `padding=0`, the default; `same` keeps the size",
}
FUNCTIONAL = {"F", "torch", "functional"}  # their functions take the value first
MODULES = {"nn", "torch", "keras", "layers", "tf", "F", "functional", "torchvision", "ops", "K"}

EXTRA = {
    "reflectionpad": {"mode": "reflect"},
    "replicationpad": {"mode": "replicate"},
    "circularpad": {"mode": "circular"},
    "upsamplingbilinear": {"mode": "bilinear"},
}
LOOSE: Mapping[str, tuple[str, ...]] = {"Upsample": ("scale_factor", "size")}  # what goes without a name elsewhere

# Arguments: what each is called elsewhere. The first that a layer takes is meant.
ARGUMENTS = {
    "out_channels": "c filters out out_ch out_c planes num_filters num_output nout c_out channels width units features",
    "out_features": "units out features out_dim out_channels num_output output_dim width nout size",
    "kernel_size": "kernel k ks ksize filter_size pool_size window window_size pool kernel_shape size kernelsize",
    "stride": "s strides subsample step",
    "padding": "pad pads p",
    "dilation": "d dilation_rate dilate dilations rate atrous",
    "groups": "g group num_groups n_groups cardinality",
    "num_groups": "groups g group",
    "bias": "use_bias biases b with_bias",
    "eps": "epsilon",
    "affine": "scale learnable",
    "padding_mode": "pad_mode border mode",
    "p": "rate prob drop_prob drop drop_rate dropout probability keep_prob",
    "negative_slope": "alpha slope leak",
    "scale_factor": "scale factor ratio",
    "upscale_factor": "scale factor r scale_factor block_size",
    "downscale_factor": "scale factor r scale_factor block_size",
    "mode": "interpolation method",
    "dim": "axis",
    "dims": "axes axis",
    "output_size": "size out",
    "size": "output_size",
    "init": "kernel_initializer weight_init initializer kernel_init",
    "bias_init": "bias_initializer",
}
MEANT: dict[str, tuple[str, ...]] = {}
for _ours, _theirs in ARGUMENTS.items():
    for _name in _theirs.split():
        MEANT[_name] = (*MEANT.get(_name, ()), _ours)

WHAT_ARRIVES = (
    "in_channels in_features num_features num_channels normalized_shape in_planes inplanes in_ch in_c in_dim c_in nin "
    "input_dim input_channels in_filters input_size"
)
TEXTS = {
    "glorot_uniform": "xavier_uniform",
    "glorot_normal": "xavier_normal",
    "he_uniform": "kaiming_uniform",
    "he_normal": "kaiming_normal",
    "truncated_normal": "trunc_normal",
    "reflection": "reflect",
    "edge": "replicate",
    "wrap": "circular",
}
MEMBERS = {
    "channels": "c",
    "out_channels": "c",
    "height": "h",
    "width": "w",
    "depth": "d",
    "length": "l",
    "size": "shape",
    "dims": "shape",
    "ndim": "rank",
    "dim": "rank",
}
SETTLED = frozenset(WHAT_ARRIVES.split())
SIZE = "the size of what arrives is known: leave it out"
REMARKS = {
    "activation": "activations are layers of their own: `Conv(64, 3) -> ReLU`",
    "act": "activations are layers of their own: `Conv(64, 3) -> ReLU`",
    "name": "a name is a label before the layer: `conv1: Conv(64, 3)`",
    "trainable": "`@frozen` before a layer keeps its weights as they are",
    "requires_grad": "`@frozen` before a layer keeps its weights as they are",
    "input_shape": SIZE,
    "batch_size": "the batch is never written",
    "data_format": "values are channels first, as in PyTorch",
    "device": "the device is chosen when the module runs",
    "dtype": "the dtype is no part of the program; `--dtype` says it for the memory figures",
}


def bare(name: str) -> str:
    """A layer's name without dimensions and kernel: Conv2d, Conv2D, conv_2d, Conv3x3 -> Conv."""
    return re.sub(r"_?[123][dD](?=$|Transpose)|_?\d+x\d+$", "", name)


def layer(name: str) -> str | None:
    """What a layer of another framework, or of another spelling, is called here."""
    last = name.rsplit(".", 1)[-1]
    plain = bare(last)
    known = {ours.lower(): ours for ours in reversed(ops.names())}  # of softmax and Softmax the layer
    return (
        known.get(last.lower())
        or known.get(plain.lower())
        or BY_WORD.get(plain.lower())
        or known.get(plain.lower().replace("_", ""))
    )


def advice(name: str, arguments: Sequence[Written] = ()) -> str | None:
    """What to write instead of what has no counterpart."""
    plain_name = name.rsplit(".", 1)[-1].lower()
    if plain_name in ("range", "xrange") and 1 <= len(arguments) <= 2:
        *first, last = [text for _, text in arguments]
        end = str(int(last) - 1) if last.isdecimal() else f"{last} - 1"
        return f"a range is written `{first[0] if first else 0}..{end}`, both ends included"
    if plain_name == "activation" and arguments:
        act = layer(arguments[0][1].strip('"'))
        return f"activations are layers of their own: `{act}`" if act else ADVICE["activation"]
    if name in SETTLED or name in ("channels", "in_channels"):
        return "`in.c` is the number of channels that the block gets, `_.c` that of the current value"
    text = ADVICE.get(bare(name.rsplit(".", 1)[-1]).lower())
    if text is None and bare(name.rsplit(".", 1)[-1]).lower() in NONE_HERE.split():
        return "it is none of the layers; `extern` describes one of another package"
    if text is None or not re.search(r"\{(out|depthwise)\}", text):
        return text
    numbers = [value for argument, value in arguments if argument in (None, "filters", "out_channels", "kernel_size")]
    depthwise = f"`Conv(_.c, {numbers[1] if len(numbers) > 1 else 3}, padding=same, groups=_.c)"
    return text.format(out=numbers[0] if numbers else 64, depthwise=depthwise)


def argument(name: str, taken: Sequence[str]) -> str | None:
    """What an argument is called here, of those that are taken."""
    return next((ours for ours in MEANT.get(name, ()) if ours in taken), None)


def is_settled(name: str) -> bool:
    """Whether it says what is known of what arrives."""
    return name in SETTLED


def remark(name: str) -> str | None:
    """Why an argument of other frameworks is none here."""
    return SIZE if name in SETTLED else REMARKS.get(name)


def text_of(at: Span) -> str:
    """The value of an argument as it is written, without its name."""
    return re.sub(r"^\w+\s*=(?!=)\s*", "", at.text).strip()


def style(name: str) -> Style:
    """Whose order of arguments a name asks for; Keras writes Conv2D and Dense, and gives no in-channels."""
    last = name.rsplit(".", 1)[-1]
    return "keras" if re.search(r"[123]D", last) or last.lower() in ("dense", "batchnormalization") else "torch"


def call(name: str, arguments: Sequence[Written]) -> str | None:
    """A call of another framework's layer as it is written here, or None."""
    word = layer(name)
    cls = ops.find(word) if word else None
    if cls is None:
        return None
    more: tuple[Written, ...] = tuple(EXTRA.get(bare(name.rsplit(".", 1)[-1]).lower(), {}).items())
    kernel = re.search(r"(\d+)x\1$", name)
    if kernel and "kernel_size" in cls.model_fields:
        more += (("kernel_size", kernel[1]),)
    if not cls.merge and name.rpartition(".")[0].rpartition(".")[2] in FUNCTIONAL and arguments:
        _, value = arguments[0]
        return f"{value} -> {rewritten(cls, (*arguments[1:], *more), 'keras')}"
    return rewritten(cls, (*arguments, *more), style(name))


def rewritten(cls: type[Op], arguments: Sequence[Written], style: Style) -> str:
    """A call as it is written here: PyTorch's in-channels left out, arguments by their names here."""
    if cls.merge:
        return f"{cls.word()}({', '.join(joined(arguments)) or 'a, b'})"
    taken = tuple(cls.model_fields)
    loose = [plain(text) for name, text in arguments if name is None]
    named = {name: plain(text) for name, text in arguments if name is not None}
    required = sum(info.is_required() for info in cls.model_fields.values())
    enough = len(loose) + len(named) > required and len(loose) > cls.settled_at
    if cls.settled and style == "torch" and enough and not SETTLED & set(named):
        del loose[cls.settled_at]
    ahead = len(taken) if cls.ahead is None else cls.ahead
    names = LOOSE.get(cls.word(), taken[ahead:])
    parts = loose[:ahead] + [f"{name}={text}" for name, text in zip(names, loose[ahead:], strict=False)]
    parts += [f"{ours}={text}" for name, text in named.items() if (ours := kept(name, text, taken))]
    call = f"{cls.word()}({', '.join(parts)})" if parts else cls.word()
    act = layer(named.get("activation", "").strip('"'))
    return f"{call} -> {act}" if act else call


def joined(arguments: Sequence[Written]) -> list[str]:
    """The values of a merge: `cat([a, b], 1)` joins a and b along the channels."""
    values = [text for name, text in arguments if name is None]
    return [values[0].strip("[]()")] if values and values[0][0] in "[(" else values


def kept(name: str, text: str, taken: Sequence[str]) -> str | None:
    """What an argument is called here, if it is written here at all."""
    if text.strip('"') == "valid":
        return None
    return name if name in taken else argument(name, taken)


PLAIN: Mapping[str, str] = {"True": "true", "False": "false", "None": "none", '"same"': "same"}


def plain(text: str) -> str:
    """Python's constants and tuples as those of the language."""
    if re.fullmatch(r"\([^()]*,[^()]*\)", text):
        return f"[{text[1:-1].strip(', ')}]"
    return PLAIN.get(text, text)


@cache
def shipped() -> frozenset[str]:
    """What the library that ships declares."""
    return frozenset(re.findall(r"^(?:block|fn|net) (\w+)", zoo.imported(LIBRARY).text, re.MULTILINE))


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Of many words those that begin alike: whoever writes `print` does not mean `int`."""
    return did_you_mean(name, [one for one in known if one[:1].lower() == name[:1].lower()], 0.65 if len(name) > 3 else 0.8)
