"""Where modules are kept: under attributes of the class, or one after the other in an nn.Sequential."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from ..literals import string
from ..names import Names, is_plain
from .expressions import Unreadable
from .suite import WORD, Line, Suite

SEQUENTIAL = frozenset({"append", "extend", "insert", "pop"})  # methods of nn.Sequential


@dataclass(frozen=True)
class Key:
    """A module's key: the same in all instances, or an f-string; and whether it may be left out of the state_dict."""

    plain: str | None
    template: str | None = None
    position: bool = False

    @property
    def text(self) -> str:
        return string(self.plain) if self.plain is not None else str(self.template)


class Place(Protocol):
    """`put` keeps what a text makes under a key, and gives the expression that reaches it in forward ("" in a sequence)."""

    inner: bool

    def put(self, key: Key, text: str, stateless: bool) -> str: ...
    def open(self) -> None: ...
    def close(self) -> None: ...
    def state(self) -> Any: ...
    def put_back(self, state: Any) -> None: ...


class Attributes:
    """Attributes of the module itself."""

    inner = False

    def __init__(self, init: Writing, taken: set[str]) -> None:
        self.writing = init
        self.names = Names(taken)
        self.shared: dict[str, str] = {}
        self.last: Line | None = None

    def put(self, key: Key, text: str, stateless: bool) -> str:
        if stateless and key.position:
            return self.share(text)
        if key.plain is not None and is_plain(key.plain):
            self.writing.init.lines.append(Line(f"self.{key.plain} = ", text))
            return f"self.{key.plain}"
        if key.plain is None and key.template is None:
            raise Unreadable("keys that no rule gives")
        self.last = Line("", f"self.add_module({key.text}, {text})")
        self.writing.init.lines.append(self.last)
        return f"getattr(self, {self.writing.in_forward(key.text)})"

    def share(self, text: str) -> str:
        """One attribute for equal modules that store nothing, by the class's name."""
        if set(WORD.findall(text)) & self.writing.moving:
            raise Unreadable("a module without weights that differs from turn to turn")
        if text not in self.shared:
            word = text.partition("(")[0].rpartition(".")[2].lower()
            self.shared[text] = self.names.take(word.removesuffix("2d").removesuffix("1d").removesuffix("3d"), word)
            line = Line(f"self.{self.shared[text]} = ", text)
            top, here = self.writing.top, self.writing.init
            top.lines.insert(len(top.lines) - (here is not top), line)
        return f"self.{self.shared[text]}"

    def open(self) -> None:
        pass

    def close(self) -> None:
        pass

    def state(self) -> Any:
        return dict(self.shared), set(self.names.taken)

    def put_back(self, state: Any) -> None:
        self.shared, self.names.taken = state


class Members:
    """Modules in a sequence under names of their own; the owner is the class itself or a local nn.Sequential."""

    inner = True

    def __init__(self, owner: str, init: Writing) -> None:
        self.owner = owner
        self.writing = init
        self.last: Line | None = None

    def put(self, key: Key, text: str, stateless: bool) -> str:
        if key.plain is None and key.template is None:
            raise Unreadable("keys that no rule gives")
        if key.plain in SEQUENTIAL:
            raise Unreadable(f"the key {key.plain} in a sequence")
        if self.owner == "self" and key.plain is not None and is_plain(key.plain):
            self.last = Line(f"self.{key.plain} = ", text)
        else:
            self.last = Line("", f"{self.owner}.add_module({key.text}, {text})")
        self.writing.init.lines.append(self.last)
        return ""

    def open(self) -> None:
        pass

    def close(self) -> None:
        pass

    def state(self) -> Any:
        return None

    def put_back(self, state: Any) -> None:
        pass


class Items:
    """Modules in a sequence, numbered; a list is filled where loops or conditions make them."""

    inner = True

    def __init__(self, init: Writing, names: Names) -> None:
        self.writing = init
        self.names = names
        self.parts: list[str] = []
        self.variable = ""

    def put(self, key: Key, text: str, stateless: bool) -> str:
        self.parts.append(text)
        return ""

    def open(self) -> None:
        """Before the lines of a loop or condition: what is there goes into the list."""
        if not self.variable:
            self.variable = self.names.take("layers", "blocks", "modules")
            self.writing.init.add(f"{self.variable}: list[nn.Module] = ", f"[{', '.join(self.parts)}]")
            self.parts = []
        self.close()

    def close(self) -> None:
        """At the end of such lines."""
        if len(self.parts) == 1 and not self.parts[0].startswith("*"):
            self.writing.init.add("", f"{self.variable}.append({self.parts[0]})")
        elif len(self.parts) == 1 and self.parts[0].startswith("*("):
            self.writing.init.add(f"{self.variable} += ", f"[{self.parts[0][2:-1]}]")
        elif self.parts:
            self.writing.init.add(f"{self.variable} += ", f"[{', '.join(self.parts)}]")
        self.parts = []

    def state(self) -> Any:
        return list(self.parts), self.variable

    def put_back(self, state: Any) -> None:
        self.parts, self.variable = state

    def arguments(self) -> str:
        """What nn.Sequential takes."""
        if not self.variable:
            return ", ".join(self.parts)
        self.close()
        return f"*{self.variable}"


class Pairs(Items):
    """Modules in a sequence under names, within one expression."""

    def put(self, key: Key, text: str, stateless: bool) -> str:
        if key.plain is None or key.plain in SEQUENTIAL:
            raise Unreadable("keys that no rule gives")
        self.parts.append(f"({string(key.plain)}, {text})")
        return ""

    def open(self) -> None:
        raise Unreadable("a loop in a sequence within an expression")

    def arguments(self) -> str:
        return f"OrderedDict([{', '.join(self.parts)}])"


class Writing(Protocol):
    """Where lines of `__init__` go; `top` is its outermost suite."""

    init: Suite
    top: Suite
    moving: set[str]

    def in_forward(self, text: str) -> str: ...
