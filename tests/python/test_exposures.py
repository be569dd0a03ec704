"""The lineage site tells the truth about who reads what: an exposure for each page, with all that its SQL names."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
from project import PROJECT, run_dbt

from scripts.runs.audit_tables import AUDIT_TABLES

DASHBOARDS = PROJECT / "dashboards"
WRITTEN_BY_RUNS = {*AUDIT_TABLES, "glossary"}


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("parsed")
    assert run_dbt("parse", folder=folder).ok
    parsed: dict[str, Any] = json.loads((folder / "target" / "manifest.json").read_text())
    return parsed


def modules_of(path: Path) -> set[Path]:
    """A module of the dashboards, and those that it imports, and so on."""
    found: set[Path] = set()
    waiting = [path]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += [module for name in imports_of(path) if (module := PROJECT / f"{name}.py").exists()]
    return found


def imports_of(path: Path) -> list[str]:
    return [
        place.replace(".", "/")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dashboards")
        for place in (str(node.module), *(f"{node.module}.{name.name}" for name in node.names))
    ]


def tables_of(path: Path) -> set[str]:
    """The tables that the SQL of a page names, schema and all."""
    text = "".join(module.read_text() for module in modules_of(path))
    return set(re.findall(r"\b(?:marts|audit|raw|policy|intermediate|staging|ml)\.[a-z_]+\b", text))


def exposed(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {exposure["name"]: exposure for exposure in manifest["exposures"].values()}


def tables_behind(exposure: dict[str, Any], manifest: dict[str, Any]) -> set[str]:
    nodes = {**manifest["nodes"], **manifest["sources"]}
    return {f"{nodes[unique_id]['schema']}.{nodes[unique_id]['name']}" for unique_id in exposure["depends_on"]["nodes"]}


def test_each_page_has_an_exposure_with_all_that_it_reads(manifest: dict[str, Any]) -> None:
    of_modules = {
        exposure["config"]["meta"]["module"]: exposure
        for exposure in exposed(manifest).values()
        if "module" in exposure["config"]["meta"]
    }
    app = ast.parse((DASHBOARDS / "app.py").read_text())
    pages = {
        f"dashboards/views/{name.name}.py"
        for node in ast.walk(app)
        if isinstance(node, ast.ImportFrom) and node.module == "dashboards.views"
        for name in node.names
    }
    assert len(pages) == 6
    assert of_modules.keys() == pages
    for module, exposure in of_modules.items():
        assert tables_behind(exposure, manifest) == tables_of(PROJECT / module), module


def test_what_runs_write_is_exposed_as_a_source(manifest: dict[str, Any]) -> None:
    sources = {source["name"] for source in manifest["sources"].values()}
    assert sources == WRITTEN_BY_RUNS


def test_the_export_is_exposed_with_every_mart(manifest: dict[str, Any]) -> None:
    marts = {
        f"marts.{node['name']}"
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] == "marts"
    }
    assert tables_behind(exposed(manifest)["exported_files"], manifest) == marts
