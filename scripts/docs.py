"""The dbt docs site as one page that opens without a server, the star schema drawn in it."""

import base64
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import mermaidx

from scripts.reader import published_run
from scripts.runs.guard import Request, guarded_run
from scripts.warehouse import PROJECT, Warehouse

PLACEHOLDER = "STAR_SCHEMA_DIAGRAM"


class DocsError(Exception):
    """A step that failed: the message is what it said."""


def write_docs(page: Path, tell: Callable[[str], None]) -> None:
    """Write the site to ``page``, from the run that readers see, or from a new one where there is none.

    dbterd reads the entities and their relations off the marts' relationship tests; Mermaid draws them.
    Raises RunFailedError where there was nothing to document, DocsError where a step fails.
    """
    if not Warehouse.from_environment().link.exists():
        guarded_run(Request(command="drift docs"), tell)
    folder = page.parent
    folder.mkdir(parents=True, exist_ok=True)
    database = folder / "docs.duckdb"
    shutil.copyfile(published_run().path, database)
    _step(
        *("dbt", "docs", "generate", "--static", "--target-path", str(folder), "--log-path", str(folder)),
        *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
        database=database,
    )
    _step(
        *("dbterd", "run", "--target", "mermaid", "--select", "schema:marts", "--entity-name-format", "table"),
        *("--artifacts-dir", str(folder), "--output", str(folder), "--output-file-name", "star_schema.md"),
        database=database,
    )
    diagram = mermaidx.render((folder / "star_schema.md").read_text(encoding="utf-8")).svg()
    # boxes are as wide as the words in another font than a browser may have: it shall not cut them off
    diagram = diagram.replace("<style>", "<style>foreignObject{overflow:visible}", 1)
    embedded = "data:image/svg+xml;base64," + base64.b64encode(diagram.encode()).decode()
    site = (folder / "static_index.html").read_text(encoding="utf-8")
    if PLACEHOLDER not in site:
        raise DocsError(f"models/overview.md has no {PLACEHOLDER}: nowhere to put the diagram")
    page.write_text(site.replace(PLACEHOLDER, embedded), encoding="utf-8")


def _step(command: str, *arguments: str, database: Path) -> None:
    environment = {
        **os.environ,
        "PORTFOLIO_DRIFT_DB": str(database),
        "PORTFOLIO_DRIFT_WAREHOUSE": str(Warehouse.from_environment().folder),
    }
    program = str(Path(sys.executable).with_name(command))
    done = subprocess.run(
        [program, *arguments], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise DocsError(f"{command} failed:\n{done.stdout}{done.stderr}")
