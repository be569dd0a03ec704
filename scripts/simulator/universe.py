"""What can be bought: made-up funds and ETFs of four made-up houses, and cash.

The numbers are of the size that such funds have: equity betas and idiosyncratic volatilities as published in fund fact
sheets, durations in years, expected returns as in the capital market assumptions of large managers.
"""

from dataclasses import dataclass

# The one security that every portfolio holds, worth 1 every day: what is bought and sold is paid from it.
CASH_SECURITY = "USD"


@dataclass(frozen=True)
class Security:
    """A security and how its price moves.

    ``beta`` is to the equity market, ``duration`` in years, ``own_volatility`` and ``drift`` per year as shares of 1.
    ``first_price`` in USD is about where it starts, ``price_decimals`` how it is quoted, ``lot`` the smallest quantity
    that is traded (in thousandths of a unit), ``popularity`` how often it is chosen, relative to the others of its
    class.
    """

    security_id: str
    security_name: str
    asset_class: str
    sector: str
    first_price: float
    beta: float
    duration: float
    own_volatility: float
    drift: float
    popularity: float
    price_decimals: int = 2
    lot: int = 1_000


FUND = {"lot": 1}  # funds are bought in thousandths of a share, ETFs whole
CENTS = {"lot": 10}


def _equity(
    security_id: str,
    name: str,
    sector: str,
    first_price: float,
    beta: float,
    own_volatility: float,
    popularity: float,
    price_decimals: int = 2,
    lot: int = 1_000,
) -> Security:
    drift = 0.015 + 0.045 * beta
    return Security(
        security_id,
        name,
        "Equity",
        sector,
        first_price,
        beta,
        0.0,
        own_volatility,
        drift,
        popularity,
        price_decimals,
        lot,
    )


def _bond(
    security_id: str,
    name: str,
    sector: str,
    first_price: float,
    duration: float,
    beta: float,
    own_volatility: float,
    popularity: float,
    price_decimals: int = 2,
    lot: int = 1_000,
) -> Security:
    # Income is paid out, so a bond fund's price hardly drifts: what is left is roll-down.
    drift = 0.0015 * duration**0.5 + 0.02 * beta
    return Security(
        security_id,
        name,
        "Bonds",
        sector,
        first_price,
        beta,
        duration,
        own_volatility,
        drift,
        popularity,
        price_decimals,
        lot,
    )


def _cash(security_id: str, name: str, sector: str, popularity: float) -> Security:
    return Security(security_id, name, "Cash", sector, 1.0, 0.0, 0.0, 0.0, 0.0, popularity, **CENTS)


UNIVERSE: tuple[Security, ...] = (
    _equity("NLTM", "Northlake Total US Market ETF", "US broad market", 142.0, 1.00, 0.015, 5.0),
    _equity("NLFH", "Northlake US 500 ETF", "US large cap", 218.0, 0.98, 0.012, 6.0),
    _equity("NLGR", "Northlake US Growth ETF", "US large growth", 176.0, 1.15, 0.050, 3.0),
    _equity("NLVL", "Northlake US Value ETF", "US large value", 88.0, 0.88, 0.045, 2.5),
    _equity("NLMC", "Northlake US Mid Cap ETF", "US mid cap", 74.0, 1.08, 0.050, 2.0),
    _equity("NLSC", "Northlake US Small Cap ETF", "US small cap", 61.0, 1.20, 0.075, 2.0),
    _equity("NLDM", "Northlake Developed Markets ETF", "International developed", 52.0, 0.85, 0.070, 3.5),
    _equity("NLEM", "Northlake Emerging Markets ETF", "Emerging markets", 41.0, 0.90, 0.110, 2.5),
    _equity("CDIV", "Calder Dividend Leaders ETF", "US dividend", 67.0, 0.80, 0.045, 2.5),
    _equity("CDTK", "Calder Technology Sector ETF", "Technology", 131.0, 1.28, 0.090, 2.5),
    _equity("CDHC", "Calder Health Care Sector ETF", "Health care", 96.0, 0.75, 0.075, 1.5),
    _equity("CDFN", "Calder Financials Sector ETF", "Financials", 44.0, 1.08, 0.085, 1.2),
    _equity("CDEN", "Calder Energy Sector ETF", "Energy", 58.0, 0.95, 0.170, 1.0),
    _equity("CDUT", "Calder Utilities Sector ETF", "Utilities", 49.0, 0.50, 0.100, 0.8),
    _equity("CDRE", "Calder Real Estate ETF", "Real estate", 36.0, 0.95, 0.095, 1.0),
    _equity("CDEU", "Calder Europe Leaders ETF", "Europe", 39.0, 0.88, 0.085, 1.2),
    _equity("MPGQX", "Meridian Peak Global Quality Fund", "Global quality", 28.4, 0.92, 0.040, 2.0, **FUND),
    _equity("MPLVX", "Meridian Peak Low Volatility Fund", "US low volatility", 19.7, 0.65, 0.040, 1.2, **FUND),
    _equity("TWEQT", "Tidewater Stable Growth Collective Trust", "US large cap", 14.3, 0.97, 0.025, 0.8, 6, **FUND),
    _bond("NLAG", "Northlake US Aggregate Bond ETF", "US aggregate", 97.0, 6.1, 0.02, 0.004, 6.0),
    _bond("NLST", "Northlake Short Treasury ETF", "US Treasury short", 58.0, 1.9, 0.00, 0.003, 2.5),
    _bond("NLIT", "Northlake Intermediate Treasury ETF", "US Treasury intermediate", 94.0, 6.5, -0.01, 0.005, 2.5),
    _bond("NLLT", "Northlake Long Treasury ETF", "US Treasury long", 89.0, 15.5, -0.02, 0.010, 1.0),
    _bond("NLTP", "Northlake Inflation-Protected ETF", "US inflation-linked", 51.0, 6.6, 0.03, 0.012, 2.0),
    _bond("CDCB", "Calder Investment Grade Corporate ETF", "US corporate", 107.0, 7.8, 0.08, 0.008, 2.5),
    _bond("CDSC", "Calder Short Corporate ETF", "US corporate short", 76.0, 2.6, 0.04, 0.005, 2.0),
    _bond("CDHY", "Calder High Yield Bond ETF", "US high yield", 78.0, 3.2, 0.30, 0.018, 1.5),
    _bond("CDMB", "Calder National Municipal ETF", "US municipal", 106.0, 5.8, 0.03, 0.010, 2.0),
    _bond("CDMT", "Calder Mortgage-Backed ETF", "US mortgage-backed", 92.0, 5.7, 0.02, 0.007, 1.2),
    _bond("MPCBX", "Meridian Peak Core Bond Fund", "US aggregate", 9.62, 6.0, 0.04, 0.006, 2.5, 4, **FUND),
    _bond(
        "MPIBX", "Meridian Peak Hedged World Bond Fund", "International, hedged", 10.3, 7.0, 0.03, 0.012, 1.5, 4, **FUND
    ),
    _bond("MPEDX", "Meridian Peak Emerging Debt Fund", "Emerging debt", 8.15, 6.2, 0.28, 0.030, 0.8, 4, **FUND),
    _cash(CASH_SECURITY, "US dollar cash", "Cash", 0.0),
    _cash("MPMXX", "Meridian Peak Government Money Market Fund", "Money market", 1.0),
)
