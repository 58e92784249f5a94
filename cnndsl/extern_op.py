"""A foreign layer as an op: what an extern declaration states about it, and the call of the class that does the work."""

from __future__ import annotations

import ast
import keyword
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field, PlainValidator

from .arguments import NATURAL, POSITIVE, at_least, each, pads, shown
from .diagnostics import Problem
from .formula import Arithmetic, expr
from .op import Applied, Call, Op, Saved, Shape, Torch, Weight, count, per_axis, rank, show, spatial, stored
from .relation import DENSE, NONLINEAR, Axis, Gain, Relation, everything, taps
from .symbols import Dim, Symbolic, differ

DTYPES = ("int64", "int32", "bool", "uint8", "float32", "float64")


def dim(low: int) -> Any:
    """A validator of a whole number from `low` on, or an open size."""
    return lambda value: value if isinstance(value, Symbolic) else at_least(low)(value)


def shapes(value: object) -> tuple[Any, ...]:
    """A shape, [c, h, w], or a list of them for a layer that gives several values."""
    if not isinstance(value, tuple | list) or not value:
        raise ValueError(f"{shown(value)} is no shape; write a list such as [c, h, w]")
    if isinstance(value[0], tuple | list):
        return tuple(shapes(item) for item in value)
    return tuple(dim(1)(size) for size in value)


def field(value: object) -> Any:
    """A receptive field: a kernel size, [kernel, stride, padding], or "global"."""
    if value is None or value == "global":
        return value
    if not isinstance(value, tuple | list):
        return (POSITIVE(value), None, None)
    if len(value) != 3:
        raise ValueError(
            f'{shown(tuple(value))} is no receptive field; write [kernel, stride, padding], a kernel size, or "global"'
        )
    kernel, stride, padding = value
    return each(POSITIVE)(kernel), each(POSITIVE)(stride), pads(padding)


def tensors(value: object) -> tuple[Weight, ...] | None:
    """Stored tensors: [["fc.weight", [c, c]], …]; after the shape may stand "buffer" and a dtype."""
    if value is None:
        return None
    if not isinstance(value, tuple | list):
        raise ValueError(f'{shown(value)} is no list of tensors; write [["fc.weight", [10, 64]], …]')
    return tuple(map(tensor, value))


def tensor(value: object) -> Weight:
    match value:
        case (str(name), (tuple() | list()) as shape, *words) if name and "." not in (name[0], name[-1]):
            known = [word for word in words if word in ("buffer", *DTYPES)]
            if len(known) == len(words):
                sizes = tuple(POSITIVE(size) for size in shape)
                dtype = next((str(word) for word in words if word != "buffer"), "")
                return Weight(name, sizes, "buffer" not in words, "buffer" in words, dtype)
    raise ValueError(f'{shown(value)} is no tensor; write ["fc.weight", [10, 64]], or ["mean", [64], "buffer"]')


class Extern(Op):
    """A layer that the program declares with `extern` and another package implements.

    Made by the elaborator with the facets as keywords, evaluated for the inputs at hand:

    `name` as declared; `settings` its parameters that differ from their defaults, in order; `output_shape` a shape
    or a tuple of shapes; `params` and `macs` numbers; `rf` a kernel size k (stride 1, centred), (kernel, stride,
    padding), each a number or one for each axis, or "global"; `weights` of (key, shape) or (key, shape, "buffer",
    dtype), None where they are not known; `torch` the class and its call, "pkg.mod:Cls(kw=value)", names in braces
    already replaced. Validators raise ValueError; `shape` raises Problem where what is stated does not fit together.
    """

    arity: ClassVar[int | None] = None
    kind: ClassVar[str] = "extern"

    name: str
    settings: tuple[tuple[str, Any], ...] = ()
    output_shape: Annotated[Any, PlainValidator(shapes)]
    params: Annotated[int | None, PlainValidator(lambda v: v if v is None else NATURAL(v))] = None
    work: Annotated[Any, PlainValidator(lambda v: v if v is None else dim(0)(v))] = Field(None, alias="macs")
    rf: Annotated[Any, PlainValidator(field)] = None
    stored: Annotated[Any, PlainValidator(tensors)] = Field(None, alias="weights")
    target: str | None = Field(None, alias="torch")

    def title(self) -> str:
        return self.name

    def written(self) -> dict[str, Any]:
        return dict(self.settings)

    def shape(self, *inputs: Shape) -> Shape | list[Shape]:
        self.check_counts()
        if self.target is not None:
            parse_target(self.target)
        outputs = self.output_shapes()
        for x in inputs:
            self.axes(x, outputs[0])
        return outputs if isinstance(self.output_shape[0], tuple) else outputs[0]

    def output_shapes(self) -> list[Shape]:
        return list(self.output_shape) if isinstance(self.output_shape[0], tuple) else [self.output_shape]

    def check_counts(self) -> None:
        """Guard: parameters and work are stated, and the parameters are those of the tensors."""
        if self.work is None:
            raise Problem(
                f"extern {self.name} does not say its work", argument="macs", help="write `macs = 0` if it multiplies nothing"
            )
        if self.stored is None:
            if self.params is None:
                raise Problem(
                    f"extern {self.name} does not say its parameters", argument="params", help="write `params = 0` if it has none"
                )
            return
        total = sum(count(w.shape) for w in self.stored if not w.buffer)
        if self.params not in (None, total):
            raise Problem(
                f"the weights of extern {self.name} have {total} parameters, stated are {self.params}",
                " + ".join(f"{w.name} {show(w.shape)}" for w in self.stored if not w.buffer),
                argument="params",
                help="leave `params` out: the weights say it",
            )

    def weights(self, io: Applied) -> tuple[Weight, ...]:
        return self.stored or ()

    def unlisted(self, io: Applied) -> int:
        return 0 if self.stored is not None else self.params or 0

    def macs(self, io: Applied) -> Dim:
        return self.work  # type: ignore[no-any-return]

    def relation(self, io: Applied, index: int = 0) -> Relation:
        axes = self.axes(io.inputs[index], io.output)
        return everything(rank(io.inputs[index]), DENSE) if axes is None else Relation(axes, DENSE)

    def gain(self, io: Applied, index: int = 0) -> Gain:
        return NONLINEAR

    def arithmetic(self, io: Applied) -> Arithmetic:
        """All is stated in its declaration."""
        sizes = tuple(tuple(map(expr, shape)) for shape in io.outputs)
        params = stored(io) + self.unlisted(io) if self.unlisted(io) else stored(io)
        return Arithmetic(
            sizes, params, expr(self.work), remarks=(f"what extern {self.name} gives and costs is stated where it is declared",)
        )

    def axes(self, x: Shape, y: Shape) -> tuple[Axis, ...] | None:
        """What each axis of the output reads of input x; None where it reads everything."""
        if self.rf == "global" or rank(y) == 0:
            return None
        if self.rf is None:
            raise Problem(
                f"extern {self.name} does not say its receptive field",
                argument="rf",
                help='write `rf = [kernel, stride, padding]` or `rf = "global"`',
            )
        if rank(x) != rank(y):
            raise Problem(
                f"extern {self.name} turns {show(x)} into {show(y)}: no kernel does that",
                argument="rf",
                help='write `rf = "global"` where every output reads every place',
            )
        kernel, stride, padding = self.rf
        kernels = per_axis(kernel, rank(x), "rf")
        strides = per_axis(1 if stride is None else stride, rank(x), "rf")
        starts = self.starts(kernels, strides, padding, x, y)
        return tuple(taps(k, s, 1, start) for k, s, start in zip(kernels, strides, starts, strict=True))

    def starts(self, kernels: tuple[int, ...], strides: tuple[int, ...], padding: Any, x: Shape, y: Shape) -> list[int]:
        """Where the window of the first unit starts on each axis, checked against the stated sizes."""
        if padding == "same":
            raise Problem(f"the field of extern {self.name} needs its padding in numbers", argument="rf")
        starts = []
        given = ((k - 1) // 2 for k in kernels) if padding is None else per_axis(padding, rank(x), "rf")
        for k, s, pad, n, m in zip(kernels, strides, given, spatial(x), spatial(y), strict=True):
            lo, hi = pad if isinstance(pad, tuple) else (pad, k - 1 - pad if padding is None else pad)
            follows = (n + lo + hi - k) // s + 1
            if differ(follows, m):
                raise Problem(
                    f"the field of extern {self.name} does not give its output shape",
                    f"kernel {k}, stride {s}, padding {lo} and {hi} turn a size of {n} into {follows}, stated is {m}",
                    argument="rf",
                    help=f'write `rf = [kernel, stride, padding]` so that {n} becomes {m}, or `rf = "global"`',
                )
            starts.append(-lo)
        return starts

    def torch(self, io: Applied) -> Torch:
        if self.target is None:
            raise Problem(
                f"extern {self.name} does not say where its PyTorch class lives",
                argument="torch",
                help=f'write `torch = "package.module:{self.name}(argument=value)"` in its declaration',
            )
        module, cls, positional, named = parse_target(self.target)
        arguments = {**{str(i): value for i, value in enumerate(positional)}, **named}
        return Torch("{m}({xs})", Call(f"{module}.{cls}", arguments, len(positional)), imports=(f"import {module}",))

    def saved(self, io: Applied) -> Saved:
        """Not known; the inputs are the least that a layer with weights keeps."""
        return Saved(inputs=tuple(range(len(io.inputs))))


WORDS: Mapping[str, object] = {"true": True, "false": False, "none": None}


def parse_target(target: str) -> tuple[str, str, list[object], dict[str, object]]:
    """Module, class, positional and named literal arguments of "pkg.mod:Cls(1, kw=value)"; nothing is evaluated."""
    module, colon, call = target.partition(":")
    if not colon or not all(part.isidentifier() and part.isascii() and not keyword.iskeyword(part) for part in module.split(".")):
        raise malformed(target, "the part before the colon is the module's dotted name")
    try:
        tree = ast.parse(call.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise malformed(target, "the part after the colon is a class, or its call") from error
    if isinstance(tree, ast.Name):
        tree = ast.Call(tree, [], [])
    if not isinstance(tree, ast.Call) or not isinstance(tree.func, ast.Name) or not tree.func.id.isascii():
        raise malformed(target, "the part after the colon is a class, or its call")
    if any(argument.arg is None for argument in tree.keywords):
        raise malformed(target, "`**` is not accepted")
    positional = [literal(argument, target) for argument in tree.args]
    return module, tree.func.id, positional, {str(a.arg): literal(a.value, target) for a in tree.keywords}


def literal(tree: ast.expr, target: str) -> object:
    if isinstance(tree, ast.Name) and tree.id in WORDS:
        return WORDS[tree.id]
    try:
        return ast.literal_eval(tree)
    except (ValueError, TypeError, RecursionError, MemoryError) as error:
        raise malformed(target, f"`{ast.unparse(tree)}` is no number, string or list") from error


def malformed(target: str, why: str) -> Problem:
    return Problem(
        "this is not the call of a class",
        why,
        argument="torch",
        help='write it as "package.module:Class(argument=value)", the values being numbers, strings or lists of them',
        notes=[f"with the names in braces replaced it reads {target!r}"],
    )
