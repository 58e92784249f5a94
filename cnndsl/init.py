"""What a stored tensor starts from: torch.nn.init's functions by name, fixed kernels, and the statements that they become."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isfinite, prod, sqrt
from typing import Annotated, Any, NamedTuple

from pydantic import PlainValidator

from .arguments import WORDS, Initialiser, number, share, shown, whole
from .diagnostics import Problem, did_you_mean
from .relation import NONLINEAR, Gain


class Function(NamedTuple):
    """A function of torch.nn.init: its arguments after the tensor, with their defaults, and the tensors it takes."""

    defaults: Mapping[str, object]
    axes: tuple[int, int] = (1, 5)  # fewest and most axes of the tensor


MODES = ("fan_in", "fan_out")
NONLINEARITIES = (
    *("linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"),
    *("sigmoid", "tanh", "relu", "leaky_relu", "selu"),
)
REQUIRED = ...  # in place of a default
FANS = (2, 5)  # what counts fan-in and fan-out wants a matrix or a kernel
KAIMING = Function({"a": 0, "mode": "fan_in", "nonlinearity": "leaky_relu"}, FANS)
FUNCTIONS = {
    "uniform": Function({"a": 0.0, "b": 1.0}),
    "normal": Function({"mean": 0.0, "std": 1.0}),
    "trunc_normal": Function({"mean": 0.0, "std": 1.0, "a": -2.0, "b": 2.0}),
    "constant": Function({"val": REQUIRED}),
    "ones": Function({}),
    "zeros": Function({}),
    "eye": Function({}, (2, 2)),
    "dirac": Function({"groups": 1}, (3, 5)),
    "xavier_uniform": Function({"gain": 1.0}, FANS),
    "xavier_normal": Function({"gain": 1.0}, FANS),
    "kaiming_uniform": KAIMING,
    "kaiming_normal": KAIMING,
    "orthogonal": Function({"gain": 1}, FANS),
    "sparse": Function({"sparsity": REQUIRED, "std": 0.01}, (2, 2)),
}
INITIALISERS = frozenset(FUNCTIONS)
WORDS.update(INITIALISERS, MODES, NONLINEARITIES)


def one_of(*choices: str) -> Callable[[object], object]:
    def check(value: object) -> object:
        if value not in choices:
            close = did_you_mean(str(value), choices)
            raise ValueError(f"{shown(value)} is none of {', '.join(choices)}" + (f"; did you mean {close}?" if close else ""))
        return value

    return check


def positive_whole(value: object) -> int:
    n = whole(value)
    if n < 1:
        raise ValueError(f"{n} is too small, it must be at least 1")
    return n


def finite(value: object) -> int | float:
    n = number(value)
    if not isfinite(n):
        raise ValueError(f"{n:g} is no number to start from")
    return n


def not_negative(value: object) -> int | float:
    n = finite(value)
    if n < 0:
        raise ValueError(f"{n:g} is negative")
    return n


CHECKS: dict[str, Callable[[object], object]] = {  # what is not here is any finite number
    "mode": one_of(*MODES),
    "nonlinearity": one_of(*NONLINEARITIES),
    "groups": positive_whole,
    "std": not_negative,
    "sparsity": share,
}


def initialiser(name: str, args: Sequence[object] = (), kwargs: Mapping[str, object] | None = None) -> Initialiser:
    """An initialiser as programs write it: kaiming_normal(mode="fan_out"); raises Problem."""
    if name not in FUNCTIONS:
        raise Problem(f"{name} is no initialiser", code="E0405", help=suggestion(name, sorted(FUNCTIONS)))
    defaults = FUNCTIONS[name].defaults
    given = bound(name, args, kwargs or {}, defaults)
    for argument in given:
        try:
            given[argument] = CHECKS.get(argument, finite)(given[argument])
        except ValueError as wrong:
            text, _, advice = str(wrong).partition("; ")
            raise Problem(f"{name}({argument}=…): {text}", code="E0405", argument=argument, help=advice or None) from None
    missing = [argument for argument, default in defaults.items() if default is REQUIRED and argument not in given]
    if missing:
        raise Problem(f"{name} needs {missing[0]}", code="E0405", help=f"write {name}({missing[0]}=…)")
    check_bounds(name, {**defaults, **given})
    return Initialiser(name, tuple((k, given[k]) for k in defaults if k in given and given[k] != defaults[k]))


def bound(name: str, args: Sequence[object], kwargs: Mapping[str, object], defaults: Mapping[str, object]) -> dict[str, object]:
    """Arguments by their names."""
    if len(args) > len(defaults):
        takes = f"takes {', '.join(defaults)}" if defaults else "takes no arguments"
        raise Problem(f"{name} {takes}, and gets {len(args)} values", code="E0405")
    given = dict(zip(defaults, args, strict=False))
    for argument, value in kwargs.items():
        if argument not in defaults:
            raise Problem(
                f"{name} has no argument {argument}", code="E0405", argument=argument, help=suggestion(argument, list(defaults))
            )
        if argument in given:
            raise Problem(f"{name} gets {argument} twice", code="E0405", argument=argument)
        given[argument] = value
    return given


def suggestion(word: str, known: Sequence[str]) -> str:
    close = did_you_mean(word, known)
    if close:
        return f"did you mean {close}?"
    return f"there are {', '.join(known)}" if known else "it is written without arguments"


def check_bounds(name: str, values: Mapping[str, Any]) -> None:
    if name in ("uniform", "trunc_normal") and values["a"] > values["b"]:
        raise Problem(f"{name} draws from a to b, and a={values['a']} is above b={values['b']}", code="E0405", argument="a")


# The arguments of layers


def as_initialiser(value: object) -> Initialiser | None:
    """An initialiser, its bare name, or a number, which is the constant."""
    if value is None or isinstance(value, Initialiser):
        return value
    try:
        return initialiser(value) if isinstance(value, str) else initialiser("constant", (value,))
    except Problem as wrong:
        raise ValueError(wrong.title + (f"; {wrong.help}" if wrong.help else "")) from None


def as_start(value: object) -> Initialiser | int | float:
    """A number, as the layer's own `init` takes it, or an initialiser."""
    if isinstance(value, str | Initialiser):
        return as_initialiser(value)  # type: ignore[return-value]
    return number(value)


def as_kernel(value: object) -> Any:
    """Nested lists of numbers, all of one depth and length; None where torch's own start stays."""
    if value is not None:
        extent_of(value)
    return value


def extent_of(kernel: object) -> tuple[int, ...]:
    """The shape of nested lists; raises ValueError where they are uneven."""
    if not isinstance(kernel, tuple):
        finite(kernel)
        return ()
    shapes = {extent_of(item) for item in kernel}
    if len(shapes) != 1:
        raise ValueError("its inner lists differ in length or depth" if shapes else "an empty list is no kernel")
    return (len(kernel), *shapes.pop())


Init = Annotated[Any, PlainValidator(as_initialiser)]
BiasInit = Init
Start = Annotated[Any, PlainValidator(as_start)]
Kernel = Annotated[Any, PlainValidator(as_kernel)]


def check_start(
    shape: tuple[int, ...], init: Initialiser | None, bias_init: Initialiser | None = None, weight: object = None
) -> None:
    """Guard: a fixed kernel has the weight's own shape, and the initialisers can fill the tensors."""
    if weight is not None and extent_of(weight) != shape:
        raise Problem(
            f"weight= has the shape {list(extent_of(weight))}, the layer's weight {list(shape)}",
            argument="weight",
            code="E0309",
            help=f"write nested lists of {' × '.join(map(str, shape))} numbers",
        )
    check_fill("init", init, shape)
    check_fill("bias_init", bias_init, shape[:1])


def check_fill(argument: str, init: Initialiser | None, shape: tuple[int, ...]) -> None:
    if init is None:
        return
    low, high = FUNCTIONS[init.name].axes
    if not low <= len(shape) <= high:
        wanted = str(low) if low == high else f"{low} to {high}"
        fits = ", ".join(name for name, function in FUNCTIONS.items() if function.axes[0] <= len(shape) <= function.axes[1])
        raise Problem(
            f"{init.name} fills a tensor of {wanted} axes, and this one is {list(shape)}",
            argument=argument,
            code="E0405",
            help=f"here can stand {fits}",
        )
    groups = dict(init.arguments).get("groups", 1)
    if init.name == "dirac" and shape[0] % groups:  # type: ignore[operator]
        raise Problem(f"dirac cannot divide {shape[0]} output channels into {groups} groups", argument=argument, code="E0405")


# What it draws


def drawn(shape: tuple[int, ...], weight: object, init: Initialiser | None) -> Gain:
    """How much the taps of a layer with weights of a shape pass on; torch's own start is kaiming_uniform(a=√5)."""
    if weight is not None:
        return NONLINEAR  # its numbers are known, but do not fall into rows and columns
    found = variance(init or Initialiser("kaiming_uniform", (("a", sqrt(5)),)), shape)
    return NONLINEAR if found is None else Gain("random", found)


def variance(init: Initialiser, shape: tuple[int, ...]) -> float | None:
    """The variance of each number of a tensor, of initialisers that draw them one by one around 0; else None."""
    values: dict[str, Any] = {**FUNCTIONS[init.name].defaults, **dict(init.arguments)}
    field = prod(shape[2:])
    fan_in, fan_out = (shape[1] * field, shape[0] * field) if len(shape) > 1 else (1, 1)
    match init.name:
        case "uniform" if values["a"] == -values["b"]:
            return float(values["b"] ** 2 / 3)
        case "normal" if values["mean"] == 0:
            return float(values["std"] ** 2)
        case "xavier_uniform" | "xavier_normal":
            return float(values["gain"] ** 2 * 2 / (fan_in + fan_out))
        case "kaiming_uniform" | "kaiming_normal":
            fan = fan_in if values["mode"] == "fan_in" else fan_out
            return rectified(values["nonlinearity"], values["a"]) ** 2 / fan
    return None


def rectified(nonlinearity: str, slope: float) -> float:
    """The gain that torch.nn.init recommends for what follows."""
    found = {"tanh": 5 / 3, "relu": sqrt(2), "leaky_relu": sqrt(2 / (1 + slope**2)), "selu": 3 / 4}
    return found.get(nonlinearity, 1.0)


def constant(init: object, otherwise: float) -> float | None:
    """The number that a tensor starts from, where it is one."""
    if init is None or isinstance(init, int | float):
        return otherwise if init is None else float(init)
    assert isinstance(init, Initialiser)
    values = dict(init.arguments)
    found = {"constant": values.get("val"), "ones": 1, "zeros": 0}.get(init.name)
    return float(found) if isinstance(found, int | float) else None


# The statements


def initialise(weight: object, init: Initialiser | None, bias_init: Initialiser | None, bias: bool = True) -> tuple[str, ...]:
    """Statements to be run after construction, {m} for the module; a fixed kernel goes before `init`.

    Without a bias, `bias_init` has nothing to fill: a default for a whole file may say it all the same.
    """
    statements = []
    if weight is not None:
        statements.append(f"{{m}}.weight.data.copy_(torch.tensor({as_list(weight)}))")
    elif init is not None:
        statements.append(filling(init, "{m}.weight"))
    if bias and bias_init is not None:
        statements.append(filling(bias_init, "{m}.bias"))
    return tuple(statements)


def filling(init: Initialiser, tensor: str) -> str:
    """The call of torch.nn.init that fills a tensor."""
    plain = {0: "zeros", 1: "ones"}.get(dict(init.arguments)["val"]) if init.name == "constant" else None  # type: ignore[call-overload]
    if plain:
        return f"nn.init.{plain}_({tensor})"
    arguments = "".join(f", {literal(v)}" if k == "val" else f", {k}={literal(v)}" for k, v in init.arguments)
    return f"nn.init.{init.name}_({tensor}{arguments})"


def literal(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value).replace("e+", "e")  # as formatters have it


def as_list(kernel: Any) -> str:
    """Nested lists as text; floats, since torch.tensor would make integers of whole numbers."""
    return f"[{', '.join(map(as_list, kernel))}]" if isinstance(kernel, tuple) else literal(float(kernel))
