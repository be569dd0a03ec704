"""``drift ml`` on the command line: train, evaluate and promote risk models, and watch the one in use."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from scripts.progress import progress_bar
from scripts.warehouse import PROJECT, Warehouse, WarehouseError, shown

if TYPE_CHECKING:
    from ml.books import Book
    from ml.evaluation import Advance
    from ml.model_file import LoadedModel
    from ml.training import Trained

DONE, FAILED, WRONG_ARGUMENTS, RINGS = 0, 1, 2, 3
REFUSED = 3
SEED = 7

ml = typer.Typer(
    name="ml",
    help="The risk score: train, evaluate and promote its model, and watch the one in use.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
_Databases = Annotated[
    list[Path] | None,
    typer.Option("--db", help="A database that dbt built with risk_score_days: all; repeatable.", metavar="FILE"),
]
_Seed = Annotated[int, typer.Option("--seed", help="Of trees and of the bootstrap: the same seed, the same model.")]


@ml.command()
def train(
    databases: _Databases = None,
    seed: _Seed = SEED,
    books: Annotated[
        int,
        typer.Option("--books", help="Without --db: how many books the simulator makes up.", min=1, metavar="COUNT"),
    ] = 10,
    portfolios: Annotated[
        int, typer.Option("--portfolios", help="Without --db: portfolios of each book.", min=1, metavar="COUNT")
    ] = 150,
    days: Annotated[
        int, typer.Option("--days", help="Without --db: trading days of each book.", min=1, metavar="COUNT")
    ] = 1260,
) -> None:
    """Fit all candidates, let them compete on data that they have not seen, and keep the winner as a candidate.

    Left to itself it makes up books with the simulator and builds their features, which takes some minutes. The winner
    of each horizon lies in warehouse/ml/candidates, with its card; `drift ml promote VERSION` puts it in use. Exit
    codes: 0 trained; 1 failed; 2 wrong arguments.
    """
    with _failures(), _progress() as tell:
        read = _own_books(databases, tell) if databases else _simulated(books, portfolios, days, tell)
        source = "own databases" if databases else f"the simulator ({portfolios} portfolios, {days} days each)"
        command = "drift ml train" + (
            "".join(f" --db {shown(path)}" for path in databases)
            if databases
            else "".join(
                f" --{name} {value}"
                for name, value, usual in (
                    ("books", books, 10),
                    ("portfolios", portfolios, 150),
                    ("days", days, 1260),
                    ("seed", seed, SEED),
                )
                if value != usual
            )
        )
        version = _train(read, source, command, seed, tell)
    typer.echo(f"Next: drift ml promote {version}")


@ml.command()
def evaluate(
    database: Annotated[
        Path | None,
        typer.Option(
            "--db",
            help="A database that dbt built with risk_score_days: all. Left out: the run that readers see.",
            metavar="FILE",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="The folder for report.html and figures.json.", file_okay=False, metavar="FOLDER"),
    ] = None,
    name: Annotated[str, typer.Option(help="What the report calls the book. Left out: the file's name.")] = "",
    seed: _Seed = SEED,
) -> None:
    """Walk all candidates, and the model in use, forward through a book, and write a report on who wins and why.

    Each part of the later days is scored by models that were fitted to the days before it. Exit codes: 0 written;
    1 failed; 2 wrong arguments.
    """
    with _failures(), _progress() as tell:
        from ml.books import read_book  # noqa: PLC0415 (pandas and more: only where they are used)
        from ml.evaluation import evaluate as evaluated  # noqa: PLC0415
        from ml.evaluation import walk_forward  # noqa: PLC0415
        from ml.model_file import champion_folder, usable_model  # noqa: PLC0415
        from ml.report import headline, report_page  # noqa: PLC0415
        from ml.training import figures_of, models_in_use  # noqa: PLC0415

        path = database or _published()
        tell(f"reading {shown(path)}")
        book = read_book(path, name=name or None)
        champion = usable_model(champion_folder())
        found = {
            horizon: evaluated(walk_forward(book, horizon, seed, tell, models_in_use(champion).get(horizon)), seed)
            for horizon in book.horizons
        }
        folder = (out or Warehouse.from_environment().folder / "ml" / "evaluations" / book.name).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        about = (
            f"{book.name}: {len(book.rows):,} portfolio-days not in breach, {book.first_date} to {book.last_date}."
            f" Model in use: {champion.version if champion else 'none'}."
        )
        page = report_page("Risk score: who wins, and how sure that is", about, found)
        (folder / "report.html").write_text(page, encoding="utf-8")
        figures = {
            "book": book.name,
            "from": book.first_date,
            "to": book.last_date,
            "model_in_use": champion.version if champion else None,
            "seed": seed,
            "horizons": {str(horizon): figures_of(one) for horizon, one in found.items()},
        }
        (folder / "figures.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    for horizon, one in found.items():
        typer.echo(headline(horizon, one))
    typer.echo(f"Open {shown(folder / 'report.html')} in a browser; figures.json beside it has every figure.")


@ml.command()
def promote(
    version: Annotated[str, typer.Argument(help="A candidate in warehouse/ml/candidates.")],
    force: Annotated[
        bool, typer.Option("--force", help="Use it although the rule is against it; needs --reason.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why; goes into the card.")] = "",
) -> None:
    """Put a candidate in use: copy it, with its card, into ml/champion, which belongs into git.

    Refused is what was not held against the model in use, out of sample, or was not better beyond noise. Exit codes:
    0 in use; 1 failed; 2 wrong arguments; 3 refused, and what was in use still is.
    """
    if force and not reason.strip():
        raise typer.BadParameter("tell why with --reason", param_hint="--force")
    with _failures():
        from ml.model_file import champion_folder  # noqa: PLC0415
        from ml.registry import NotPromotedError  # noqa: PLC0415
        from ml.registry import promote as put_in_use  # noqa: PLC0415

        folder = champion_folder()
        try:
            put_in_use(Warehouse.from_environment(), version, folder, force=force, reason=reason.strip())
        except NotPromotedError as refused:
            typer.echo(f"drift ml promote: {refused}", err=True)
            raise typer.Exit(REFUSED) from None
    typer.echo(f"{version} is in use, in {shown(folder)}. Next: commit that folder, then `make build` for its scores.")


@ml.command()
def check() -> None:
    """Tell whether the model in use is still what it was, from the monitoring of the run that readers see.

    Exit codes: 0 nothing rings; 1 nothing to read; 3 retrain, and the lines say why.
    """
    from ml.monitoring import read_alarms  # noqa: PLC0415

    with _failures():
        alarms, said = read_alarms()
    for line in said:
        typer.echo(line)
    if alarms:
        for line in alarms:
            typer.echo(line, err=True)
        typer.echo("Next: drift ml retrain", err=True)
        raise typer.Exit(RINGS)


@ml.command()
def retrain(
    seed: _Seed = SEED,
    database: Annotated[
        Path | None,
        typer.Option("--db", help="A database that dbt built. Left out: the run that readers see.", metavar="FILE"),
    ] = None,
) -> None:
    """Train a challenger on the published book, and put it in use only if it beats the model in use beyond noise.

    Both are tested on later days that the challenger's training has not seen. Exit codes: 0 the challenger is in use,
    or the model in use stays, as the last line says; 1 failed.
    """
    with _failures(), _progress() as tell:
        from ml.model_file import champion_folder  # noqa: PLC0415
        from ml.registry import NotPromotedError  # noqa: PLC0415
        from ml.registry import promote as put_in_use  # noqa: PLC0415

        read = _own_books([database or _published()], tell)
        version = _train(read, "the published book", "drift ml retrain", seed, tell)
        folder = champion_folder()
        try:
            put_in_use(Warehouse.from_environment(), version, folder)
            outcome = f"{version} is in use, in {shown(folder)}. Next: commit that folder, then `make build`."
        except NotPromotedError as refused:
            outcome = f"The model in use stays: {str(refused).split(';')[0]}."
    typer.echo(outcome)


def _own_books(databases: list[Path], tell: "Advance") -> "list[Book]":
    from ml.books import read_book  # noqa: PLC0415

    read = []
    for path in databases:
        tell(f"reading {shown(path)}")
        read.append(read_book(path))
    return read


def _simulated(books: int, portfolios: int, days: int, tell: "Advance") -> "list[Book]":
    from ml.simulated import SEEDS, simulated_books  # noqa: PLC0415

    seeds = [SEEDS[0] + number for number in range(books)]
    read: list[Book] = []
    tell(f"book 1 of {books}: simulating and building")
    for book in simulated_books(seeds, portfolios, days):
        read.append(book)
        tell(f"book {len(read)} of {books} is read")
    return read


def _train(books: "list[Book]", source: str, command: str, seed: int, tell: "Advance") -> str:
    """Train, keep and track; tell what came of it, and return the version."""
    from ml.model_file import champion_folder, usable_model  # noqa: PLC0415
    from ml.registry import keep_candidate  # noqa: PLC0415
    from ml.report import headline  # noqa: PLC0415
    from ml.tracking import track  # noqa: PLC0415
    from ml.training import card_of  # noqa: PLC0415
    from ml.training import train as trained_on  # noqa: PLC0415

    started = time.monotonic()
    champion: LoadedModel | None = usable_model(champion_folder())
    trained: Trained = trained_on(books, seed, tell, champion)
    seconds = time.monotonic() - started
    today = date.today().isoformat()
    warehouse = Warehouse.from_environment()
    card: dict[str, Any] = {"command": command, **card_of(trained, books, source, seed, _commit(), champion)}
    version, place = keep_candidate(warehouse, trained.model, card, today)
    whole = json.loads((place / "card.json").read_text(encoding="utf-8"))
    is_tracked = track(warehouse.folder / "ml", place, whole, today)
    for horizon, evaluation in trained.evaluations.items():
        typer.echo(headline(horizon, evaluation))
    kept = "tracked in mlflow.db" if is_tracked else "not tracked: MLflow is not installed"
    typer.echo(f"{version} is in {shown(place)}, trained in {seconds:.0f} s, {kept}.")
    return version


def _published() -> Path:
    from scripts.reader import published_run  # noqa: PLC0415

    return published_run().path


def _commit() -> str:
    done = subprocess.run(
        ["git", "-C", str(PROJECT), "rev-parse", "HEAD"],  # noqa: S607 (whichever git there is)
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip()


@contextmanager
def _failures() -> Iterator[None]:
    """What a person can mend is one line."""
    try:
        yield
    except (WarehouseError, typer.Exit, typer.BadParameter):
        raise
    except Exception as error:
        if type(error).__module__.startswith(("ml.", "scripts.")):
            raise WarehouseError(str(error)) from None
        raise


@contextmanager
def _progress() -> "Iterator[Advance]":
    """What to tell about steps that are done; shown on standard error where someone is watching."""
    with progress_bar(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()) as bar:
        task = bar.add_task("starting", total=None)
        yield lambda step: bar.update(task, description=step)
