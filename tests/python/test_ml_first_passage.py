"""First passage against published values, against simulation, and at its edges."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.first_passage import (
    DISCRETE_MONITORING_SHIFT,
    UNFORESEEN,
    breach_probability,
    log_odds,
    of_log_odds,
    two_sided_first_passage,
)


def leaves(headroom: float, opposite: float, deviation: float) -> float:
    return float(two_sided_first_passage(np.array([headroom]), np.array([opposite]), np.array([deviation]))[0])


def breaches(headroom: float, opposite: float, volatility: float, days: int) -> float:
    return float(breach_probability(np.array([headroom]), np.array([opposite]), np.array([volatility]), days)[0])


@pytest.mark.parametrize(
    ("bound", "probability"),
    [
        # the largest distance of Brownian motion on [0, 1] from its start: Erdos and Kac (1946), tabled in Billingsley
        # (1999), "Convergence of Probability Measures", chapter 2.11, and as critical values 1.960, 2.241 and 2.807
        (1.0, 1 - 0.3708),
        (1.960, 0.10),
        (2.241, 0.05),
        (2.807, 0.01),
    ],
)
def test_published_values(bound: float, probability: float) -> None:
    assert leaves(bound, bound, 1.0) == pytest.approx(probability, abs=1e-4)


def test_with_the_other_end_out_of_reach_it_is_the_reflection_principle() -> None:
    """Twice the normal tail: 0.3173 at one standard deviation, 0.0455 at two."""
    assert leaves(1.0, 100.0, 1.0) == pytest.approx(0.3173, abs=1e-4)
    assert leaves(2.0, 100.0, 1.0) == pytest.approx(0.0455, abs=1e-4)


@given(place=st.floats(0.01, 0.99))
def test_both_series_agree_where_they_meet(place: float) -> None:
    short, long = (leaves(place, 1 - place, spread) for spread in (0.6, np.nextafter(0.6, 1)))
    assert short == pytest.approx(long, abs=1e-12)


@given(
    headroom=st.floats(0.001, 0.2),
    opposite=st.floats(0.001, 0.2),
    volatility=st.floats(0.0001, 0.1),
    more=st.floats(1, 3),
)
def test_more_room_means_less_and_more_movement_more(
    headroom: float, opposite: float, volatility: float, more: float
) -> None:
    probability = breaches(headroom, opposite, volatility, 20)
    assert 0 <= probability <= 1
    assert breaches(headroom * more, opposite, volatility, 20) <= probability + 1e-12
    assert breaches(headroom, opposite, volatility * more, 20) >= probability - 1e-12
    assert breaches(opposite, headroom, volatility, 20) == pytest.approx(probability, abs=1e-12)


@pytest.mark.parametrize(("headroom", "volatility"), [(0.02, 0.004), (0.01, 0.006), (0.045, 0.012)])
def test_against_simulated_closes(headroom: float, volatility: float) -> None:
    """200,000 paths of 20 closes: corrected it is right to a point, uncorrected it is far too high."""
    rng = np.random.default_rng(4)
    paths = np.cumsum(rng.standard_normal((200_000, 20)) * volatility, axis=1)
    opposite = 0.1 - headroom
    simulated = ((paths > headroom) | (paths < -opposite)).any(axis=1).mean()
    assert breaches(headroom, opposite, volatility, 20) == pytest.approx(simulated, abs=0.01)
    assert leaves(headroom, opposite, volatility * 20**0.5) > simulated + 0.03


def test_the_shift_is_the_zeta_function_at_a_half() -> None:
    """Broadie, Glasserman and Kou (1997): minus zeta(1/2) over the root of 2 pi; zeta(1/2) is -1.4603545."""
    assert pytest.approx(1.4603545 / (2 * np.pi) ** 0.5, abs=1e-7) == DISCRETE_MONITORING_SHIFT


def test_edges() -> None:
    assert breaches(0.02, 0.08, 0.0, 20) == 0.0  # what does not move stays where it is
    assert breaches(0.0, 0.1, 0.0, 20) == 0.0  # on the band is not over it
    assert leaves(0.0, 0.1, 0.01) == 1.0
    assert leaves(-0.01, 0.11, 0.0) == 1.0
    assert np.isnan(breaches(0.02, 0.08, np.nan, 20))
    assert np.isnan(breaches(np.nan, np.nan, 0.01, 20))
    assert breaches(0.02, 0.08, 10.0, 20) == pytest.approx(1.0)


def test_log_odds_leave_room_for_the_unforeseen() -> None:
    ends = of_log_odds(log_odds(np.array([0.0, 0.5, 1.0])))
    assert ends == pytest.approx([UNFORESEEN, 0.5, 1 - UNFORESEEN])
