"""Chance to programs: right ones, and sentences of the language that may mean anything or nothing."""

from __future__ import annotations

import random
import re
from functools import cache
from typing import Literal, get_args, get_origin

from cnndsl import ops

from ..language.random_programs import random_program
from .spoilt import CHARACTERS, NUMBERS, spoilt

DEEP = 14  # from here on, the first alternative of a rule is taken: it ends soonest
VALUES = ("true", "false", "none", "same", "keep", "0.5", "[[0, 1], 2]", "normal(std=0.1)", "reflect")
HOLE = re.compile(r"<(\w+)>")
# A rule, and below it what it may become, `~` between; ¶ is a line end. Names are few, so that they are found again.
WRITTEN = r"""
file
    <net>  ~  <decl>¶<file>  ~  <decl>¶<file>  ~  <net>¶<file>
decl
    <parameter> = <expr>  ~  block <Name> <body>  ~  block <Name>(<params>) <body>
    fn f(<params>) = <expr>  ~  default <Layer>(<arguments>)  ~  from std import ConvBN
    from "b.cnn" import B  ~  net <Name> = <Name>(<arguments>)
    net <Name>(<params>) = <Name>(<arguments>) { assert <expr> }  ~  "doc <char>"
    @torch(name = "T")¶net <Name> <netbody>  ~  fn f(<params>) = <expr> where <parameter> = <expr>
    extern E(<params>) { <facets> }  ~  net <Name>(<params>) <netbody>
facets
    input x: <shape>; shape = <expr>; torch = "torch.nn.ReLU"
    torch = "a.b<char>"; params = <expr>; macs = <expr>
    input x: [c, h, w]¶ shape = [c, h, w]¶ weights = <expr>¶ rf = <expr>
    shape = <expr>; torch = <expr>; rf = <expr>
net
    net <Name> <netbody>  ~  net M <netbody>  ~  net M(<params>) <netbody>
netbody
    {¶ input x: <size>¶ <stmts>¶}  ~  {¶ input x: <size>¶ input y: <size>¶ <stmts>¶}
    {¶ input x: <shape>¶ <stmts>¶ output <value>¶}  ~  { input x: [3, H, W]; <stmts> }
body
    { <stmt> }  ~  { <stmts> }  ~  { input *xs: <shape>¶ <stmts> }
    { input a: <shape>¶ input b: <shape>¶ <stmts> }
stmts
    <stmt>  ~  <stmt>¶ <stmts>  ~  <stmt>¶ <stmts>  ~  <stmt>; <stmts>
stmt
    <core>  ~  <flow>  ~  <flow>  ~  <flow>  ~  <value> -> <flow>  ~  <label>: <core>
    <flow> as <value>  ~  <flow> as a, b  ~  for <turn> in <expr> { <stmts> }
    for i in 1..3 { <stmts> }  ~  if <expr> { <stmts> }  ~  if <expr> { <stmts> } else { <stmt> }
    <parameter> = <expr>  ~  assert <expr>  ~  assert <expr>, "<char>"  ~  output <value>
    "<char>"  ~  default <Layer>(<arguments>)  ~  xs[<expr>] -> <flow>
    [<value>, <value>] -> <flow>  ~  list { | _ | <core> } as xs  ~  Chunk(2) as a, b
    output y = <value>
flow
    <core>  ~  <core> -> <flow>  ~  <label>: <core> -> <flow>  ~  <core> * <count>
    <core> :: <shape>  ~  @frozen <core>
core
    ReLU  ~  <layer>  ~  <layer>  ~  <layer>  ~  <layer>  ~  { <stmts> }  ~  <merge> { <arms> }
    <merge>(<value>, <value>)  ~  <Name>  ~  <Name>(<arguments>)
    <merge> { for i in 1..3 { | <flow> } }  ~  <merge>(xs)  ~  <layer> { <arms> }  ~  E(<arguments>)
arms
    | _ |  ~  | <flow> | <flow>  ~  | <stmts> | _  ~  if <expr> { | <flow> } | _
    | <flow>¶ | <flow>¶ | <flow>
merge
    add  ~  sub  ~  mul  ~  maximum  ~  cat  ~  softmax  ~  list
params
    c  ~  <parameter> = <expr>  ~  <parameter>, <parameter> = <expr>  ~  act = <Layer>, n = 2
arguments
    2  ~  <expr>  ~  <expr>, <expr>  ~  <parameter> = <expr>  ~  <expr>, <parameter> = <expr>
    act = <layer>
count
    2  ~  <number>  ~  (<expr>)  ~  n
size
    3x8x8  ~  4x8x8  ~  4x8x8  ~  8x16  ~  16  ~  2x4x6x8  ~  1x1x1  ~  <shape>
    <number>x8x<number>
shape
    [?, ?, ?]  ~  4x8x8  ~  [c, h, w]  ~  [c, ..]  ~  [<expr>, ?, h]  ~  [3, H, W]  ~  [?]
    [<expr>, <expr>, <expr>]  ~  ?
number
    1  ~  2  ~  3  ~  3  ~  4  ~  8  ~  16  ~  0  ~  <extreme>
expr
    <number>  ~  <number>  ~  <number>  ~  <parameter>  ~  true  ~  <value>.c
    <expr> <sign> <expr>  ~  (<expr>)  ~  [<expr>, <expr>]  ~  <expr> if <expr> else <expr>
    <function>(<expr>)  ~  [<expr> for i in 1..4]  ~  not <expr>  ~  -<expr>  ~  <value>.shape
    <expr>[<expr>]  ~  "<char>"  ~  none  ~  <number>..<number>  ~  i  ~  f(<expr>)  ~  <Layer>
    <layer>  ~  max(<expr>, <expr>)  ~  params  ~  _.h  ~  len(xs)
sign
    +  ~  -  ~  *  ~  /  ~  //  ~  %  ~  **  ~  ==  ~  !=  ~  <  ~  <=  ~  and  ~  or
function
    int  ~  float  ~  round  ~  floor  ~  ceil  ~  abs  ~  sqrt  ~  log2  ~  max  ~  min  ~  sum
    len  ~  any  ~  all  ~  enumerate  ~  reversed  ~  zip
value
    x  ~  a  ~  b  ~  m1  ~  xs  ~  _  ~  in  ~  y
label
    a  ~  b  ~  c1  ~  m$i  ~  ${i}x  ~  "a.b"  ~  "é \" $i"  ~  _  ~  type  ~  0x
Name
    A  ~  B  ~  C  ~  N  ~  ConvBN
parameter
    c  ~  k  ~  act  ~  n  ~  s
turn
    i  ~  j  ~  c
"""


def rules() -> dict[str, tuple[str, ...]]:
    found = {"extreme": NUMBERS, "char": ("plain", *(char for char in CHARACTERS if char not in '"\\\0\r'))}
    for block in re.split(r"\n(?=\w)", WRITTEN.strip()):
        name, _, ways = block.partition("\n")
        found[name] = tuple(way.strip().replace("¶", "\n") for way in re.split(r"  ~  |\n", ways))
    return found


RULES = rules()


class Writer:
    """Sentences by RULES; `depth` rules are open."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.depth = 0

    def write(self, rule: str) -> str:
        if rule in ("Layer", "layer"):
            return self.layer(rule == "layer")
        choices = RULES[rule]
        self.depth += 1
        text = choices[0] if self.depth > DEEP else self.chance.choice(choices)
        found = HOLE.sub(lambda hole: self.write(hole[1]), text)
        self.depth -= 1
        return found

    def layer(self, called: bool) -> str:
        """A layer of any kind, by the fields of its class."""
        name = self.chance.choice(names())
        if not called:
            return name
        given = [f"{field}={self.argument(kinds)}" for field, kinds, must in fields(name) if must or self.chance.random() < 0.2]
        if self.chance.random() < 0.3 and given:
            given[0] = given[0].partition("=")[2]
        return f"{name}({', '.join(given)})" if given else name

    def argument(self, words: tuple[str, ...]) -> str:
        if words and self.chance.random() < 0.8:
            return self.chance.choice(words)
        kind = self.chance.randrange(8)
        if kind == 0:
            return self.write("expr")
        if kind == 1:
            return f"[{self.chance.randint(0, 4)}, {self.chance.randint(0, 4)}]"
        if kind == 2:
            return self.chance.choice(
                ("true", "false", "none", "same", "keep", "0.5", "[[0, 1], 2]", "normal(std=0.1)", "reflect")
            )
        return self.write("number")


@cache
def names() -> tuple[str, ...]:
    return tuple(name for name in ops.names() if name not in RULES["merge"])


@cache
def fields(name: str) -> tuple[tuple[str, tuple[str, ...], bool], ...]:
    """The arguments of a layer: name, words that it takes, whether it must be given."""
    op = ops.find(name)
    assert op is not None
    found = []
    for field, about in op.model_fields.items():
        words: tuple[str, ...] = ("true", "false") if about.annotation is bool else ()
        if get_origin(about.annotation) is Literal:
            words = tuple(str(word) for word in get_args(about.annotation))
        found.append((field, words, about.is_required()))
    return tuple(found)


def drawn(chance: random.Random) -> str | bytes:
    """A program that is right, a sentence of the grammar, or one of these a little damaged."""
    kind = chance.randrange(10)
    if kind < 1:
        return random_program(chance)
    if kind < 3:
        return spoilt(chance, [random_program(chance)])
    text = Writer(chance).write("file")
    return spoilt(chance, [text]) if kind == 9 else text
