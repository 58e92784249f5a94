"""The algebra of fields: what composes, what meets, and what is the same in another dress."""

from __future__ import annotations

from fractions import Fraction
from math import inf, lcm

from hypothesis import given
from hypothesis import strategies as st

from cnndsl.field import EVERYTHING, ITSELF, UNKNOWN, VARIES, AxisField, Field, OneAxis, hull, merged, passed, through
from cnndsl.relation import EVERYTHING as ALL
from cnndsl.relation import IDENTITY, Axis, Relation, spread, taps

AXES = st.one_of(
    st.builds(taps, st.integers(1, 5), st.integers(1, 4), st.integers(1, 3), st.integers(-4, 4)),
    st.builds(spread, st.integers(1, 5), st.integers(1, 4), st.integers(1, 2), st.integers(-3, 3)),
)
FIELDS = st.lists(AXES, max_size=3).map(lambda axes: after(axes))


def after(axes: list[Axis]) -> OneAxis:
    field: OneAxis = ITSELF
    for axis in axes:
        field = through(axis, field)
    return field


def ends(field: OneAxis, unit: int) -> tuple[int, int] | None:
    assert isinstance(field, AxisField)
    turn, phase = divmod(unit, len(field.first))
    lo, hi = field.first[phase], field.last[phase]
    return None if lo is None or hi is None else (lo + turn * field.jump, hi + turn * field.jump)


@given(AXES, FIELDS)
def test_a_layer_reads_what_its_input_reads(axis: Axis, field: OneAxis) -> None:
    found = through(axis, field)
    for unit in range(-7, 40):
        turn, phase = divmod(unit, axis.period)
        read = [e for tap in axis.reads[phase] if (e := ends(field, turn * axis.jump + tap))]
        assert ends(found, unit) == ((min(lo for lo, _ in read), max(hi for _, hi in read)) if read else None)


@given(FIELDS, FIELDS)
def test_a_hull_reaches_from_the_first_to_the_last(a: OneAxis, b: OneAxis) -> None:
    found = hull([a, b])
    assert found == hull([b, a])
    assert isinstance(a, AxisField)
    assert isinstance(b, AxisField)
    if found is VARIES:
        assert a.stride != b.stride
        return
    for unit in range(2 * lcm(len(a.first), len(b.first))):
        both = [e for field in (a, b) if (e := ends(field, unit))]
        assert ends(found, unit) == ((min(lo for lo, _ in both), max(hi for _, hi in both)) if both else None)


@given(FIELDS)
def test_a_hull_with_itself(field: OneAxis) -> None:
    assert hull([field, field, field]) == field


def test_what_is_no_interval_stays() -> None:
    for field in (EVERYTHING, VARIES, UNKNOWN):
        assert through(taps(3), field) is field
        assert through(ALL, field) is EVERYTHING
        assert hull([ITSELF, field]) is field
        assert hull([EVERYTHING, field]) is EVERYTHING
    assert hull([VARIES, UNKNOWN]) is UNKNOWN
    assert hull([ITSELF, through(taps(1, 2), ITSELF)]) is VARIES


def test_one_place_for_all_is_everything() -> None:
    assert through(Axis(((0,),), 0), ITSELF) is EVERYTHING


def test_an_arm_that_reads_nothing_changes_nothing() -> None:
    blind = through(Axis(((),), 2), ITSELF)
    assert hull([blind, ITSELF]) == hull([ITSELF, blind]) == ITSELF
    assert Field((blind,)).size == (0,)
    assert Field((blind,)).start == (None,)


def test_joined_places_are_everything() -> None:
    """A relation of another rank than the input's: flatten, unflatten."""
    assert passed(Relation((IDENTITY,)), Field((ITSELF, ITSELF))) == Field((EVERYTHING, EVERYTHING))


def test_flags_are_carried_on() -> None:
    plain, gated, measured = Field((ITSELF,)), Field((ITSELF,), gated=True), Field((ITSELF,), statistics=True)
    same = Relation((IDENTITY,))
    assert passed(same, gated) == gated
    assert passed(Relation((IDENTITY,), statistics=True), plain) == measured
    assert merged([(same, gated), (same, measured)], gating=False) == Field((ITSELF,), True, True)


def test_gates_need_another_arm() -> None:
    same, whole = Relation((IDENTITY,)), Field((EVERYTHING,))
    local = Field((ITSELF,))
    assert merged([(same, local), (same, whole)], gating=True) == Field((ITSELF,), gated=True)
    assert merged([(same, local), (same, whole)], gating=False) == whole
    assert merged([(same, whole), (same, whole)], gating=True) == whole


def test_numbers_of_a_field() -> None:
    up = through(spread(2, 2), through(taps(3, start=-1), ITSELF))
    field = Field((up, EVERYTHING, VARIES))
    assert up == AxisField((-1, -1), (1, 1), 1)
    assert field.size == (3, inf, None)
    assert field.stride == (Fraction(1, 2), None, None)
    assert field.start == (Fraction(-3, 2), None, None)
    assert not field.is_global
    assert field.varies
    assert field.to_json((9, 7, 5)) == {
        "size": [3, 7, None],
        "stride": ["1/2", None, None],
        "start": ["-3/2", None, None],
        "global": False,
        "varies": True,
    }
