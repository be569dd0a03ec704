"""The project as a place: everything is described, the README is true, and nothing knows what it should not."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from corner_sets import CORNERS
from project import PROJECT, run_dbt


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
        assert node["raw_code"].startswith("-- One row"), node["name"]


def test_data_flows_one_way(manifest: dict[str, Any]) -> None:
    order = ["raw", "policy", "staging", "intermediate", "marts", "audit"]
    for node in nodes(manifest, "model"):
        for upstream in node["depends_on"]["nodes"]:
            assert order.index(manifest["nodes"][upstream]["schema"]) <= order.index(node["schema"]), node["name"]


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
    targets = set(re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text(), flags=re.MULTILINE))
    for document in ("README.md", "CONTRIBUTING.md"):
        for target in re.findall(r"(?:^|`)make ([a-z]+)", (PROJECT / document).read_text(), flags=re.MULTILINE):
            assert target in targets, (document, target)


def test_policy_numbers_are_in_the_seeds_only() -> None:
    """The bands and the targets stand in seeds/policy, and in no SQL of the project."""
    for folder in ("models", "macros"):
        for path in (PROJECT / folder).rglob("*.sql"):
            assert re.findall(r"\b0\.(?:03|05|35|55|60?|80?)\b", path.read_text()) == [], path
