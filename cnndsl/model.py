"""Tree to declarations: the names of a file and of what it imports."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from . import syntax, tree
from .diagnostics import Diagnostic, Fix, Label, Problem, Report, did_you_mean, fault
from .source import Source, Span
from .spelling import slip
from .tree import Param

VERSION = 1
IMPORTS = 32  # deep
Reader = Callable[[str, str | None], Source]  # (path or name, importing file or None where it ships) -> its source


@dataclass(eq=False, slots=True)
class Module:
    """A file: its declarations by name, its defaults in order; `lost` are names that could not be imported or read.

    `unread` are all words that stand in what could not be read.
    """

    source: Source
    names: dict[str, Declared] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    unread: frozenset[str] = frozenset()
    defaults: list[tree.Default] = field(default_factory=list)
    scope: Any = None  # made by the elaborator when first needed
    doc: str = ""

    def is_unread(self, name: str) -> bool:
        """Whether what could not be read may have given a name."""
        return name in self.unread or any("$" in word for word in self.unread)


@dataclass(eq=False, slots=True)
class Declared:
    """A block, net, preset, extern, function or binding, and the module that it stands in."""

    name: str
    tree: tree.Block | tree.Preset | tree.Extern | tree.Function | tree.Bind
    module: Module
    imported: bool = False

    @property
    def is_net(self) -> bool:
        return isinstance(self.tree, tree.Preset) or (isinstance(self.tree, tree.Block) and self.tree.is_net)

    @property
    def span(self) -> Span:
        return self.tree.name.span if not isinstance(self.tree, tree.Bind) else self.tree.span

    @property
    def params(self) -> tuple[Param, ...]:
        return () if isinstance(self.tree, tree.Bind) else self.tree.params

    @property
    def open(self) -> dict[str, bool]:
        """The parameters that may be given from outside, and whether they must: of a preset also those that it leaves open."""
        chain = list(self.chain())
        found = chain[-1].own
        for preset, base in reversed(list(pairwise(chain))):
            assert isinstance(preset.tree, tree.Preset)
            places = sum(a.name is None for a in preset.tree.arguments)
            settled = {a.name for a in preset.tree.arguments} | set(base.takes[:places])
            found = preset.own | {name: need for name, need in found.items() if name not in settled | set(preset.own)}
        return found

    @property
    def own(self) -> dict[str, bool]:
        """The parameters that it declares itself, and whether they must be given."""
        return {p.name: p.default is None for p in self.params}

    @property
    def takes(self) -> tuple[str, ...]:
        """What arguments without a name are matched with: its parameters, or those of what it is made from."""
        return next((tuple(p.name for p in one.params) for one in self.chain() if one.params), ())

    @property
    def base(self) -> Declared | None:
        """The net that it is a preset of, where that is a net itself."""
        if not isinstance(self.tree, tree.Preset):
            return None
        found = self.module.names.get(self.tree.base.name)
        return found if found is not None and isinstance(found.tree, tree.Block) else None

    def chain(self) -> Iterator[Declared]:
        """Itself, the net that it is a preset of, what that one is a preset of; a circle is followed once."""
        seen: list[object] = []
        at: Declared | None = self
        while at is not None and at.tree not in seen:
            yield at
            seen.append(at.tree)
            at = at.module.names.get(at.tree.base.name) if isinstance(at.tree, tree.Preset) else None

    @property
    def described(self) -> str:
        """What it is, for messages."""
        match self.tree:
            case tree.Block():
                return f"the {'net' if self.tree.is_net else 'block'} {self.name}"
            case tree.Preset():
                return f"the net {self.name}"
            case tree.Extern():
                return f"the extern {self.name}"
            case tree.Function():
                return f"the function {self.name}"
        return self.name


@dataclass(slots=True)
class Loader:
    """Modules by name of source, each read once; `reading` is the chain of files that import one another.

    `spoilt` are modules of files with syntax errors, as far as they can be read: nobody imports them.
    """

    read: Reader
    report: Report
    modules: dict[str, Module | None] = field(default_factory=dict)
    spoilt: dict[str, Module] = field(default_factory=dict)
    reading: list[str] = field(default_factory=list)

    def module(self, source: Source) -> Module | None:
        """The declarations of a source; None where it has syntax errors, which are reported."""
        if source.name in self.modules:
            return self.modules[source.name]
        check_version(source, self.report)
        file, errors = syntax.read(source)
        for error in errors:
            self.report.add(error)
        module = None
        if file is not None:
            self.reading.append(source.name)
            module = Module(source, unread=file.unread)
            for declaration in file.declarations:
                self.declare(module, declaration)
            self.reading.pop()
        if errors and module is not None:
            self.spoilt[source.name], module = module, None
        self.modules[source.name] = module
        return module

    def declare(self, module: Module, declaration: tree.Declaration) -> None:
        match declaration:
            case tree.Import():
                self.import_names(module, declaration)
            case tree.Default():
                module.defaults.append(declaration)
            case tree.Hole():
                module.lost.update(declaration.names)
            case tree.Doc():
                module.doc = module.doc or declaration.text
            case tree.Bind():
                self.enter(module, Declared(declaration.name, declaration, module))
            case _:
                self.check_parameters(declaration.params)
                self.enter(module, Declared(declaration.name.name, declaration, module))

    def check_parameters(self, params: tuple[tree.Param, ...]) -> None:
        """Report parameters of one name."""
        first: dict[str, tree.Param] = {}
        for param in params:
            known = first.setdefault(param.name, param)
            if known is not param:
                labels = (Label(param.span, "again here"), Label(known.span, "first here"))
                title = f"the parameter {param.name} is given twice"
                self.report.add(Diagnostic("E0202", title, labels, (), "give one of them another name"))

    def enter(self, module: Module, declared: Declared, at: Span | None = None) -> None:
        span = at or declared.span
        first = module.names.get(declared.name)
        if first is None:
            module.names[declared.name] = declared
            return
        labels = (Label(span, "again here"), Label(first.span, "first here"))
        self.report.add(
            Diagnostic("E0202", f"the name {declared.name} is given twice", labels, (), "give one of them another name")
        )

    # ---- imports -------------------------------------------------------------
    def import_names(self, module: Module, declaration: tree.Import) -> None:
        imported = self.imported(module, declaration)
        for name in declaration.names:
            if imported is None:
                module.lost.add(name.name)
                continue
            found = imported.names.get(name.name)
            if found is None:
                close = did_you_mean(name.name, imported.names)
                help = f"did you mean `{close}`?" if close else "it declares " + (", ".join(imported.names) or "nothing")
                fix = Fix(name.span, close, slip(name.name, imported.names) == close) if close else None
                title = f"{declaration.path} declares no {name.name}"
                self.report.add(fault("E0802", title, name.span, help=help, fix=fix).diagnostic)
                module.lost.add(name.name)
                continue
            self.enter(module, Declared(found.name, found.tree, found.module, True), name.span)

    def imported(self, module: Module, declaration: tree.Import) -> Module | None:
        """The module that an import names; None, and a report, where there is none."""
        span = declaration.path_span
        try:
            source = self.read(declaration.path, None if declaration.ships else module.source.name)
        except Problem as problem:
            help = problem.help or ("paths are relative to this file" if problem.code == "E0901" else None)
            self.report.add(Diagnostic(problem.code, problem.title, (Label(span, problem.detail),), problem.notes, help))
            return None
        if source.name in self.reading:
            chain = " → ".join([*self.reading[self.reading.index(source.name) :], source.name])
            help = "move what both need into a third file"
            self.report.add(fault("E0803", "files import each other in a circle", span, notes=[chain], help=help).diagnostic)
            return None
        if len(self.reading) >= IMPORTS:
            self.report.add(fault("E0701", f"imports go more than {IMPORTS} files deep", span).diagnostic)
            return None
        found = self.module(source)
        if found is None:
            help = "mend that file first; its errors are told with these"
            self.report.add(fault("E0804", f"{declaration.path} has errors of its own", span, help=help).diagnostic)
        return found


def check_version(source: Source, report: Report) -> None:
    """`# cnndsl 1` in the first line states the language's version; a later one is refused."""
    match = re.match(r"#\s*cnndsl\s+(\d+)\b", source.text)
    if match and int(match[1]) > VERSION:
        span = Span(source, match.start(), match.end())
        title = f"this file is written in version {match[1]} of the language"
        report.add(fault("E0106", title, span, help=f"this cnndsl reads version {VERSION}; install a newer one").diagnostic)
