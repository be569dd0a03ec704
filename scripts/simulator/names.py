"""Names of people, of what they own and of what they want it for."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from faker import Faker

from scripts.simulator.streams import PORTFOLIOS_PER_BLOCK, stream

FIRST_NAME_DRAWS, LAST_NAME_DRAWS = 600, 1_500  # Faker is slow per name: a pool is drawn once and combined
TEAMS = ("Boston", "Chicago", "Denver", "Atlanta", "Seattle", "Dallas")
PURPOSES = ("Retirement", "Core", "Education", "Income", "Legacy", "Growth", "Reserve", "Giving")
SHARE_OF_PEOPLE, SHARE_OF_COUPLES, SHARE_OF_TRUSTS = 0.80, 0.11, 0.06  # the rest are firms


@dataclass(frozen=True)
class NamePool:
    """First and last names, each once."""

    first: tuple[str, ...]
    last: tuple[str, ...]


def draw_names(seed: int) -> NamePool:
    """The pool of names for one seed."""
    fake = Faker("en_US")
    fake.seed_instance(seed)
    return NamePool(
        first=tuple(dict.fromkeys(fake.first_name() for _ in range(FIRST_NAME_DRAWS))),
        last=tuple(dict.fromkeys(fake.last_name() for _ in range(LAST_NAME_DRAWS))),
    )


@dataclass(frozen=True)
class Owners:
    """Per portfolio of a block, were it a client's first: the client's name, and the surname of its portfolios."""

    client_names: list[str]
    surnames: list[str]
    purposes: npt.NDArray[np.int64]


def draw_owners(seed: int, block: int, pool: NamePool) -> Owners:
    """Names for a whole block of portfolios."""
    rng = stream(seed, "owners", block)
    size = PORTFOLIOS_PER_BLOCK
    kinds = rng.random(size)
    first = rng.integers(0, len(pool.first), (size, 2))
    last = rng.integers(0, len(pool.last), (size, 2))
    names, surnames = [], []
    for kind, (mine, partner), (surname_at, second_at) in zip(
        kinds.tolist(), first.tolist(), last.tolist(), strict=True
    ):
        surname = pool.last[surname_at]
        names.append(_client_name(kind, pool.first[mine], pool.first[partner], surname, pool.last[second_at]))
        surnames.append(surname)
    return Owners(client_names=names, surnames=surnames, purposes=rng.integers(0, len(PURPOSES), size))


def _client_name(kind: float, first: str, partner: str, surname: str, second_surname: str) -> str:
    if kind < SHARE_OF_PEOPLE or first == partner or surname == second_surname:
        return f"{first} {surname}"
    if kind < SHARE_OF_PEOPLE + SHARE_OF_COUPLES:
        return f"{first} & {partner} {surname}"
    if kind < SHARE_OF_PEOPLE + SHARE_OF_COUPLES + SHARE_OF_TRUSTS:
        return f"{surname} Family Trust"
    return f"{surname}, {second_surname} & Partners"


def advisor_name(seed: int, advisor_number: int, pool: NamePool) -> str:
    """The name of advisor ``advisor_number``."""
    rng = stream(seed, "advisor name", advisor_number)
    return f"{pool.first[rng.integers(len(pool.first))]} {pool.last[rng.integers(len(pool.last))]}"
