"""What people do with modules, done with emitted ones in both forms: compile, export, trace, copy, save, cast, train."""

from __future__ import annotations

import copy
import pickle
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, fx, nn
from torch.utils._python_dispatch import TorchDispatchMode

from cnndsl.backends.torch import readable, source
from cnndsl.compiler import load as read

from ..specs import peer
from ..specs.subject import PUBLISHED
from .emitted import load, outputs, state, total
from .test_torch_readable import build
from .ways import FAST, FORMS, Subject, cases, close, imported, of_forms

every = pytest.mark.parametrize("subject", cases())
# For ways that take seconds, or minutes with large networks.
GRAPHED = [
    case
    for case in cases("LeNet5", "Odd")
    if case.values[0] in (*of_forms(FAST), Subject("zoo:densenet", "densenet121", (3, 64, 64)))
]
some = pytest.mark.parametrize("subject", GRAPHED)


# ---- weights --------------------------------------------------------------------


QUICK = ("resnet18", "mobilenet_v2", "densenet121", "efficientnet_b0", "googlenet")
NAMES = [name for name, one in PUBLISHED.items() if one["task"] == "classification"]


@pytest.mark.parametrize("name", [pytest.param(n, marks=[] if n in QUICK else [pytest.mark.slow]) for n in NAMES])
def test_loads_the_weights_of_torchvision(name: str, tmp_path: Path) -> None:
    """Strictly, key by key: on the meta device, where a tensor is its shape and dtype."""
    theirs = peer.built(name).state_dict()
    net = read(f"zoo:{name}").traced(name)
    for form, text in zip(FORMS, (readable([net]), source(net)), strict=True):
        assert text is not None
        with torch.device("meta"):
            model = build(load(text, tmp_path, form), text)
        model.load_state_dict(theirs, strict=True, assign=True)
        assert list(model.state_dict()) == list(theirs)


@every
def test_built_without_memory(subject: Subject) -> None:
    """On the meta device first, then with the weights of another."""
    wanted = subject.model()
    with torch.device("meta"):
        empty = subject.model()
    assert {tensor.device.type for tensor in empty.state_dict().values()} <= {"meta"}
    assert state(empty) == state(wanted)
    empty.load_state_dict(wanted.state_dict(), assign=True)
    close(empty(*subject.inputs()), wanted(*subject.inputs()), 0)
    with torch.device("meta"):
        filled = subject.model().to_empty(device="cpu")
    filled.load_state_dict(wanted.state_dict())
    close(filled(*subject.inputs()), wanted(*subject.inputs()), 0)


@every
def test_built_where_and_as_it_is_said(subject: Subject) -> None:
    """`device=` and `dtype=`: as made by default and moved, device contexts notwithstanding; counts stay whole numbers."""
    plain = subject.model().state_dict()
    with torch.device("meta"):
        double = subject.model(device="cpu", dtype=torch.float64)
    for key, tensor in double.state_dict().items():
        torch.testing.assert_close(tensor, plain[key].double() if plain[key].is_floating_point() else plain[key], rtol=0, atol=0)
    assert {tensor.dtype for tensor in outputs(double(*(one.double() for one in subject.inputs())))} == {torch.float64}
    empty = subject.model(device="meta", dtype=torch.bfloat16)
    assert {tensor.device.type for tensor in empty.state_dict().values()} == {"meta"}
    assert {tensor.dtype for tensor in empty.parameters()} == {torch.bfloat16}
    assert [parameter.requires_grad for parameter in empty.parameters()] == [p.requires_grad for p in double.parameters()]


@every
def test_copied_pickled_saved(subject: Subject, tmp_path: Path) -> None:
    model, inputs = subject.model(), subject.inputs()
    torch.save(model, tmp_path / "model.pt")
    torch.save(model.state_dict(), tmp_path / "weights.pt")
    other = subject.model()
    for parameter in other.parameters():
        nn.init.zeros_(parameter)
    other.load_state_dict(torch.load(tmp_path / "weights.pt", weights_only=True))
    whole = torch.load(tmp_path / "model.pt", weights_only=False)
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model)), whole, other):
        assert state(twin) == state(model)
        assert not {id(p) for p in twin.parameters()} & {id(p) for p in model.parameters()}
        close(twin(*inputs), model(*inputs), 0)


def test_loaded_by_another_process(tmp_path: Path) -> None:
    """A whole module and what it gave, one pickle: another process finds its classes in the file."""
    subject = Subject("odd", "Odd")
    model, inputs = subject.model(), subject.inputs()
    module, _ = imported(subject)
    shutil.copy(str(module.__file__), tmp_path)
    torch.save((model, inputs, model(*inputs)), tmp_path / "all.pt")
    code = "import torch; model, inputs, said = torch.load('all.pt', weights_only=False); found = model(*inputs)"
    code += "; print(all(map(torch.equal, found, said)), type(found) is type(said), *found._fields)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("True True logits features\n", 0), done.stderr


# ---- graphs ---------------------------------------------------------------------


@some
@pytest.mark.timeout(600)
@pytest.mark.parametrize("backend", [pytest.param("eager", marks=pytest.mark.slow), "aot_eager"])
def test_compiled(subject: Subject, backend: str) -> None:
    """As one graph, in evaluation and in training, the gradients too."""
    model, inputs = subject.model(), subject.inputs()
    torch._dynamo.reset()
    compiled = torch.compile(model, backend=backend, fullgraph=True)
    close(compiled(*inputs), model(*inputs))
    moved = copy.deepcopy(model).train()
    found, wanted = stepped(torch.compile(moved, backend=backend, fullgraph=True), inputs), stepped(model.train(), inputs)
    assert found.keys() == wanted.keys()
    for name in wanted if not random(model) else ():  # compiled code draws other random numbers
        torch.testing.assert_close(found[name], wanted[name], rtol=1e-3, atol=1e-5)


def random(model: nn.Module) -> bool:
    return any("drop" in type(one).__name__.lower() or "depth" in type(one).__name__.lower() for one in model.modules())


def stepped(model: Any, inputs: tuple[Tensor, ...]) -> dict[str, Tensor]:
    """The gradients after a backward pass, by the parameter's name."""
    torch.manual_seed(1)
    total(model(*inputs)).backward()
    return {
        name.removeprefix("_orig_mod.").removeprefix("module."): parameter.grad.clone()
        for name, parameter in model.named_parameters()
        if parameter.grad is not None
    }


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("g++") and not shutil.which("clang++"), reason="inductor needs a C++ compiler")
@pytest.mark.timeout(900)
@some
def test_compiled_by_inductor(subject: Subject) -> None:
    model, inputs = subject.model(), subject.inputs()
    torch._dynamo.reset()
    with torch.no_grad():
        close(torch.compile(model, fullgraph=True)(*inputs), model(*inputs), 1e-4)


@some
@pytest.mark.timeout(600)
@pytest.mark.parametrize("strict", [True, False], ids=["strict", "traced"])
def test_exported_for_any_batch(subject: Subject, strict: bool) -> None:
    model, inputs = subject.model(), subject.inputs()
    batch = torch.export.Dim("batch", min=1, max=64)
    exported = torch.export.export(model, inputs, dynamic_shapes=tuple({0: batch} for _ in inputs), strict=strict)
    assert set(exported.state_dict) == set(model.state_dict())
    for size in (1, 2, 5):
        close(exported.module()(*subject.inputs(size)), model(*subject.inputs(size)))


@pytest.mark.parametrize("subject", cases("LeNet5", "Odd", "Siamese", "UNetBN"))
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning")
def test_traced_by_jit(subject: Subject) -> None:
    model = subject.model()
    traced = torch.jit.trace(model, subject.inputs())
    for size in (2, 3):
        close(tuple(outputs(traced(*subject.inputs(size)))), tuple(outputs(model(*subject.inputs(size)))))


@every
def test_traced_by_fx(subject: Subject) -> None:
    model = subject.model()
    traced = fx.symbolic_trace(model)
    assert list(traced.state_dict()) == list(model.state_dict())
    for size in (1, 3):
        close(traced(*subject.inputs(size)), model(*subject.inputs(size)), 0)


# ---- layouts and types ----------------------------------------------------------


@every
def test_channels_last(subject: Subject) -> None:
    """What arrives channels-last is so wherever it is worth something, and leaves so."""
    model, inputs = subject.model(), subject.inputs()
    wanted = model(*inputs)
    model.to(memory_format=torch.channels_last)
    with Reading() as reading:
        found = model(*(one.contiguous(memory_format=torch.channels_last) for one in inputs))
    close(found, wanted)
    assert reading.turned == []
    assert all(map(channels_last, outputs(found)))


class Reading(TorchDispatchMode):  # type: ignore[misc]
    """Notes the convolutions, poolings and batch normalisations that read maps in another layout."""

    def __init__(self) -> None:
        super().__init__()
        self.turned: list[str] = []

    def __torch_dispatch__(self, function: Any, types: Any, given: Any = (), words: Any = None) -> Any:
        name = str(function)
        if any(word in name for word in ("convolution", "pool", "batch_norm")) and not channels_last(given[0]):
            self.turned.append(name)
        return function(*given, **(words or {}))


def channels_last(value: Any) -> bool:
    """Whether channels are what moves fastest, in views too; anything that is no map passes."""
    return not isinstance(value, Tensor) or value.ndim != 4 or 1 in (value.stride(1), value.shape[1])


def halves(dtype: torch.dtype, *fast: str) -> list[Any]:
    """Many CPUs compute float16 one number at a time."""
    return [pytest.param(*one.values, dtype, id=f"{dtype}-{one.id}", marks=one.marks) for one in cases(*fast)]


@pytest.mark.parametrize(("subject", "dtype"), [*halves(torch.bfloat16), *halves(torch.float16, "LeNet5", "Odd")])
def test_autocast(subject: Subject, dtype: torch.dtype) -> None:
    """Forward and backward; parameters and their gradients stay float32."""
    model, inputs = subject.model(), subject.inputs()
    wanted = model(*inputs)
    with torch.autocast("cpu", dtype):
        found = model(*inputs)
    assert dtype in {tensor.dtype for tensor in outputs(found)}
    for one, other in zip(outputs(found), outputs(wanted), strict=True):
        torch.testing.assert_close(one.float(), other, rtol=0.1, atol=0.1 * float(other.detach().abs().max()))
    total(found).backward()
    assert {p.grad.dtype for p in model.parameters() if p.grad is not None} == {torch.float32}


@every
def test_float64(subject: Subject) -> None:
    """Nothing in forward is of a fixed type."""
    model, inputs = subject.model(), subject.inputs()
    wanted = model(*inputs)
    found = model.double()(*(one.double() for one in inputs))
    assert {tensor.dtype for tensor in outputs(found)} == {torch.float64}
    for one, other in zip(outputs(found), outputs(wanted), strict=True):
        torch.testing.assert_close(one.float(), other, rtol=1e-3, atol=1e-4)


# ---- training -------------------------------------------------------------------


@pytest.mark.parametrize("subject", [case for case in cases() if case.values[0].form == "readable"])
def test_gradients_reach_what_trains(subject: Subject) -> None:
    """Each parameter that trains, and no other; both forms with the same random numbers have the same gradients."""
    model = subject.model().train()
    found = stepped(model, subject.inputs())
    assert found.keys() == {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert all(bool(gradient.isfinite().all()) for gradient in found.values())
    flat = Subject(subject.program, subject.net, subject.size, subject.settings, "flat").model()
    flat.load_state_dict(subject.model().state_dict())
    wanted = stepped(flat.train(), subject.inputs())
    for name, gradient in wanted.items():
        torch.testing.assert_close(found[name], gradient, rtol=1e-3, atol=1e-6)


@every
def test_training_and_evaluation(subject: Subject) -> None:
    """Evaluation repeats itself and moves nothing; training draws where there is something to draw, and moves statistics."""
    model, inputs = subject.model(), subject.inputs()
    before = copy.deepcopy(model.state_dict())
    first = model(*inputs)
    close(model(*inputs), first, 0)
    assert all(torch.equal(tensor, before[key]) for key, tensor in model.state_dict().items())
    model.train()
    drawn = [model(*inputs) for _ in range(4)]
    same = all(torch.equal(*pair) for one in drawn[1:] for pair in zip(outputs(one), outputs(drawn[0]), strict=True))
    assert same == (not random(model))
    moved = {key for key, tensor in model.state_dict().items() if not torch.equal(tensor, before[key])}
    assert moved == {key for key in before if key.endswith(("running_mean", "running_var", "num_batches_tracked"))}
    model.eval().load_state_dict(before)
    close(model(*inputs), first, 0)
