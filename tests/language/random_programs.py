"""Random programs that are right: every value is 4×8×8, so that anything may follow anything."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

LAYERS = (
    *("Conv(4, 3, padding=1)", "Conv(4, 1, bias=false)", "Conv(4, 5, padding=same)", "BatchNorm", "GroupNorm(2)"),
    *("ReLU", "Tanh", "LeakyReLU(0.1)", "PReLU", "LayerScale", "MaxPool(3, 1, padding=1)", "Identity", "Dropout(0.1)"),
)


@dataclass
class Scope:
    """What stands in one scope of keys: labels that may be applied again, names of values."""

    layers: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)


@dataclass
class Writer:
    chance: random.Random
    blocks: list[str] = field(default_factory=list)
    count: int = 0

    def name(self) -> str:
        self.count += 1
        return f"n{self.count}"

    def program(self) -> str:
        blocks = []
        for number in range(self.chance.randint(0, 3)):
            body = self.body(Scope(values=["in"]), 2, True)
            blocks.append(f"block B{number}(act = ReLU, k = 2) {{\n{body}\n}}")
            self.blocks.append(f"B{number}")
        body = self.body(Scope(values=["x"]), 3, True)
        return "\n".join([*blocks, f"net N {{\ninput x: 4x8x8\n{body}\n}}"]) + "\n"

    def body(self, scope: Scope, depth: int, free: bool) -> str:
        """Some lines; `free` where a plain label or name can be given."""
        return "\n".join(self.line(scope, depth, free) for _ in range(self.chance.randint(1, 4)))

    def line(self, scope: Scope, depth: int, free: bool) -> str:
        kind = self.chance.randrange(9)
        if kind == 0 and depth:
            turn = f"i_{self.name()}"
            label = f"{self.name()}_${turn}: " if free else ""
            inner = self.body(scope, depth - 1, False)
            return f"for {turn} in 1..{self.chance.randint(0, 3)} {{ {label}{self.layer(depth - 1)}\n{inner} }}"
        if kind == 1 and depth:
            condition = self.chance.choice(["true", "false", "_.c == 4", "_.h > 100"])
            other = f" else {{ {self.body(scope, depth - 1, False)} }}" if self.chance.random() < 0.5 else ""
            return f"if {condition} {{ {self.body(scope, depth - 1, False)} }}{other}"
        if kind == 2:
            a, b = self.chance.choice(scope.values), self.chance.choice(scope.values)
            return f"{self.chance.choice(['add', 'maximum', 'mul', 'sub'])}({a}, {b})"
        if kind == 3 and free:
            a, b = self.name(), self.name()
            scope.values += [a, b]
            return f"list {{ | {self.layer(0)} | _ }} as {a}, {b}\n{a}"
        if kind == 4 and free and scope.layers:
            name = self.name()
            line = f"_ -> {self.chance.choice(scope.layers)} as {name}"
            scope.values.append(name)
            return line
        head = f"{self.chance.choice(scope.values)} -> " if self.chance.random() < 0.25 else ""
        return head + " -> ".join(self.item(scope, depth, free) for _ in range(self.chance.randint(1, 3)))

    def item(self, scope: Scope, depth: int, free: bool) -> str:
        kind = self.chance.randrange(8)
        label = self.name() if free and self.chance.random() < 0.4 else ""
        frozen = "@frozen " if self.chance.random() < 0.1 else ""
        if kind == 0 and depth:
            inner = Scope(values=list(scope.values)) if label else scope
            times = f" * {self.chance.randint(0, 3)}" if self.chance.random() < 0.4 else ""
            text = f"{{ {self.body(inner, depth - 1, bool(label) or (free and not times))} }}{times}"
        elif kind == 1 and depth:
            word = self.chance.choice(["add", "maximum", "mul", "cat"])
            arms = ["| " + (self.body(scope, depth - 1, False) if self.chance.random() < 0.7 else "") for _ in range(2)]
            return f"{word} {{ {' '.join(arms)} }}" + (" -> Conv(4, 1)" if word == "cat" else "")
        else:
            text = self.layer(depth)
            if self.chance.random() < 0.15:
                text += f" * {self.chance.randint(0, 3)}"
        if label:
            scope.layers.append(label)
            scope.values.append(label)
            return f"{frozen}{label}: {text}"
        return frozen + text

    def layer(self, depth: int) -> str:
        if self.blocks and depth and self.chance.random() < 0.3:
            return self.chance.choice(self.blocks) + self.chance.choice(["", "(Tanh)", "(k=3)", "(act=LeakyReLU(0.2))"])
        return self.chance.choice(LAYERS)


def random_program(chance: random.Random) -> str:
    return Writer(chance).program()
