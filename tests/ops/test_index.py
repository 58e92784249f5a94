"""All layers together: each is found, has a case, speaks as torch does, shows an example, and leaves torch alone."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from pydantic import PlainValidator
from torch import nn

from cnndsl import ops
from cnndsl.binding import make
from cnndsl.op import Applied, Op
from cnndsl.source import Source, Span

from .checks import Case

CASES: list[Case] = [
    case
    for path in sorted(Path(__file__).parent.glob("test_*.py"))
    if path.stem != "test_index"
    for case in getattr(import_module(f".{path.stem}", __package__), "CASES", ())
]
OURS = {"weight", "init", "bias_init", "over"}  # what torch's classes do not have
THEIRS = {  # what follows from the input, what is set for the whole network, and what has no use here
    *("in_channels", "in_features", "num_features", "num_channels", "normalized_shape", "num_parameters"),
    *("device", "dtype", "return_indices", "recompute_scale_factor"),
}
UNLIKE = {
    ("ConvTranspose", "padding_mode"),  # torch's class takes zeros only
    *(("Softmax", "dim"), ("LogSoftmax", "dim")),  # torch guesses where none is said, and warns
}
PLANAR = {"divisor_override"}  # what torch's 1-D class lacks


def bare(name: str) -> str:
    """Without the number of dimensions; torch's longer name for ours."""
    return re.sub(r"[123]d$", "", name).replace("LocalResponseNorm", "LRN")


def likenesses() -> list[tuple[type[Op], str]]:
    """Layers and the classes of torch.nn that they are emitted as, where the names agree."""
    found = {}
    for case in CASES:
        module = Applied(case.op, case.inputs).torch.module
        package, _, name = module.name.rpartition(".") if module else ("", "", "")
        if package == "nn" and bare(name) == bare(type(case.op).__name__):
            found[type(case.op).__name__, name] = type(case.op)
    return [(op, name) for (_, name), op in sorted(found.items())]


@pytest.mark.parametrize("name", ops.names())
def test_every_layer_is_held_against_torch(name: str) -> None:
    assert [case for case in CASES if case.op.word() == name], f"no test file has a case of {name}"


@pytest.mark.parametrize(("op", "name"), likenesses(), ids=lambda v: v if isinstance(v, str) else v.__name__)
def test_arguments_are_those_of_torch(op: type[Op], name: str) -> None:
    fields = op.model_fields
    theirs = {
        p.name: None if p.default is p.empty else (p.default,)
        for p in inspect.signature(getattr(nn, name)).parameters.values()
        if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD) and (p.name in fields or p.name not in THEIRS)
    }
    mine = {
        field: None if info.is_required() else (info.default,)
        for field, info in fields.items()
        if (field not in OURS or field in theirs) and not (name.endswith("1d") and field in PLANAR)
    }
    for layer, argument in UNLIKE:
        for arguments in (mine, theirs) if layer == op.__name__ else ():
            arguments.pop(argument, None)
    assert list(mine.items()) == list(theirs.items())


@pytest.mark.parametrize("name", ops.names())
def test_every_argument_has_one_validator_that_is_all_of_its_check(name: str) -> None:
    """Then calling it is what pydantic does: `binding.make` goes without pydantic's schemas."""
    op = ops.find(name)
    assert op is not None
    assert [field for field, info in op.model_fields.items() if list(map(type, info.metadata)) != [PlainValidator]] == []
    more = op.__pydantic_decorators__
    assert not any((more.validators, more.field_validators, more.root_validators, more.model_validators))


@pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case.op))
def test_a_layer_bound_to_arguments_is_the_one_that_pydantic_makes(case: Case) -> None:
    span = Span(Source(""), 0, 0)
    made = make(type(case.op), {name: (value, span) for name, value in case.op.written().items()}, span)
    assert made == case.op
    assert hash(made) == hash(case.op)
    assert made.written() == case.op.written()


@pytest.mark.parametrize("name", ops.names())
def test_every_layer_shows_how_it_is_written(name: str) -> None:
    op = ops.find(name)
    assert op is not None
    examples = re.findall(r"^ {8}(\S.*)$", op.__doc__ or "", re.MULTILINE)
    assert any(re.search(rf"\b{name}\b", example) for example in examples), f"{name} has no example"


def test_the_index_is_read_off_the_text_and_true() -> None:
    for name in ops.names():
        found = ops.find(name)
        assert found is not None
        assert found.word() == name
        assert found.__module__ == f"cnndsl.ops.{ops.index()[name]}"
        assert found.model_config.get("frozen")
    classes = {
        value
        for path in Path(str(ops.__file__)).parent.glob("[a-z]*.py")
        for value in vars(import_module(f"cnndsl.ops.{path.stem}")).values()
        if isinstance(value, type) and issubclass(value, Op)
    }
    leaves = {value for value in classes if not any(issubclass(other, value) for other in classes - {value})}
    assert sorted(value.word() for value in leaves) == list(ops.names())


def test_no_layer_needs_torch() -> None:
    families = sorted({f"cnndsl.ops.{family}" for family in ops.index().values()})
    script = f"import sys, {', '.join(families)}; print(sorted({{'torch', 'numpy', 'networkx', 'lark'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
