"""A network for deployment to the text of a Python file: the module, and what makes it of trained weights."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from ...deployment import Deployment
from ...op import rank
from ...ops.conv import Convolving, ConvTranspose
from ...rewrites.fold import Fold
from .file import File
from .layout import INDENT, wrap
from .literals import literal, string

TAKEN = ("Fold", "FOLDS", "Mapping", "from_trained", "put", "spread")
DEFAULTS: dict[str, Any] = {"eps": 1e-5, "weight": True, "bias": True, "biased": False, "before": False, "groups": 0}

# What follows `#?` says when a line is written: if all of these words apply, and none of those after `!`.

FOLD = '''\
class Fold(NamedTuple):
    """A batch normalisation of the trained module that is in the weights of a layer here."""

    layer: str
    norm: str
    eps: float = 1e-05 #? eps
    weight: bool = True  # whether the normalisation has one #? weight
    bias: bool = True  # whether the normalisation has one #? bias
    biased: bool = False  # whether the layer had a bias of its own #? biased
    before: bool = False  # whether the normalisation stood before the layer #? before
    groups: int = 0  # of channels, where these stand on the second axis of the kernel #? groups
'''

FROM_TRAINED = '''\
def from_trained(state_dict: Mapping[str, Tensor]) -> NAME:
    """The module with the weights of the trained one, whose state_dict is given."""
    model = NAME()
    wanted = set(model.state_dict()) #? folds
    for fold in FOLDS: #? folds
        if not fold.biased: #? biased
            wanted.discard(f"{fold.layer}.bias") #? biased
        wanted.discard(f"{fold.layer}.bias") #? folds !biased
        names = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"] #? folds !bias
        names = ["running_mean", "running_var", "num_batches_tracked"] #? bias
        names += ["weight"] * fold.weight #? weight
        names += ["weight"] #? bias !weight
        names += ["bias"] * fold.bias #? bias
        wanted.update(f"{fold.norm}.{name}" for name in names) #? folds
    missing = sorted(key for key in wanted - set(state_dict) if not key.endswith("_tracked")) #? folds
    unexpected = sorted(set(state_dict) - wanted) #? folds
    if missing or unexpected: #? folds
        raise RuntimeError(f"no weights of the trained NAME: {missing=}, {unexpected=}") #? folds
    state = {key: value.detach().clone() for key, value in state_dict.items()}
    for fold in FOLDS: #? folds
        put(state, fold) #? folds
    state = {key: state[key] for key in model.state_dict() if key in state} #? folds
    model.load_state_dict(state, assign=True)
    return model.to(memory_format=torch.channels_last) #? last
    return model #? !last
'''

PUT = '''\
def put(state: dict[str, Tensor], fold: Fold) -> None:
    """Put a normalisation into the weights of its layer, computed in float64."""

    def exact(key: str) -> Tensor:
        return state[key].to("cpu", torch.float64)

    scale = 1 / torch.sqrt(exact(f"{fold.norm}.running_var") + 1e-05) #? !eps
    scale = 1 / torch.sqrt(exact(f"{fold.norm}.running_var") + fold.eps) #? eps
    if fold.weight: #? weight
        scale = scale * exact(f"{fold.norm}.weight") #? weight
    scale = scale * exact(f"{fold.norm}.weight") #? !weight
    shift = -scale * exact(f"{fold.norm}.running_mean")
    if fold.bias: #? bias
        shift = shift + exact(f"{fold.norm}.bias") #? bias
    shift = shift + exact(f"{fold.norm}.bias") #? !bias
    kernel = exact(f"{fold.layer}.weight")
    bias = torch.zeros_like(shift) #? again !before
    bias = torch.zeros(1, dtype=torch.float64) #? before
    if f"{fold.layer}.bias" in state: #? again
        bias = exact(f"{fold.layer}.bias") #? again
    if fold.before: #? before
        bias = bias + (kernel * spread(shift, kernel, fold.groups)).flatten(1).sum(1) #? before
    else: #? before
        bias = bias * scale + shift #? before
    bias = bias * scale + shift #? again !before
    if fold.groups: #? groups
        factor = spread(scale, kernel, fold.groups) #? groups
    else: #? groups
        factor = scale.view(-1, *[1] * (kernel.dim() - 1)) #? groups
    factor = scale.view(-1, *[1] * (kernel.dim() - 1)) #? !groups
    stored = state[f"{fold.layer}.weight"]
    state[f"{fold.layer}.weight"] = (kernel * factor).to(stored)
    state[f"{fold.layer}.bias"] = bias.to(stored) #? again
    state[f"{fold.layer}.bias"] = shift.to(stored) #? !again
'''

SPREAD = '''\
def spread(values: Tensor, kernel: Tensor, groups: int) -> Tensor:
    """A value for each channel on the kernel's second axis, group by group."""
    rows = values.view(groups, -1).repeat_interleave(len(kernel) // groups, 0)
    return rows.view(*rows.shape, *[1] * (kernel.dim() - 2))
'''


def source(deployment: Deployment) -> str:
    """The file's text; raises CompileError where a layer has no PyTorch form."""
    return Deployed(deployment).text()


class Deployed(File):
    """The writing of one file for deployment."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.rows = [row(fold) for fold in deployment.folds]
        super().__init__(deployment.network)
        self.words = self.applying()
        for node in self.graph.layers:  # what tensors are drawn from is of no use here; kernels that are fixed stay
            if getattr(node.op, "weight", None) is None:
                self.forms[node.index] = self.forms[node.index]._replace(init=())
        self.helpers += ["\n".join(self.chosen(FOLD))] if self.rows else []

    def applying(self) -> set[str]:
        """The words that say which lines are written."""
        words = {name for name in DEFAULTS if any(name in found for found in self.rows)}
        layers = [found["layer"] for found in self.rows]
        return {
            *words,
            *["again"] * bool(words & {"biased", "before"} or len(set(layers)) < len(layers)),
            *["folds"] * bool(self.rows),
            *["last"] * convolves_images(self.deployment),
        }

    def chosen(self, text: str) -> list[str]:
        """The lines of a text that are to be written."""
        return [line for line, words in map(marked, text.splitlines()) if self.apply(words)]

    def apply(self, words: Collection[str]) -> bool:
        return all((word.lstrip("!") in self.words) != word.startswith("!") for word in words)

    def defined(self) -> set[str]:
        return super().defined() | set(TAKEN)

    def description(self) -> str:
        return "\n".join([super().description(), "", "The form for deployment, of use in evaluation only:", *self.told()])

    def told(self) -> Iterator[str]:
        """What was done, as a list."""
        yield from (f"- {line}" for line in self.deployment.told())
        if "last" in self.words:
            yield "- channels last in memory"

    def constructor(self) -> list[str]:
        *lines, blank = super().constructor()
        last = [f"{INDENT * 2}self.to(memory_format=torch.channels_last)"] * ("last" in self.words)
        return [*lines, f"{INDENT * 2}self.eval()", *last, blank]

    def functions(self) -> list[str]:
        texts = [FROM_TRAINED, *[PUT] * bool(self.rows), *[SPREAD] * ("groups" in self.words)]
        lines = ["", "", *self.table()] if self.rows else []
        for text in texts:
            lines += ["", "", *self.chosen(text.replace("NAME", self.signature.name))]
        return lines

    def table(self) -> Iterator[str]:
        """The folds in the order in which they are made."""
        yield "FOLDS = ["
        for found in self.rows:
            words = [string(found["layer"]), string(found["norm"])]
            words += [f"{name}={literal(found[name])}" for name in DEFAULTS if name in found]
            yield from wrap(INDENT, "", f"Fold({', '.join(words)})", ",")
        yield "]"


def marked(line: str) -> tuple[str, list[str]]:
    """A line, and the words after its mark."""
    text, _, words = line.partition("#? ")
    return text.rstrip(), words.split()


def convolves_images(deployment: Deployment) -> bool:
    return any(isinstance(node.op, Convolving) and rank(node.io.input) == 2 for node in deployment.network.ir.layers)


def row(fold: Fold) -> dict[str, Any]:
    """What a fold says, defaults left out."""
    norm: Any = fold.norm.op
    layer: Any = fold.layer.op
    second = fold.before or isinstance(layer, ConvTranspose)
    said = {
        "eps": float(norm.eps),
        "weight": norm.affine,
        "bias": norm.affine and norm.bias,
        "biased": fold.biased,
        "before": fold.before,
        "groups": getattr(layer, "groups", 1) if second else 0,
    }
    different = {name: value for name, value in said.items() if value != DEFAULTS[name]}
    return {"layer": fold.layer.key, "norm": fold.norm.key, **different}
