"""Calls within expressions, and the arguments of all calls: evaluated, bound, with their defaults."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from . import foreign, provenance, tree
from .arguments import Initialiser
from .binding import Given, bind, bind_layer, fields, missing
from .budget import BULK, CALL, Budget
from .diagnostics import Diagnostic, Label, Located, Problem, Report, Undecided, fault
from .expressions import Argument, Call, kind_of, measured, undecided, weight
from .functions import Function
from .graph import Instance, Value
from .init import INITIALISERS, initialiser
from .misuse import check_unapplied, loop_variable, translated, within_branches
from .model import Declared, Module
from .op import Op
from .scopes import (
    ABSENT,
    SEVERAL,
    UNKNOWN,
    Default,
    Defaults,
    Env,
    Layer,
    Poisoned,
    Record,
    written,
)
from .source import Span
from .symbols import Symbolic

FUNCTION_DEPTH = 100


class Calls:
    """Functions, layers as values, file-level names and defaults."""

    merge: Callable[..., Any]
    tell: Callable[[Located, Env], None]

    def __init__(self, report: Report, budget: Budget) -> None:
        self.report = report
        self.budget = budget
        self.step = budget.step
        self.functions: list[str] = []  # those that are being evaluated, each called by the one before it
        self.defaults: list[Default] = []  # all that the program's files and bodies state, for the lint
        self.values: dict[int, Any] = {}  # of file-level bindings, by declaration

    # ---- modules -------------------------------------------------------------------
    def module_env(self, module: Module) -> Env:
        """The scope of a file: its names, and its defaults."""
        if module.scope is None or module.scope.maker is not self:
            module.scope = Env(None, module=module, maker=self)
            for default in module.defaults:
                try:
                    module.scope.defaults = self.with_default(module.scope.defaults, default, module.scope)
                except Located as error:
                    self.report.extend(error.diagnostics)
        return module.scope  # type: ignore[no-any-return]

    def declared(self, declared: Declared) -> Any:
        """What a file-level name stands for; a binding is evaluated when first read."""
        if not isinstance(declared.tree, tree.Bind):
            return declared
        key = id(declared.tree)
        if key not in self.values:
            self.values[key] = ABSENT
            try:
                self.values[key] = declared.tree.value.evaluate(self.module_env(declared.module))
            except Located as error:
                self.values[key] = UNKNOWN
                self.report.extend(error.diagnostics)
            except Poisoned:
                self.values[key] = UNKNOWN
                raise
        if self.values[key] is ABSENT:
            help = "a name cannot be read before it has a value; give one of them another name"
            raise fault("E0218", f"{declared.name} is defined by itself", declared.span, help=help)
        return self.values[key]

    def with_default(self, defaults: Defaults, statement: tree.Default, env: Env) -> Defaults:
        target = statement.name.found(env)
        if isinstance(target, Layer):
            target = target.target
        if not (isinstance(target, type) or (isinstance(target, Declared) and target.params)):
            raise fault("E0207", f"{statement.name.name} takes no defaults", statement.name.span, f"this is {kind_of(target)}")
        given = self.arguments(statement.arguments, env)
        bound, wrong = bind_layer(target, given) if isinstance(target, type) else bind(self.taken(target), given, target.name)
        if wrong:
            self.tell(Located(*wrong), env)
        own = {name: Default(value, span) for name, (value, span) in bound.items()}
        self.defaults += own.values()
        return {**defaults, key_of(target): {**defaults.get(key_of(target), {}), **own}}

    # ---- arguments -----------------------------------------------------------------
    def arguments(self, arguments: Iterable[Argument], env: Env) -> list[Given]:
        """All arguments with their values; one that has none is told, and unknown."""
        found: list[Given] = []
        for argument in arguments:
            value: Any = UNKNOWN
            try:
                value = argument.value.evaluate(env)
            except Undecided:
                raise
            except Located as error:
                self.tell(error, env)
            except Poisoned:
                pass
            found.append((argument.name, value, argument.span))
        return found

    def taken(self, target: type[Op] | Declared) -> list[str]:
        """The names of the parameters."""
        return [p.name for p in target.params] if isinstance(target, Declared) else list(fields(target))

    def parameters(self, declared: Declared, given: list[Given], env: Env, span: Span) -> tuple[dict[str, Any], list[str]]:
        """Values of all parameters, and those that differ from their defaults, written out."""
        bound, wrong = bind([p.name for p in declared.params], given, declared.name)
        lacking = [p.name for p in declared.params if p.default is None and p.name not in bound]
        wrong += missing(lacking, declared.name, span, wrong)
        if not isinstance(declared.tree, tree.Function):
            for name, (value, at) in bound.items():
                wrong += self.flowing(declared, name, value, at)
        if wrong:
            raise Located(*wrong)
        names: dict[str, Any] = {}
        changed: list[str] = []
        scope = self.module_env(declared.module).child(names=names)
        for param in declared.params:
            default = param.default.evaluate(scope) if param.default is not None else ABSENT
            if param.name in bound:
                names[param.name] = bound[param.name][0]
                if default is not ABSENT and not same(default, names[param.name]):
                    changed.append(f"{param.name}={written(names[param.name])}")
            else:
                names[param.name] = default
        return names, changed

    def flowing(self, declared: Declared, name: str, value: Any, at: Span) -> Iterator[Diagnostic]:
        """An error where a parameter is given what flows: that comes in through inputs only."""
        waiting = [value]
        while waiting:
            one = waiting.pop()
            waiting.extend(one if isinstance(one, tuple) else ())
            if isinstance(one, Value):
                call = f"[_, {at.text.split('=')[-1].strip()}] -> {declared.name}"
                help = f"values come in as inputs: `input {name}: [?, ?, ?]` in {declared.name}, and `{call}`"
                title = f"{name} is a parameter, and takes no value"
                yield fault("E0207", title, at, f"this is {kind_of(one)}", help=help).diagnostic

    def check_targets(self, targets: tuple[str, ...], span: Span, env: Env) -> None:
        """Guard: the variables of a loop are names that mean nothing yet."""
        for place, name in enumerate(targets):
            if name in targets[:place] or env.bound(name) is not ABSENT:
                word = loop_variable(span, place)
                text = "a name is bound once"
                raise fault("E0202", f"the name {name} is bound already", word, text, help="choose another name")

    # ---- calls in expressions --------------------------------------------------------
    def call(self, node: Call, env: Env) -> Any:
        try:
            found = env.value(node.callee.found(env))
        except Located as error:
            raise translated(error, node.callee, node.arguments, node.span) from None
        if isinstance(found, Function):
            return self.call_builtin(found, node, env)
        if isinstance(found, Declared) and isinstance(found.tree, tree.Function):
            return self.call_function(found, found.tree, node, env)
        if isinstance(found, str) and found in INITIALISERS:
            return self.call_initialiser(found, node, env)
        if isinstance(found, type) and getattr(found, "merge", False):
            return self.merge(found, self.values_of(node.arguments, node.callee.span.text, env), env, None, node.span)
        if isinstance(found, Layer | type | Declared):
            given = self.arguments(node.arguments, env)
            check_unapplied(node, given)
            if isinstance(found, Layer):
                return Layer(found.target, combined(found.arguments, given), found.defaults)
            return Layer(found, tuple(given), env.defaults)
        if callable(found) and hasattr(found, "described"):
            return found(node, env)
        help = None
        if isinstance(found, Value) and node.arguments:
            help = f"a layer is applied by an arrow: `{node.arguments[0].span.text} -> {node.callee.span.text}`"
        raise fault("E0207", "this cannot be called", node.callee.span, f"it is {kind_of(found)}", help=help)

    def values_of(self, arguments: Iterable[Argument], word: str, env: Env) -> tuple[Any, ...]:
        """What a merge joins; raises Located at every layer among its arguments."""
        given = self.arguments(arguments, env)
        wrong = []
        for _, value, at in given:
            if value is UNKNOWN or isinstance(value, Value | tuple | Record) or value is SEVERAL:
                continue
            help = None
            if isinstance(value, Layer | type) or (isinstance(value, Declared) and not isinstance(value.tree, tree.Function)):
                arms = " ".join(f"| {span.text}" for _, _, span in given)
                help = f"arms apply layers: `{word} {{ {arms} }}`"
            elif isinstance(value, int | float) and word != "cat":
                help = f"what flows is joined, `{word}(a, b)`; no merge takes a number"
            elif type(value) is int and word == "cat" and len(given) > 1:
                help = f"channels are what it joins: `{foreign.call(word, [(None, span.text) for _, _, span in given])}`"
            wrong.append(fault("E0207", f"{word} joins values", at, f"this is {kind_of(value)}", help=help).diagnostic)
        if wrong:
            raise Located(*wrong)
        return tuple(value for _, value, _ in given)

    def call_builtin(self, function: Function, node: Call, env: Env) -> Any:
        """A function of the language, its arguments checked one by one."""
        variadic = next(iter(function.takes)) if function.variadic else ""
        bound, wrong = bind(list(function.takes), self.arguments(node.arguments, env), function.name, variadic)
        lacking = [name for name in list(function.takes)[: len(function.takes) - function.optional] if name not in bound]
        wrong += missing(lacking, function.name, node.span, wrong)
        if wrong:
            raise Located(*wrong)
        if any(value is UNKNOWN for value, _ in bound.values()):
            raise Poisoned
        for name, (value, at) in bound.items():
            loose = value if isinstance(value, tuple) else (value,)
            if not function.sized and any(isinstance(one, Symbolic) for one in loose):
                raise undecided(node.span, f"{function.name} needs the number")
            try:
                function.takes[name](value)
            except TypeError as error:
                help = f"`{at.text}.c` is the number of its channels" if isinstance(value, Value) else None
                raise fault("E0401", f"{function.name} cannot take this", at, str(error), help=help) from None
        self.step(node.span, 5 + sum(weight(value) for value, _ in bound.values() if isinstance(value, tuple)) // BULK)
        try:
            return measured(function.compute(*(bound[name][0] for name in function.takes if name in bound)), node.span)
        except (ValueError, OverflowError) as error:
            raise fault("E0402", f"{function.name} cannot be had of this", node.span, str(error)) from None

    def call_function(self, declared: Declared, function: tree.Function, node: Call, env: Env) -> Any:
        if len(self.functions) >= FUNCTION_DEPTH:
            raise self.endless(declared.name, node.span)
        self.step(node.span, CALL)
        names, _ = self.parameters(declared, self.arguments(node.arguments, env), env, node.span)
        scope = self.module_env(declared.module).child(names=names)
        self.functions.append(declared.name)
        try:
            for binding in function.where:
                names[binding.name] = binding.value.evaluate(scope)
            return function.result.evaluate(scope)
        finally:
            self.functions.pop()

    def endless(self, name: str, span: Span) -> Located:
        """Too many functions within functions; the circle is shown once."""
        help = "a recursion needs a condition that ends it"
        circle = [*self.functions, name]
        circle = circle[len(circle) - 1 - circle[-2::-1].index(name) - 1 :] if name in self.functions else circle
        if len(circle) == 2:
            return fault("E0702", f"{name} calls itself more than {FUNCTION_DEPTH} times", span, help=help)
        title = f"functions go more than {FUNCTION_DEPTH} deep"
        return fault("E0702", title, span, notes=[" → ".join(circle)], help=help)

    def call_initialiser(self, name: str, node: Call, env: Env) -> Initialiser:
        values = [a.value.evaluate(env) for a in node.arguments if a.name is None]
        named = {a.name: a.value.evaluate(env) for a in node.arguments if a.name is not None}
        try:
            return initialiser(name, values, named)
        except Problem as problem:
            raise located(problem, node.span, {}) from None

    def conditional(self, env: Env, name: str) -> tuple[Span, str] | None:
        """Where the enclosing body binds a name under a condition that did not hold, and the condition."""
        if env.activation is None:
            return None
        return within_branches(env.activation.body.statements, name, None)

    def later(self, env: Env, name: str, span: Span) -> Span | None:
        """Where the enclosing body gives a name after a place."""
        if env.activation is None or env.activation.body.span.source is not span.source:
            return None
        places = (key.span for key in tree.keys_in(env.activation.body.statements) if key.name == name)
        return next((at for at in places if at.start > span.end), None)


ORIGINS = frozenset({"E0301", "E0302", "E0303", "E0304", "E0306", "E0307", "E0308"})
SIZED = frozenset({"E0301", "E0302", "E0304", "E0307", "E0308"})  # the sizes on the way are told


def located(
    problem: Problem,
    span: Span,
    bound: dict[str, tuple[Any, Span]],
    inputs: tuple[Value, ...] = (),
    here: Instance | None = None,
) -> Located:
    """A problem of an op, at the argument or the layer that it speaks of, with where its inputs came from.

    `here`: the expansion of the block in whose body that stands.
    """
    at = bound[problem.argument][1] if problem.argument in bound else span
    labels, notes = [Label(at, problem.detail)], [*problem.notes]
    if len(inputs) <= provenance.ARMS and (len(inputs) > 1 or problem.code in ORIGINS):
        labels += provenance.origins(inputs, at, here)
    if problem.code == "E0306" and len(inputs) > 1:
        notes += provenance.arms(inputs)
    elif problem.code in SIZED and inputs and (way := provenance.trail(inputs[0])):
        notes.insert(0, way)
    return Located(Diagnostic(problem.code, problem.title, tuple(labels), tuple(notes), problem.help))


def key_of(target: type[Op] | Declared) -> object:
    """What a default is filed under: an imported declaration is the same as where it stands."""
    return target if isinstance(target, type) else target.tree


def combined(first: Iterable[Given], more: list[Given]) -> tuple[Given, ...]:
    """Arguments of a layer as a value and those of its application, which win by name."""
    names = {name for name, _, _ in more if name is not None}
    return (*(g for g in first if g[0] not in names or g[0] is None), *more)


def same(a: Any, b: Any) -> bool:
    return type(a) is type(b) and a == b if isinstance(a, bool) or isinstance(b, bool) else a == b
