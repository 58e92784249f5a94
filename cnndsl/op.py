"""What a layer is: a frozen class of arguments that knows its shape, weights, cost, relation and torch form.

Everything that is known of a layer stands in its one class, in a family file of `ops/`. An op knows no places:
it raises a `Problem` with the numbers in it. Shapes are tuples without the batch, (channels, *spatial) or, for a
flat value, (features,); a size is an int, or a symbolic size where the program leaves it open.
"""

# No annotations kept as text here: pydantic would evaluate those of Op again for every layer.
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import Any, ClassVar, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict

from .diagnostics import Problem
from .formula import Arithmetic, Expr, sizes_of, tensors
from .relation import UNCHANGED, Gain, Relation, pointwise
from .symbols import Dim, product, wrapped

Shape = tuple[Dim, ...]
T = TypeVar("T")


class ChannelsLast(tuple[Dim, ...]):
    """A shape whose channels were permuted to the end: (*spatial, channels)."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ChannelsLast) and tuple.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(("last", *self))


class Weight(NamedTuple):
    """A stored tensor by its PyTorch name ("" where it is stored under the label itself).

    `buffer`: kept in the state_dict but not a parameter; dtype "" is the network's own.
    """

    name: str
    shape: tuple[int, ...]
    trainable: bool = True
    buffer: bool = False
    dtype: str = ""


class Saved(NamedTuple):
    """What torch's autograd keeps of one application for the backward pass, besides weights.

    `inputs`: which inputs; `output`: whether the output; then tensors of its own, in elements: `elements` of the
    network's dtype and `indices` of int64 and `flags` of one byte for each sample of the batch, `fixed` of the
    network's dtype and `fixed_indices` of int64 whatever the batch. `guarded` (input, by): inputs that are kept only
    where another needs a gradient: the input of number `by`, or a parameter of the layer's own (WEIGHTS).
    """

    inputs: tuple[int, ...] = ()
    output: bool = False
    elements: Dim = 0
    indices: Dim = 0
    flags: Dim = 0
    fixed: Dim = 0
    fixed_indices: Dim = 0
    guarded: tuple[tuple[int, int], ...] = ()


NOTHING_SAVED = Saved()
WEIGHTS = -1  # in Saved.guarded
NONE = tensors(())  # a count of nothing, in formulas


@dataclass(frozen=True, slots=True)
class Call:
    """A constructor call as data: "nn.Conv2d" with its arguments by PyTorch's names, defaults left out.

    The first `positional` arguments are written without their names.
    """

    name: str
    arguments: Mapping[str, object] = field(default_factory=dict)
    positional: int = 0


class Torch(NamedTuple):
    """How an op is written in PyTorch.

    `forward` is an expression in which {m} stands for the module and {0}, {1}, … or {xs} (all, comma-separated)
    for the inputs. `module` is built once and kept under the layer's key; None where a plain function does.
    `parameter` is the expression of a tensor stored under the label itself. `helper` is the source of a class or
    function that the file needs, written once. `init` are statements run after construction, {m} as above.
    `imports` are lines of import that it needs besides torch.
    """

    forward: str = "{m}({0})"
    module: Call | None = None
    parameter: str | None = None
    helper: str | None = None
    init: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()


class Op(BaseModel):
    """The base of every layer: its fields are the arguments, with PyTorch's names, order and defaults."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, arbitrary_types_allowed=True)

    arity: ClassVar[int | None] = 1  # how many inputs; None: any number from 1 on
    kind: ClassVar[str] = "other"  # what it is drawn and coloured as
    merge: ClassVar[bool] = False  # a merge is no layer: it takes no position and stores nothing
    spelt: ClassVar[str] = ""  # what programs call it, where that is not the class's name
    variadic: ClassVar[str] = ""  # the field that takes all positional arguments together: Permute(0, 2, 3, 1)
    ahead: ClassVar[int | None] = None  # so many arguments may go without their names; None: all of them
    settled: ClassVar[str] = ""  # PyTorch's argument that is not written, because what arrives settles it
    settled_at: ClassVar[int] = 0  # its place in PyTorch's order

    def shape(self, *inputs: Shape) -> Shape | list[Shape]:
        """Output shape of input shapes, a list for layers that give several values; raises Problem."""
        return inputs[0]

    def weights(self, io: "Applied") -> tuple[Weight, ...]:
        """Every stored tensor, in PyTorch's order."""
        return ()

    def macs(self, io: "Applied") -> Dim:
        """Multiply–adds for one sample: convolution and linear layers only, bias not counted."""
        return 0

    def arithmetic(self, io: "Applied") -> Arithmetic:
        """The formulas of shape, parameters and MACs, with their numbers: here the sizes stay, the tensors are added up."""
        return Arithmetic((incoming(io.inputs[0]),) * len(io.outputs), stored(io), NONE)

    def relation(self, io: "Applied", index: int = 0) -> Relation:
        """What the output reads of input `index` (of several outputs: the first)."""
        return pointwise(rank(io.inputs[index]))

    def port_relation(self, io: "Applied", port: int, index: int = 0) -> Relation | None:
        """What output `port` reads of input `index`; None where it reads nothing of it."""
        return self.relation(io, index)

    def gain(self, io: "Applied", index: int = 0) -> Gain:
        """How much its taps pass on of input `index`, activations taken as the identity."""
        return UNCHANGED

    def torch(self, io: "Applied") -> Torch:
        """The PyTorch form."""
        raise NotImplementedError(type(self).__name__)

    def aliases(self, io: "Applied", training: bool) -> bool:
        """Whether the output shares the storage of the first input (a view, or in place)."""
        return False

    def saved(self, io: "Applied") -> Saved:
        """What autograd keeps for the backward pass; verified against torch's saved-tensor hooks."""
        return NOTHING_SAVED

    @classmethod
    def word(cls) -> str:
        """The name that programs use."""
        return cls.spelt or cls.__name__

    def title(self) -> str:
        """What this very layer is called: an extern's own name, else the word."""
        return self.word()

    def unlisted(self, io: "Applied") -> int:
        """Parameters that are known by their number only, beside those of `weights`: an extern's may be."""
        return 0

    def written(self) -> dict[str, Any]:
        """The arguments that differ from their defaults, in order."""
        fields = type(self).model_fields
        return {name: value for name, value in self if value != fields[name].default or fields[name].is_required()}


class Applied:
    """An op applied to input shapes, and all that follows from these; computed once, shared by equal layers."""

    def __init__(self, op: Op, inputs: tuple[Shape, ...]) -> None:
        if op.arity is not None and len(inputs) != op.arity:
            raise Problem(
                f"{op.title()} takes {counted(op.arity, 'value')}, not {len(inputs)}",
                "these arrive here: " + ", ".join(map(show, inputs)),
                code="E0305",
                help=arity_help(op.arity),
            )
        if op.arity is None and not inputs:
            raise Problem(f"{op.title()} takes at least one value", "none arrives here", code="E0305")
        result = op.shape(*inputs)
        self.op = op
        self.inputs = inputs
        self.several = isinstance(result, list)
        self.outputs: tuple[Shape, ...] = tuple(result) if isinstance(result, list) else (result,)
        for shape in (*self.outputs, *(weight.shape for weight in self.weights)):
            hold_tensor(shape, op)

    @property
    def input(self) -> Shape:
        return self.inputs[0]

    @property
    def output(self) -> Shape:
        return self.outputs[0]

    @cached_property
    def weights(self) -> tuple[Weight, ...]:
        return self.op.weights(self)

    @cached_property
    def params(self) -> int:
        return sum(count(w.shape) for w in self.weights if not w.buffer) + self.op.unlisted(self)

    @cached_property
    def trainable(self) -> int:
        return sum(count(w.shape) for w in self.weights if w.trainable and not w.buffer) + self.op.unlisted(self)

    @cached_property
    def macs(self) -> Dim:
        return self.op.macs(self)

    @cached_property
    def relations(self) -> tuple[Relation, ...]:
        """One for each input."""
        return tuple(self.op.relation(self, i) for i in range(len(self.inputs)))

    @cached_property
    def offsets(self) -> tuple[Dim, ...]:
        """The channels of all inputs before each, and at last of all."""
        return tuple(accumulate(map(channels, self.inputs), initial=0))

    @cached_property
    def saved(self) -> Saved:
        return self.op.saved(self)

    @cached_property
    def torch(self) -> Torch:
        return self.op.torch(self)


def incoming(shape: Shape, mark: str = "in", whose: str = "of the input") -> tuple[Expr, ...]:
    """The sizes of an input as names in formulas."""
    return sizes_of(shape, mark, whose, isinstance(shape, ChannelsLast))


def stored(io: Applied) -> Expr:
    """The parameters, tensor by tensor."""
    return tensors([weight.shape for weight in io.weights if not weight.buffer])


TENSOR = 10**15  # numbers; torch's own limit, 2**63 bytes, is near


def hold_tensor(shape: Shape, op: Op) -> None:
    """Guard: a tensor of this shape could be, on some machine."""
    total = 1
    for size in shape:
        total *= size if isinstance(size, int) else 1
    if total > TENSOR:
        title = f"{op.title()} would need a tensor of {show(shape)}"
        raise Problem(title, f"at most {TENSOR:,} numbers are in one", code="E0701")


def rank(shape: Shape) -> int:
    """How many spatial axes a value has; 0 when it is flat."""
    return len(shape) - 1


def spatial(shape: Shape) -> Shape:
    return shape[:-1] if isinstance(shape, ChannelsLast) else shape[1:]


def channels(shape: Shape) -> Dim:
    return shape[-1] if isinstance(shape, ChannelsLast) else shape[0]


def count(shape: tuple[int, ...]) -> int:
    """Number of elements."""
    total = 1
    for size in shape:
        total *= size
    return total


def elements(shape: Shape) -> Dim:
    """Number of elements of a value, for one sample."""
    return product(shape)


def show(shape: Shape) -> str:
    """A shape as people write it: 3×32×32."""
    text = "×".join(str(size) if isinstance(size, int) else wrapped(size) for size in shape)
    return text + " (channels last)" if isinstance(shape, ChannelsLast) else text


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def arity_help(takes: int) -> str:
    if takes == 1:
        return "join them first, as in `cat(a, b) -> …`, or take one of the list: `xs[0] -> …`"
    return f"start from {takes}: `[{', '.join('abcdefgh'[:takes])}] -> …`"


def need_map(shape: Shape, name: str, ranks: tuple[int, ...] = (1, 2, 3)) -> None:
    """Guard: the layer wants channels and one of so many spatial axes."""
    if isinstance(shape, ChannelsLast):
        raise Problem(
            f"{name} wants the channels first, and gets {show(shape)}",
            code="E0304",
            help="permute them back: `Permute(0, 3, 1, 2)` for a value of two spatial axes",
        )
    if rank(shape) not in ranks:
        wanted = " or ".join("×".join("chwd"[: r + 1] if r < 3 else "cdhw") for r in ranks)
        hint = "`Unflatten` gives a flat value its axes back" if rank(shape) == 0 else None
        raise Problem(f"{name} wants {wanted}, and gets {show(shape)}", code="E0304", help=hint)


def per_axis(value: T | tuple[T, ...], axes: int, argument: str) -> tuple[T, ...]:
    """One value for each spatial axis; a single one serves for all."""
    if not isinstance(value, tuple):
        return (value,) * axes
    if len(value) != axes:
        raise Problem(
            f"{argument} has {counted(len(value), 'number')} for {counted(axes, 'spatial axis').replace('axiss', 'axes')}",
            argument=argument,
            code="E0405",
            help=f"write one number for all axes, or {axes}",
        )
    return value


def known(size: Dim, what: str) -> int:
    """Guard: a size that must be a number here, not left open."""
    if isinstance(size, int):
        return size
    raise Problem(f"{what} must be known here, and is {size}", code="E0308", help="say the input's size with --input")
