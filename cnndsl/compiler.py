"""The whole street on one page: text to declarations, declarations to a graph, a graph to figures and texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from . import choices, lint, tree, zoo
from .analysis import Setting
from .assertions import judge
from .binding import Given, bind
from .budget import MAX_LAYERS, Budget
from .choices import Choice
from .diagnostics import CompileError, Diagnostic, Problem, Report, TooLarge, did_you_mean, fault
from .elaborate import Elaborator
from .elsewhere import language
from .files import FileProblem, read_source
from .live import Network, shown
from .model import Declared, Loader, Module
from .op import Shape, counted
from .ports import Request
from .scopes import Poisoned
from .settings import read
from .sizes import equations
from .source import Source, Span
from .sweeping import unswept
from .trace import Tracer, Trail

T = TypeVar("T")
ROOM = 33_000  # words, and nearly as many are left in the piece: blocks go 64 deep, at some 250 words each


@dataclass(slots=True, repr=False)
class Program:
    """A file that was read: its nets, and what was found wrong with it so far.

    `module` is None where it has syntax errors; `rest` is then what could be read, if that is enough to look on.
    """

    source: Source
    module: Module | None
    report: Report = field(default_factory=Report)
    rest: Module | None = None

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        return tuple(self.report.sorted())

    @property
    def nets(self) -> tuple[str, ...]:
        """The names of the file's own nets and presets, in order."""
        return tuple(d.name for d in self.declared if d.is_net and not d.imported)

    @property
    def declared(self) -> tuple[Declared, ...]:
        return tuple(self.module.names.values()) if self.module else ()

    def needs(self, name: str) -> tuple[str, ...]:
        """The parameters that a net needs; raises Problem where there is no such net."""
        return tuple(parameter for parameter, must in self.find(name).open.items() if must)

    def takes(self, name: str) -> tuple[str, ...]:
        """The parameters that a net may be given; raises Problem where there is no such net."""
        return tuple(self.find(name).open)

    def is_template(self, name: str) -> bool:
        """Whether a net needs parameters."""
        return bool(self.needs(name))

    def complete(self, given: Collection[str] = ()) -> tuple[str, ...]:
        """The nets that need no parameters but those that are given."""
        return tuple(name for name in self.nets if not set(self.needs(name)) - set(given))

    def main(self, given: Collection[str] = ()) -> str:
        """The net that is meant where none is named: the only one that needs no parameters but those that are given."""
        complete, name = self.complete(given), self.source.name
        if len(complete) == 1:
            return complete[0]
        if not self.nets:
            raise Problem(f"{name} declares no net", code="E0004", help="write `net Name { … }`")
        if not complete:
            needs = [f"{net} needs {', '.join(self.needs(net))}" for net in self.nets]
            help = f"choose one and give them: --net {self.nets[0]} --set {self.needs(self.nets[0])[0]}=…"
            raise Problem(f"the nets of {name} need parameters", code="E0004", notes=needs, help=help)
        raise Problem(f"{name} declares several nets", code="E0004", help=f"choose one with --net: {', '.join(complete)}")

    def net(
        self,
        name: str | None = None,
        /,
        *,
        inputs: Shape | Mapping[str, Shape] | None = None,
        settings: Mapping[str, str] | None = None,
        batch: int = 1,
        dtype: str = "float32",
        max_layers: int = MAX_LAYERS,
        **parameters: Any,
    ) -> Network:
        """A net with its parameters and input sizes (default: as declared), elaborated and checked.

        `inputs` is a shape without the batch, or one for each input by name. `settings` are parameters as the language
        writes them, "[3, 4, 6, 3]" or "LeakyReLU(0.1)". Raises CompileError with all diagnostics.
        """
        found = tuple((key, frozen(value), whole(f"{key}={value}", f"argument {key}")) for key, value in parameters.items())
        network = self.made(Elaborator, name, found, inputs, settings, Setting(batch, dtype), max_layers)
        network.ir.settings = {**parameters, **(settings or {})}
        return network

    def traced(
        self,
        name: str | None = None,
        *,
        inputs: Shape | Mapping[str, Shape] | None = None,
        settings: Mapping[str, str] | None = None,
        max_layers: int = MAX_LAYERS,
    ) -> Network:
        """The same with the trail of its making, which the readable torch module is written from."""
        network = self.made(Tracer, name, (), inputs, settings, Setting(), max_layers)
        network.ir.settings = {**(settings or {})}
        return network

    def made(
        self,
        elaborating: type[Elaborator],
        name: str | None,
        given: tuple[Given, ...],
        inputs: Shape | Mapping[str, Shape] | None,
        settings: Mapping[str, str] | None,
        setting: Setting,
        max_layers: int,
    ) -> Network:
        """A net, elaborated and checked; raises CompileError with all diagnostics."""
        if self.module is None:
            raise CompileError(self.check(max_layers=max_layers))
        declared = self.find(name or self.main([*(key for key, *_ in given if key), *(settings or ())]))
        report = Report(list(self.report.diagnostics))
        elaborator = elaborating(report, Budget(max_layers))
        given += read(settings or {}, self.module, elaborator)
        network = elaborated(elaborator, declared, Request(given, sized(inputs)), setting)
        if report.has_errors or network is None:
            raise CompileError(report.sorted())
        if isinstance(elaborator, Tracer):
            network.trail = Trail(declared, elaborator.root, sized(inputs))
        network.diagnostics = tuple(report.sorted())
        return network

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """What Jupyter shows: the networks; where there are none, or not for certain, what is to be said of that."""
        try:
            complete = [self.net(name) for name in self.complete()]
        except CompileError as error:
            return {"text/plain": f"{self!r}\n{error}"}
        needing = [f"{name}({', '.join(self.needs(name))})" for name in self.nets if self.needs(name)]
        return shown(complete, needing) if complete else {"text/plain": repr(self)}

    def __repr__(self) -> str:
        errors = sum(d.is_error for d in self.diagnostics)
        found = f", {counted(errors, 'error')}" if errors else ""
        return f"<Program {self.source.name}: {', '.join(self.nets) or 'no nets'}{found}>"

    def check(
        self,
        *nets: str,
        inputs: Shape | Mapping[str, Shape] | None = None,
        settings: Mapping[str, str] | None = None,
        max_layers: int = MAX_LAYERS,
        lints: Choice = Choice(),  # noqa: B008  (frozen)
    ) -> tuple[Diagnostic, ...]:
        """All errors, notes and lints of the file: of these nets, or of every one that needs no more than `settings`.

        `inputs` and `settings` as in `net`, for each of them. `lints` switches lints off and on by code, where the file
        itself does not. Raises Problem where there is no such net.
        """
        if self.rest is not None:
            return Program(self.source, self.rest, self.report).check(max_layers=max_layers)
        whole = Report(of_nets=True)
        whole.extend(self.report.diagnostics)
        if self.module is None:
            return tuple(whole.sorted())
        networks, defaults = [], []
        owners: dict[Diagnostic, Declared] = {}
        budget: Budget | None = None
        for name in nets or self.complete(settings or ()):
            budget = Budget(max_layers, budget)
            elaborator = Elaborator(Report(list(self.report.diagnostics)), budget)
            given = read(settings or {}, self.module, elaborator)
            network = elaborated(elaborator, self.find(name), Request(given, sized(inputs)), Setting())
            told = len(whole.diagnostics)
            whole.extend(elaborator.report.diagnostics)
            owners.update({d: self.find(name) for d in whole.diagnostics[told:]})
            if network is not None:
                networks.append(network)
                whole.extend(equations(network.ir))
            defaults += elaborator.defaults
            if budget.spent and whole.has_errors:
                break
        for declared in self.declared if not nets else ():
            whole.extend(preset_faults(declared))
        if not nets and not (budget and budget.spent):
            whole.extend(self.binding_faults(Budget(max_layers, budget)))
        if not whole.has_errors:
            every = not (nets or inputs or settings or self.unreached())
            whole.extend(self.linted(lint.Subject(self.module, networks, defaults, every), lints))
        return tuple(owned(whole.sorted(), owners))

    def binding_faults(self, budget: Budget) -> list[Diagnostic]:
        """What is wrong with the file's own bindings: perhaps no net reads them."""
        elaborator = Elaborator(Report(), budget)
        for declared in self.declared:
            if not isinstance(declared.tree, tree.Bind) or declared.imported:
                continue
            try:
                elaborator.declared(declared)
            except Poisoned:
                continue
            except TooLarge as error:
                return [error.diagnostic]
            except RecursionError:
                return [too_nested(declared)]
        return elaborator.report.diagnostics

    def linted(self, subject: lint.Subject, project: Choice) -> list[Diagnostic]:
        """The warnings that the file and the project want to hear."""
        chosen, wrong = choices.choices(self.source, project, lint.quiet(), lint.codes())
        found = lint.run(subject, chosen.off(lint.codes()))
        return choices.told([*found, *wrong], chosen, subject.whole)

    def unreached(self) -> tuple[str, ...]:
        """The nets that need parameters and that no other net of the file gives them: of these, only the syntax is known."""
        reached = {one.tree for name in self.complete() for one in self.find(name).chain()}
        return tuple(name for name in self.nets if self.find(name).tree not in reached)

    def find(self, name: str) -> Declared:
        assert self.module is not None
        declared = self.module.names.get(name)
        if declared is None or not declared.is_net:
            close = did_you_mean(name, self.nets)
            help = f"did you mean `{close}`?" if close else f"it has {', '.join(self.nets) or 'none'}"
            raise Problem(f"{self.source.name} has no net {name}", code="E0003", help=help)
        return declared


def sized(inputs: Shape | Mapping[str, Shape] | None) -> dict[str, Shape] | None:
    """Sizes by name of the input, "" for the only one."""
    if inputs is None or isinstance(inputs, Mapping):
        return None if inputs is None else dict(inputs)
    return {"": tuple(inputs)}


def owned(found: list[Diagnostic], owners: Mapping[Diagnostic, Declared]) -> Iterator[Diagnostic]:
    """Diagnostics, with the net that each is of: where nets have different ones at one place, and those of presets elsewhere."""
    places = Counter((d.code, d.span) for d in found)
    for d in found:
        owner = owners.get(d)
        if owner is None or (places[d.code, d.span] == 1 and not is_elsewhere(d, owner)):
            yield d
        else:
            yield d._replace(notes=(*d.notes, f"in net {owner.name}, line {owner.span.line}"))


def is_elsewhere(found: Diagnostic, owner: Declared) -> bool:
    """Whether what a preset makes wrong stands in the net that it is of."""
    whole, span = owner.tree.span, found.span
    inside = whole.source is span.source and whole.start <= span.start < whole.end
    return isinstance(owner.tree, tree.Preset) and not inside


def preset_faults(declared: Declared) -> list[Diagnostic]:
    """Arguments of a preset that its base does not have: also of one that still needs others, and is not expanded."""
    base = declared.base
    if base is None or declared.imported or not isinstance(declared.tree, tree.Preset):
        return []
    given = [(argument.name, None, argument.span) for argument in declared.tree.arguments]
    return bind(list(base.open), given, base.described).wrong


def elaborated(elaborator: Elaborator, declared: Declared, request: Request, setting: Setting) -> Network | None:
    """A net, analysed and held against its assertions; None where it cannot be had, which is reported."""
    report = elaborator.report
    try:
        with unswept():
            graph = roomy(lambda: elaborator.net(declared, request))
        if report.has_errors:
            return None
        network = Network(graph, setting)
        judge(elaborator, network, report)
    except TooLarge as error:
        report.add(error.diagnostic)
    except RecursionError:
        report.add(too_nested(declared))
    return None if report.has_errors else network


def roomy(call: Callable[[], T]) -> T:
    """A call whose frames lie in one piece.

    CPython keeps frames in pieces of 16 KB: where blocks nest so deep that one is full, it would take a new one from the
    system and give it back at every call, which takes longer than the call. A frame that asks for more gets a larger piece.
    """
    return call()


roomy.__code__ = roomy.__code__.replace(co_stacksize=ROOM)


def parse(text: str, name: str = "<text>") -> Program:
    """A program from its text; imports of files are sought from the working directory."""
    return program(Source(text, name))


def load(path: str | Path) -> Program:
    """A program from a file, from standard input (`-`) or of those that ship (`zoo:resnet`).

    Raises Problem where it cannot be read; what is wrong in it is in its `diagnostics`.
    """
    name = str(path)
    if name.startswith(zoo.PREFIX):
        return program(zoo.find(name.removeprefix(zoo.PREFIX))[0].source)
    try:
        return program(read_source(name))
    except FileProblem as problem:
        if problem.code == "E0901" and zoo.ships(name):
            raise FileProblem(problem.title, code="E0901", help=f"one of that name ships: `zoo:{name}`") from None
        raise


def program(source: Source) -> Program:
    report = Report()
    loader = Loader(open_import, report)
    try:
        with unswept():
            module = loader.module(source)
    except RecursionError:
        module = None
        report.add(fault("E0702", "the program nests too deeply", Span(source, 0, 0), help="name the parts").diagnostic)
    other = language(source.text) if module is None else None
    if other is not None:
        return Program(source, None, Report([in_another(source, *other)]))
    return Program(source, module, report, loader.spoilt.get(source.name))


def in_another(source: Source, name: str, start: int, end: int) -> Diagnostic:
    """A text in another language: to go through it word for word helps nobody."""
    title = f"this is {name}, and no program of cnndsl"
    help = "a program begins with `net Name {` and `input image: 3x224x224`; `cnndsl zoo` lists programs to start from"
    return fault("E0101", title, Span(source, start, end), help=help).diagnostic


def open_import(path: str, importer: str | None) -> Source:
    """The source of an import: relative to the importing file, or one that ships."""
    if importer is not None:
        return read_source(str(Path(importer).parent / path))
    return zoo.imported(path)


def whole(text: str, name: str) -> Span:
    """A place that is all of a text."""
    return Span(Source(text, name), 0, len(text))


def frozen(value: Any) -> Any:
    """Lists of the API as the language's own."""
    return tuple(frozen(item) for item in value) if isinstance(value, list | tuple) else value


def too_nested(declared: Declared) -> Diagnostic:
    return fault("E0702", "the program nests too deeply", declared.span, help="name the parts").diagnostic
