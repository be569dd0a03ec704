"""Policy: the bands and targets of the seeds, in force and at other times, and the glossary in dbt's own words."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from dashboard_book import NEW_BANDS_FROM, NEW_TARGETS_FROM, PLANNED_FROM, Published
from dashboard_pages import Page, day, seen, share
from project import run_dbt

from dashboards.glossary import flowing

DASH = "\N{EN DASH}"
MARKS = {"first": "●", "between": "▲", "last": "■"}
CLASSES = ("Equity", "Bonds", "Cash", "Gold")


def between(above: Any, until: Any) -> str:
    said = [f"above {share(above)}"] * (above is not None) + [f"up to {share(until)}"] * (until is not None)
    return ", ".join(said) or "any"


def bands(book: Published, condition: str, order: str) -> list[tuple[Any, ...]]:
    return book.ask(
        "select drift_status, above_drift, max_drift, recommended_action, risk_level, band_position, valid_from,"
        f" valid_to from marts.dim_drift_status where {condition} order by {order}"
    )


def test_the_bands_in_force_are_those_of_the_day(book: Published) -> None:
    rows = bands(book, "is_current", "severity")
    assert seen("policy", {}).tables["bands"].rows == [
        [f"{MARKS[place]} {status}", between(above, until), action, level]
        for status, above, until, action, level, place, *_ in rows
    ]
    assert [str(row[2]) for row in rows][:2] == ["0.0250000000", "0.0455000000"]  # as the seeds of this book say


def test_the_bands_at_other_times_are_told_with_the_planned_ones(book: Published) -> None:
    table = seen("policy", {}).tables["bands_before"]
    rows = bands(book, "not is_current", "valid_from desc, severity")
    assert table.rows == [
        [day(start), day(end), f"{MARKS[place]} {status}", between(above, until), action]
        for status, above, until, action, _, place, start, end in rows
    ]
    assert table.column("From")[0] == day(date.fromisoformat(PLANNED_FROM))
    assert day(date.fromisoformat(NEW_BANDS_FROM)) in table.column("Until")
    (expander,) = (one for one in seen("policy", {}).test.expander if one.label.startswith("Bands"))
    assert expander.label == "Bands at other times (2)"


def targets(book: Published, condition: str) -> list[tuple[Any, ...]]:
    return book.ask(
        "select risk_profile, valid_from, valid_to, asset_class, target_weight from marts.dim_risk_profile"
        f" inner join marts.dim_asset_class using (asset_class) where {condition}"
        " order by risk_profile, valid_from desc, display_order"
    )


def test_the_targets_in_force_are_those_of_the_day(book: Published) -> None:
    wanted: dict[str, dict[str, str]] = {}
    since: dict[str, date] = {}
    for profile, start, _, asset_class, weight in targets(book, "is_current"):
        wanted.setdefault(profile, {})[asset_class] = share(weight)
        since[profile] = start
    table = seen("policy", {}).tables["targets"]
    assert table.headings == ["Profile", *CLASSES, "Since"]
    assert table.rows == [
        [profile, *(weights.get(one, DASH) for one in CLASSES), day(since[profile])]
        for profile, weights in wanted.items()
    ]
    (moderate,) = (row for row in table.rows if row[0] == "Moderate")
    assert moderate == ["Moderate", "57.50 %", "37.50 %", "5.00 %", DASH, day(date.fromisoformat(NEW_TARGETS_FROM))]


def test_the_targets_at_other_times(book: Published) -> None:
    table = seen("policy", {}).tables["targets_before"]
    assert table.rows == [
        [profile, day(start), day(end), asset_class, share(weight)]
        for profile, start, end, asset_class, weight in targets(book, "not is_current")
    ]
    assert len(table.rows) == 6
    (expander,) = (one for one in seen("policy", {}).test.expander if one.label.startswith("Targets"))
    assert expander.label == "Targets at other times (2)"


# the glossary ---------------------------------------------------------------------------------------------------------

LAYERS = {"Marts": "marts", "Audit": "audit", "In between": "intermediate", "Staging": "staging", "Policy": "policy"}


@pytest.fixture(scope="module")
def described(book: Published, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What dbt's manifest says of each table and column that the published file has, in the order of the page."""
    folder = tmp_path_factory.mktemp("parsed")
    assert run_dbt("parse", folder=folder).ok
    manifest = json.loads((Path(folder) / "target" / "manifest.json").read_text())
    there = set(book.ask("select schema_name, table_name from duckdb_columns()"))
    rows = []
    for node in (*manifest["nodes"].values(), *manifest["sources"].values()):
        if node["resource_type"] in ("model", "seed", "source") and (node["schema"], node["name"]) in there:
            place = {"table": (node["schema"], node["name"]), "path": node["original_file_path"]}
            rows.append({**place, "column": None, "position": 0, "text": node["description"].strip()})
            rows += [
                {**place, "column": name, "position": number, "text": column["description"].strip()}
                for number, (name, column) in enumerate(node["columns"].items(), 1)
            ]
    return sorted(rows, key=lambda row: (row["table"], row["position"]))


def shown(row: dict[str, Any]) -> list[str]:
    schema, table = row["table"]
    return [(row["column"] or table).replace("_", " "), f"{schema}.{table}", flowing(row["text"]), row["path"]]


@pytest.mark.parametrize("layer", LAYERS)
def test_the_glossary_is_dbts_manifest(book: Published, described: list[dict[str, Any]], layer: str) -> None:
    rows = [row for row in described if row["table"][0] == LAYERS[layer]]
    page = seen("policy", {"layer": layer, "glossary_page": "1"})
    assert page.tables["glossary"].rows == [shown(row) for row in rows[:50]]
    last = -(-len(rows) // 50)
    if last > 1:
        table = seen("policy", {"layer": layer, "glossary_page": str(last)}).tables["glossary"]
        assert table.rows == [shown(row) for row in rows[50 * (last - 1) :]]


def test_the_glossary_opens_with_the_marts(book: Published) -> None:
    assert seen("policy", {}).tables["glossary"].rows == seen("policy", {"layer": "Marts"}).tables["glossary"].rows


def test_types_are_those_of_the_file(book: Published) -> None:
    table = seen("policy", {"find": "alert rank"}).tables["glossary"]
    types = dict(
        book.ask("select table_name || column_name, data_type from duckdb_columns() where schema_name = 'marts'")
    )
    for term, where, note in zip(
        table.column("Term"), table.column("Table"), table.column("Term", "note"), strict=True
    ):
        name = term.replace(" ", "_")
        assert note in ("the whole table", f"{name}, {types.get(where.removeprefix('marts.') + name)}")


@pytest.mark.parametrize("find", ["drift score", "DRIFT_SCORE", "AUM", "stale", " stale ", "%", "no such term"])
@pytest.mark.parametrize("layer", ["Marts", "Audit"])
def test_a_term_is_found_in_names_and_descriptions(
    book: Published, described: list[dict[str, Any]], find: str, layer: str
) -> None:
    words = find.strip().lower().replace("_", " ")
    rows = [
        row
        for row in described
        if row["table"][0] == LAYERS[layer]
        and words
        in " ".join(part for part in (row["column"], row["table"][1], row["text"]) if part is not None)
        .lower()
        .replace("_", " ")
    ]
    page = seen("policy", {"find": find, "layer": layer})
    if rows:
        assert page.tables["glossary"].rows == [shown(row) for row in rows[:50]]
    else:
        assert "glossary" not in page.tables
        assert any("No column is described like that." in text for text in page.warned)


def test_a_layer_that_nobody_knows_is_as_if_none_was_said(book: Published) -> None:
    assert seen("policy", {"layer": "no such"}).tables["glossary"].rows == seen("policy", {}).tables["glossary"].rows


def test_without_a_layer_all_are_looked_through(book: Published, described: list[dict[str, Any]]) -> None:
    page = Page("policy", {"find": "portfolio_count"})
    page.test.pills[0].set_value(None)
    page.run()
    schemas = {where.split(".")[0] for where in page.tables["glossary"].column("Table")}
    assert len(schemas) > 1


@pytest.mark.parametrize(
    ("description", "lines"),
    [
        ("One line.", "One line."),
        ("  Spaces around.  ", "Spaces around."),
        ("Above:\n\n| a | b | c |\n|---|:-:|---|\n| x | y | z |\n| p | | q |", "Above:\na: b, c\nx: y, z\np: q"),
        ("", ""),
    ],
)
def test_a_description_is_plain_lines(description: str, lines: str) -> None:
    assert flowing(description) == lines
