"""The project as a place: everything is described, the README is true, and nothing knows what it should not."""

import ast
import csv
import json
import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from corner_sets import CORNERS
from project import PROJECT, run_dbt

from dashboards.look import DARK, LIGHT, Palette


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("parsed")
    assert run_dbt("parse", folder=folder).ok
    parsed: dict[str, Any] = json.loads((folder / "target" / "manifest.json").read_text())
    return parsed


def nodes(manifest: dict[str, Any], *kinds: str) -> list[dict[str, Any]]:
    return [node for node in manifest["nodes"].values() if node["resource_type"] in kinds]


def test_every_model_seed_and_column_is_described(manifest: dict[str, Any]) -> None:
    missing = [
        f"{node['name']}.{column or ''}"
        for node in nodes(manifest, "model", "seed")
        for column, description in [
            ("", node["description"]),
            *((name, column["description"]) for name, column in node["columns"].items()),
        ]
        if not description.strip()
    ]
    assert missing == []


def test_every_column_of_a_model_is_listed(manifest: dict[str, Any], tmp_path: Path) -> None:
    """What a build makes and what the YAML beside the model lists are the same columns, in the same order."""
    landing = CORNERS["clean"](tmp_path / "landing")
    run = run_dbt(
        "build",
        "--exclude-resource-type",
        "test",
        "--exclude-resource-type",
        "unit_test",
        folder=tmp_path,
        variables={"landing": str(landing)},
    )
    assert run.ok, run.output
    with duckdb.connect(str(run.database), read_only=True) as connection:
        for node in nodes(manifest, "model"):
            made = (
                connection.execute(
                    "select column_name from information_schema.columns"
                    " where table_schema = ? and table_name = ? order by ordinal_position",
                    [node["schema"], node["name"]],
                )
                if node["config"]["materialized"] != "ephemeral"
                else connection.execute(f"describe {_compiled(tmp_path, node)}")
            ).fetchall()
            assert [name for name, *_ in made] == list(node["columns"]), node["name"]


def _compiled(folder: Path, node: dict[str, Any]) -> str:
    """The query of a model, with those that are part of it."""
    path = folder / "target" / "compiled" / "portfolio_drift" / str(node["original_file_path"])
    return path.read_text()


def test_no_description_is_copied(manifest: dict[str, Any]) -> None:
    """The same sentence in two files is a doc block that nobody wrote."""
    written: Counter[str] = Counter()
    for path in [*(PROJECT / "models").rglob("*.yml"), *(PROJECT / "seeds").rglob("*.yml")]:
        if path.name.endswith("__unit_tests.yml") or path.parent.name == "raw":
            continue
        parsed = yaml.safe_load(path.read_text())
        for item in parsed.get("models") or parsed.get("seeds") or []:
            for column in item.get("columns", []):
                if "doc(" not in column["description"]:
                    written[f"{column['name']}: {column['description']}"] += 1
    assert [text for text, count in written.items() if count > 1] == []


def test_every_mart_and_audit_table_has_an_enforced_contract(manifest: dict[str, Any]) -> None:
    public = [node for node in nodes(manifest, "model") if node["schema"] in ("marts", "audit")]
    assert len(public) > 15
    for node in public:
        assert node["config"]["contract"]["enforced"], node["name"]
        assert all(column["data_type"] for column in node["columns"].values()), node["name"]


def test_every_model_begins_with_its_grain(manifest: dict[str, Any]) -> None:
    for node in nodes(manifest, "model"):
        comment = "#" if node["language"] == "python" else "--"
        assert node["raw_code"].startswith(f"{comment} One row"), node["name"]


# what each may read besides itself; the score is computed from the facts among the marts, and read by others of them
_READS = {
    "staging": {"raw", "policy"},
    "intermediate": {"policy", "staging"},
    "score": {"policy", "staging", "intermediate", "marts"},
    "marts": {"policy", "staging", "intermediate", "score"},
    "audit": {"raw", "policy", "staging", "intermediate", "score", "marts"},
    "raw": set(),
}


def _stage(node: dict[str, Any]) -> str:
    is_of_the_score = node["original_file_path"].startswith(("models/ml/", "models/intermediate/scoring/"))
    return "score" if is_of_the_score else str(node["schema"])


def test_data_flows_one_way(manifest: dict[str, Any]) -> None:
    for node in nodes(manifest, "model"):
        stage = _stage(node)
        for upstream in node["depends_on"]["nodes"]:
            assert _stage(manifest["nodes"][upstream]) in {stage, *_READS[stage]}, (node["name"], upstream)


def test_no_clock_and_no_chance_in_a_model() -> None:
    for path in (PROJECT / "models").rglob("*.sql"):
        if path.stem != "this_run":
            assert not re.search(r"current_date|now\(\)|random\(\)|run_started_at", path.read_text()), path


def test_engines_are_known_in_their_macros_only() -> None:
    """No model asks which engine it runs on, and what is dispatched to one has a twin for the other."""
    for path in (PROJECT / "models").rglob("*.sql"):
        assert not re.search(r"duckdb|spark|target\.", path.read_text().lower()), path
    macros = "".join(path.read_text() for path in (PROJECT / "macros").rglob("*.sql"))
    dispatched = re.findall(r"adapter\.dispatch\('(\w+)'\)", macros)
    assert len(dispatched) >= 9
    for name in dispatched:
        assert f"macro duckdb__{name}(" in macros, name
        assert re.search(rf"macro (spark|default)__{name}\(", macros), name


def test_where_is_x_computed_is_true(manifest: dict[str, Any]) -> None:
    """Each row of the README's table names a model of the manifest, its file, and columns that it has."""
    readme = (PROJECT / "README.md").read_text()
    section = readme[readme.index("## Where is X computed?") :].split("\n## ")[0]
    rows = re.findall(r"^\| (?!What)([^|]+) \| \[`(\w+)`\]\(([^)]+)\) \| ([^|]*) \|", section, flags=re.MULTILINE)
    assert len(rows) >= 15
    by_name = {node["name"]: node for node in nodes(manifest, "model", "seed")}
    for _, name, path, columns in rows:
        assert by_name[name]["original_file_path"] == path
        for column in re.findall(r"`(\w+)`", columns):
            assert column in by_name[name]["columns"], (name, column)


def test_links_of_the_documents_lead_somewhere() -> None:
    for document in ("README.md", "CONTRIBUTING.md"):
        for target in re.findall(r"\]\((?!http|#)([^)#]+)", (PROJECT / document).read_text()):
            assert (PROJECT / target).exists(), (document, target)


def test_make_targets_of_the_documents_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), flags=re.MULTILINE))
    for document in ("README.md", "CONTRIBUTING.md"):
        for target in re.findall(r"(?:^|`)make ([a-z-]+)", (PROJECT / document).read_text(), flags=re.MULTILINE):
            assert target in targets, (document, target)


def test_policy_numbers_are_in_the_seeds_only() -> None:
    """The bands and the targets stand in seeds/policy, and in no SQL of the project."""
    for folder in ("models", "macros"):
        for path in (PROJECT / folder).rglob("*.sql"):
            assert re.findall(r"\b0\.(?:03|05|35|55|60?|80?)\b", path.read_text()) == [], path


# the dashboards -------------------------------------------------------------------------------------------------------

DASHBOARDS = PROJECT / "dashboards"
# besides marts and audit: the landed rows behind a position, what a control is about, and which days are trading days
_FURTHER_TABLES = {
    "portfolio_why.py": {"raw.holdings", "raw.prices"},
    "quality.py": {"policy.control_limits"},
    "quality_model.py": {"ml.model_in_use", "policy.model_monitoring_policy"},
    "risk.py": {"policy.risk_score_policy"},
    "frame.py": {"policy.trading_calendar"},
}
_SCHEMAS = r"\b(?:raw|policy|staging|intermediate|marts|audit|ml)\.[a-z_]+"
# what a page adds up although it computes nothing: open portfolios are those with a value and those without
_SUMS_OF_A_STRIP = {"row['portfolio_count'] + row['unvalued_count']"}


def python_of_dashboards() -> list[Path]:
    paths = sorted(DASHBOARDS.rglob("*.py"))
    assert len(paths) > 15
    return paths


def queries_of(path: Path) -> list[str]:
    """The SQL in a Python file; what is put into it is a pair of braces."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        text = ""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        elif isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        if re.search(r"\b(select|from|where|order by)\b[^.]*\b(marts|audit|raw|policy|\{\}|\w+\.\w+)", text):
            found.append(text)
    return found


def test_dashboards_read_marts_and_audit_and_what_is_listed_here() -> None:
    for path in python_of_dashboards():
        tables = set(re.findall(_SCHEMAS, "".join(queries_of(path))))
        further = {table for table in tables if not table.startswith(("marts.", "audit."))}
        assert further == _FURTHER_TABLES.get(path.name, set()), path.name


def computed_in(query: str) -> list[str]:
    """What a query computes of figures, besides counting and adding up rows."""
    harmless = re.sub(r"count\(\*\)|\w+\.\*|select \*|ended_at - started_at", "", query)
    calls = re.findall(r"\b(?:avg|mean|median|stddev\w*|var\w*|quantile\w*|round|power|sqrt|ln|exp|cast)\(", harmless)
    return calls + re.findall(r"[\w)}]\s+[-*/%]\s+[\w({$]", harmless) + re.findall(r"::\w+|\b\d+\.\d+\b", harmless)


def test_no_query_of_the_dashboards_computes_a_figure() -> None:
    queries = [(path.name, query) for path in python_of_dashboards() for query in queries_of(path)]
    assert len(queries) > 40
    for name, query in queries:
        assert computed_in(query) == [], name


@pytest.mark.parametrize(
    "query",
    [
        "select avg(drift_score) from marts.drift_monitor",
        "select market_value / aum from marts.drift_monitor",
        "select actual_weight - target_weight from marts.fct_asset_class_daily",
        "select quantity * close_price from marts.latest_positions",
        "select * from marts.drift_monitor where drift_score > 0.05",
        "select sum(aum)::double from marts.drift_trend",
    ],
)
def test_a_query_that_computes_is_seen(query: str) -> None:
    assert computed_in(query) != []


def is_figure(node: ast.expr) -> bool:
    """Whether it is row['name'], as it stands or as another type of number."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1:
        return is_figure(node.args[0])
    return (
        isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str)
    )


def sums_in(source: str) -> set[str]:
    """Arithmetic on the figures of a row, in Python."""
    return {
        ast.unparse(node)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.Div | ast.FloorDiv)
        and (is_figure(node.left) or is_figure(node.right))
    }


def test_no_page_computes_with_the_figures_of_a_row() -> None:
    found = {sum_ for path in (DASHBOARDS / "views").glob("*.py") for sum_ in sums_in(path.read_text())}
    assert found == _SUMS_OF_A_STRIP
    for sum_ in ("row['market_value'] / total", "1 - float(row['actual_weight'])"):
        assert sums_in(sum_) == {sum_}


def test_policy_is_in_no_page() -> None:
    """Neither a bound or a target nor the name of a status, a profile or a class: each is a row of seeds/policy."""
    named = {
        row[column]
        for seed, columns in {
            "drift_policy": ("drift_status", "action", "risk_level"),
            "target_allocations": ("risk_profile", "asset_class"),
        }.items()
        for row in csv.DictReader((PROJECT / "seeds" / "policy" / f"{seed}.csv").open())
        for column in columns
    }
    assert len(named) > 10
    for path in python_of_dashboards():
        text = path.read_text()
        texts = {
            str(node.value)
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        assert not texts & named, path
        assert not [one for one in texts for name in named if f"'{name}'" in one], path
        assert re.findall(r"\b0\.(?:03|05|35|55|60?|80?)\b", text) == [], path


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast of two colours of #RRGGBB, 1 to 21: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""

    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_the_formula_of_contrast_is_wcags() -> None:
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)  # the known near miss


@pytest.mark.parametrize(("theme", "palette"), [("light", LIGHT), ("dark", DARK)], ids=["light", "dark"])
def test_every_colour_of_text_can_be_read(theme: str, palette: Palette) -> None:
    """4.5:1 on each ground that it stands on; the table and Streamlit's theme have the colours of look.py."""
    css = (DASHBOARDS / "assets" / "table.css").read_text()
    (rule,) = re.findall(rf"\.book\.{theme} {{(.*?)}}", css)
    of_table = {name: value.upper() for name, value in re.findall(r"--([a-z]+): (#[0-9a-f]{6});", rule)}
    config = tomllib.loads((DASHBOARDS / ".streamlit" / "config.toml").read_text())["theme"][theme]
    of_tones = {str(tone): colour for tone, colour in palette.tones.items()}
    assert {**of_tones, "muted": palette.muted, "row": of_table["row"]} == of_table
    assert (config["textColor"], config["backgroundColor"], config["primaryColor"]) == (
        palette.text,
        palette.ground,
        palette.accent,
    )
    grounds = {palette.ground, of_table["row"], config["secondaryBackgroundColor"]}
    inks = {
        **of_tones,
        "muted": palette.muted,
        "text": palette.text,
        "accent": palette.accent,
        "link": config["linkColor"],
    }
    inks |= {"under": palette.under, "over": palette.over}
    faint = [
        f"{name} {ink} on {ground}: {contrast(ink, ground):.2f}"
        for name, ink in inks.items()
        for ground in grounds
        if contrast(ink, ground) < 4.5
    ]
    assert faint == []
