"""Rule 2: a label names a layer and its output, `as` names the value alone; where both are seen."""

import pytest

from .programs import body, fault, keys, network, outputs, paths, sources


def test_a_label_names_its_own_layer_only() -> None:
    net = network(body("c: Conv(4, 3) -> ReLU\nc -> d: Conv(5, 1)"))
    assert sources(net, "d") == ["c"]


def test_as_names_the_value_and_is_no_key() -> None:
    net = network(body("Conv(4, 3) -> ReLU as r\nConv(5, 1)\nr -> d: Conv(6, 1)"))
    assert (paths(net), sources(net, "d")) == (["0", "1", "2", "d"], ["1"])


def test_as_may_stand_on_a_source_and_in_the_middle_of_a_flow() -> None:
    net = network(body("x as y\nConv(3, 1) as z -> ReLU\nadd(y, z)"))
    assert sources(net, "add") == ["x", "0"]


def test_as_unpacks_a_list_of_values() -> None:
    net = network(body("Conv(4, 1) -> Chunk(2) as a, b\nadd(b, a)"))
    assert sources(net, "add") == ["1[1]", "1"]


def test_label_and_as_together() -> None:
    net = network(body("c: Conv(3, 1) as v\nadd(c, v)"))
    assert sources(net, "add") == ["c", "c"]


def test_templates_are_written_and_read() -> None:
    net = network(
        body("""
            for i in 1..3 { enc$i: Conv(i, 1) -> MaxPool(2) }
            [enc2, enc${1 + 1}] -> add
            for i in 1..1 { cat(enc$i, enc${i}) -> e${2 * i}x: ReLU }
        """)
    )
    assert [path for path in paths(net) if path.startswith("e")] == ["enc1", "enc2", "enc3", "e2x"]
    assert (sources(net, "add"), sources(net, "cat")) == (["enc2", "enc2"], ["enc1", "enc1"])


def test_as_by_template_lasts_to_the_end_of_the_enclosing_body() -> None:
    net = network(body("for i in 1..2 { Conv(3, 1) as m$i }\nadd(in, [m$i for i in 1..2])"))
    assert sources(net, "add") == ["x", "0", "1"]


def test_words_may_be_parts_of_a_template() -> None:
    net = network(body('for side in ["left", "right"] { to_$side: ReLU }'))
    assert paths(net) == ["to_left", "to_right"]


def test_a_whole_float_is_written_in_a_label_as_a_whole_number() -> None:
    assert paths(network(body("c${4 / 2}: ReLU"))) == ["c2"]


def test_quoted_labels_are_keys_of_any_word() -> None:
    net = network(body('"input": Conv(4, 1)\n"block1-1": Conv(4, 1)\nfor i in 2..3 { "block1-$i": Conv(4, 1) }'))
    assert paths(net) == ["input", "block1-1", "block1-2", "block1-3"]


def test_a_quoted_plain_label_is_a_name_like_any_other() -> None:
    net = network(body('"a": Conv(3, 1)\nb: ReLU\nadd(a, b)'))
    assert sources(net, "add") == ["a", "b"]


def test_labels_leak_out_of_conditions_loops_groups_and_arms() -> None:
    net = network(
        body("""
            if true { a: Conv(3, 1) }
            for i in 1..1 { b: Conv(3, 1) }
            { c: Conv(3, 1) -> ReLU }
            add { | d: Conv(3, 1) | _ }
            cat(a, b, c, d)
        """)
    )
    assert sources(net, "cat") == ["a", "b", "c", "d"]


def test_inside_a_labelled_group_they_are_members_of_it() -> None:
    net = network(body("g: { a: Conv(3, 1) -> ReLU; inner: { b: Conv(3, 1) } }\nadd(g, g.a, g.inner.b)"))
    assert sources(net, "add") == ["g.inner.b", "g.a", "g.inner.b"]
    fault(body("g: { a: Conv(3, 1) }\n«a» -> ReLU"), "E0201", "there is no a", "`g.a`")


def test_members_of_block_instances_and_by_number() -> None:
    net = network(
        "block B { c: Conv(3, 1) -> ReLU }\n"
        + body("b: B\nlayers: B * 2\nseq: { Conv(3, 1) -> ReLU }\nadd(b.c, layers.0.c, layers.1, seq.0, seq.1)")
    )
    assert sources(net, "add") == ["b.c", "layers.0.c", "layers.1.1", "seq.0", "seq.1"]


def test_bindings_and_loop_variables_end_with_their_body() -> None:
    fault(body("if true { h = 4 }\nConv(«h», 1)"), "E0201", "there is no h")
    fault(body("for i in 1..2 { h = i }\nConv(«i», 1)"), "E0201", "there is no i")
    fault(body("for i in 1..2 { h = i }\nConv(«h», 1)"), "E0201", "there is no h")


def test_bindings_are_made_anew_in_each_turn() -> None:
    assert [w[0] for w in network(body("for i in 1..3 { h = 2 * i\n Conv(h, 1, bias=false) }")).layers[1].outputs] == [4]


def test_a_label_of_a_branch_not_taken() -> None:
    found = fault(body("big = false\nif big { a: Conv(3, 1) }\n«a» -> ReLU"), "E0208", "bound only when `big`", "same condition")
    assert found.labels[1].span.text == "a"
    fault(body("if x.c > 2 { b: ReLU } else { a: Conv(3, 1) }\n«a» -> ReLU"), "E0208", "bound only when `not (x.c > 2)`")
    fault(body("for i in 1..1 { if i > 1 { a$i: ReLU } }\n«a2» -> ReLU"), "E0201", "a2")


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        ("a: Conv(3, 1)\n«a»: Conv(3, 1)", ("a is given twice", "another")),
        ("Conv(3, 1) as a\nReLU as «a»", ("a is given twice", "another")),
        ("a: Conv(3, 1)\nReLU as «a»", ("a is given twice",)),
        ("h = 3\n«h»: Conv(3, 1)", ("h is a name already", "binding")),
        ("h = 3\n«h = 4»", ("bound already",)),
        ("h: Conv(3, 1)\n«h = 4»", ("is a label already",)),
        ("for i in 1..2 { «a»: Conv(3, 1) }", ("a", "template", "`a$i")),
        ("{ «a»: Conv(3, 1) } * 2", ("a", "label the repeat")),
        ("for i in 1..2 { ReLU as «a» }", ("`a$i`",)),
        ("h = 3\nfor i in 1..2 { «h = i» }", ("bound already",)),
    ],
)
def test_a_name_stands_for_one_thing(statements: str, words: tuple[str, ...]) -> None:
    fault(body(statements), "E0202", *words)


def test_a_label_may_not_be_a_parameters_name() -> None:
    text = "net N(width = 3) {\n  input x: 3x8x8\n  «width»: Conv(3, 1)\n}\n"
    fault(text, "E0202", "width", "parameter", "choose another label")


def test_loop_variables_and_comprehensions_shadow_nothing_outside_them() -> None:
    net = network(body("Conv(sum([i for i in 1..3]), 1)\nfor i in 1..1 { Conv(i, 1) }\nConv(max([i for i in 1..2]), 1)"))
    assert [layer.output[0] for layer in net] == [6, 1, 2]


def test_a_label_on_a_value_is_explained() -> None:
    found = fault(body("a: Conv(3, 1)\n«y»: x -> Conv(3, 1)"), "E0203", "`x as y`")
    assert "label names a layer" in found.title


def test_unknown_names_are_answered_with_the_nearest() -> None:
    found = fault(body("stem: Conv(3, 1)\n«sten» -> ReLU"), "E0201", "did you mean `stem`?")
    assert found.fix is not None
    assert (found.fix.text, found.fix.span.text) == ("stem", "sten")
    fault(body("«Convv»(8, 3)"), "E0201", "did you mean `Conv`?")
    fault(body("«conv»(8, 3)"), "E0201", "did you mean `Conv(8, 3)`?")
    fault(body("«qqqq» -> ReLU"), "E0201", "in scope: x")


def test_a_template_that_reads_too_long_a_name() -> None:
    fault(body("for i in 1..2 { c$«i_1»: ReLU }"), "E0201", "`${i}_1`")


def test_a_template_is_made_of_whole_numbers_and_words() -> None:
    fault(body("for i in [0.5] { c$«i»: ReLU }"), "E0401", "whole numbers and words", "0.5")


def test_values_are_sizes_and_sizes_are_numbers() -> None:
    net = network(body("a: Conv(2 * x.c, 3)\nb: Conv(a.c + a.h + a.shape[2], 1)\nConv(x.rank, 1)"))
    assert [layer.output[0] for layer in net] == [6, 18, 2]
    fault(body("Conv(«x.q», 1)"), "E0201", "has no `.q`")
    fault(body("Flatten\nConv(«_.h», 1)"), "E0207", "no spatial axes")
    fault(body("h = 4\nConv(«h.c», 1)"), "E0207", "has no `.c`")
    fault(body("g: { a: ReLU }\n«g.b» -> ReLU"), "E0201", "has no `.b`")


def test_one_error_is_not_told_again_by_what_depends_on_it() -> None:
    fault(
        body("a: «Convv»(8, 3) -> ReLU as r\nb: Conv(a.c, 1) as q, s\nadd(a, b, r)\nassert a.c == 4\nassert params == 3"), "E0201"
    )
    fault(body("h = «qqqqq»\nConv(h, 1)\nk = h + 1\nConv(k, 1)"), "E0201")


def test_names_of_outputs_are_not_bound_by_default() -> None:
    assert outputs(network(body("a: ReLU"))) == {"out": "a"}
    assert keys(network(body("a: ReLU"))) == []
