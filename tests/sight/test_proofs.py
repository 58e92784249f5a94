"""Support, windows, paths and fields of random programs, held against autograd on the module that `compile` emits."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from . import proofs
from .programs import Program, programs

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
proof = settings(max_examples=300, suppress_health_check=SLOW)
SEEDS = st.integers(0, 2**16)


@proof
@given(programs(), SEEDS)
def test_support_and_windows_are_those_of_the_gradient(program: Program, seed: int) -> None:
    proofs.support_and_windows(program, seed)


@proof
@given(programs(), SEEDS)
def test_paths_are_the_gradient_of_the_network_of_ones(program: Program, seed: int) -> None:
    proofs.paths(program, seed)


@proof
@given(programs(modes=("zeros",)))
def test_fields_contain_what_is_read(program: Program) -> None:
    proofs.fields_contain(program)


held: list[int] = []


@proof
@given(programs(grows=True, extent=(200, 400), most=4000, lines=4, rank=1), SEEDS)
def test_fields_predict_interior_windows(program: Program, seed: int) -> None:
    held.append(proofs.fields_predict(program, seed))


def test_interior_windows_were_held() -> None:
    """The one before is not empty: most programs have units that stay clear of the borders."""
    assert not held or sum(count > 0 for count in held) > len(held) / 2


@proof
@given(programs(grows=True, extent=(3, 9)), SEEDS)
def test_fields_do_not_depend_on_the_input_size(program: Program, seed: int) -> None:
    proofs.grown(program, seed)
