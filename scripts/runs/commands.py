"""``drift run`` and its kin on the command line: what a person types, and what they are told."""

import signal
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
import yaml

from scripts.runs.controls import acceptable_controls
from scripts.runs.guard import Published, Request, RunBlockedError, RunFailedError, StoppedError, guarded_run
from scripts.runs.lock import LockedError
from scripts.warehouse import PROJECT, Warehouse, shown

PUBLISHED, FAILED, WRONG_ARGUMENTS, BLOCKED, LOCKED = 0, 1, 2, 3, 75
STOPPED_BY_CTRL_C, STOPPED_BY_SIGTERM = 130, 143
# vars that have an option of their own, or are handed over by the run itself
_OPTION_OF_VAR = {
    "accepted_controls": "--accept with --reason",
    "expect_date": "--expect-date",
    "run_context": "nothing: the run hands it over itself",
    "earlier_run": "nothing: the run hands it over itself",
    "recompute_from": "--from",
}


def run(
    landing: Annotated[
        Path | None,
        typer.Option(help="The folder with your own landed files. Left out: the seeds in seeds/raw.", metavar="FOLDER"),
    ] = None,
    variables: Annotated[
        str,
        typer.Option("--vars", help="Further dbt vars as YAML, such as 'as_of_date: 2026-06-30'.", metavar="YAML"),
    ] = "",
    book: Annotated[
        str | None,
        typer.Option(
            help="The book's name: runs of one book are compared. Left out: the landing folder.", metavar="NAME"
        ),
    ] = None,
    expect_date: Annotated[
        str | None,
        typer.Option(
            help="Block the run unless its book ends on this day, or on the last trading day before it.",
            metavar="YYYY-MM-DD",
        ),
    ] = None,
    accept: Annotated[
        list[str] | None,
        typer.Option(help="Let this one run through although this control blocks it; repeatable.", metavar="CONTROL"),
    ] = None,
    reason: Annotated[
        str, typer.Option(help="Why; goes into the audit log with your name, and is shown with the numbers.")
    ] = "",
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Build everything, not only what changed since the last run.")
    ] = False,
    recompute_from: Annotated[
        str | None,
        typer.Option(
            "--from", help="Compute this day and all later ones anew, whatever changed.", metavar="YYYY-MM-DD"
        ),
    ] = None,
) -> None:
    """Bring every mart up to date in a file of its own, test it, hold it against the controls, only then publish it.

    Computed is what new and changed input can reach; the first run of a book, and one after a change of code or of the
    vars behind the numbers, builds everything.

    Readers of warehouse/current.duckdb see the whole old run or the whole new one. Exit codes: 0 published; 1 failed;
    2 the arguments are wrong; 3 blocked by a law or a control; 75 another run is in progress; 130 and 143 stopped.
    Unless it is 0, what readers see is as it was.
    """
    if full_refresh and recompute_from is not None:
        raise typer.BadParameter("--full-refresh builds every day: leave --from out", param_hint="--from")
    given = _given_vars(variables)
    request = Request(
        command=" ".join(["drift", *sys.argv[1:]]),
        landing=Path(given.pop("landing")) if landing is None and given.get("landing") else landing,
        variables={name: value for name, value in given.items() if name != "landing"},
        book=book,
        expect_date=day_of_option(expect_date, "--expect-date"),
        accepted=_accepted(accept or [], reason),
        reason=reason.strip(),
        full_refresh=full_refresh,
        recompute_from=day_of_option(recompute_from, "--from"),
    )
    signal.signal(signal.SIGTERM, raise_stopped)
    try:
        published = guarded_run(request, tell_notice)
    except LockedError as locked:
        typer.echo(f"drift run: {locked}", err=True)
        raise typer.Exit(LOCKED) from None
    except RunFailedError as failure:
        tell_failure(failure)
    except KeyboardInterrupt:
        typer.echo(f"Stopped by Ctrl-C. {_what_stands()}", err=True)
        raise typer.Exit(STOPPED_BY_CTRL_C) from None
    except StoppedError:
        typer.echo(f"Stopped by SIGTERM. {_what_stands()}", err=True)
        raise typer.Exit(STOPPED_BY_SIGTERM) from None
    _tell(published)


def tell_notice(notice: str) -> None:
    """Say what a person should know, beside what was asked for."""
    typer.echo(f"Note: {notice}", err=True)


def tell_failure(failure: RunFailedError) -> NoReturn:
    """Say why nothing was published and what stands unchanged, and end with the code that says which kind it is."""
    for reason in failure.reasons:
        typer.echo(reason, err=True)
    log = Warehouse.from_environment().log
    details = f" The whole log: {shown(log)}" if log.exists() else ""
    typer.echo(f"{_what_stands()}{details}", err=True)
    if isinstance(failure, RunBlockedError):
        acceptable = acceptable_controls()
        names = [reason.split(":")[0] for reason in failure.reasons]
        if failure.database.exists():
            typer.echo(f"What was built is kept for inspection: {shown(failure.database)}", err=True)
        if names and all(acceptable.get(name, False) for name in names):
            accept = " ".join(f"--accept {name}" for name in dict.fromkeys(names))
            typer.echo(f'If the numbers are right all the same: {accept} --reason "why"', err=True)
        raise typer.Exit(BLOCKED)
    raise typer.Exit(FAILED)


def _tell(published: Published) -> None:
    from scripts.summary import print_summary  # noqa: PLC0415 (a second run must be told to wait within a second)

    print_summary(published.database)


def _what_stands() -> str:
    link = Warehouse.from_environment().link
    return "Nothing was published; " + (
        f"{shown(link)} is as it was." if link.exists() else "there is no earlier run either."
    )


def raise_stopped(*_: Any) -> NoReturn:
    """What to do at a SIGTERM: clean up on the way out. Raises StoppedError."""
    raise StoppedError


def _given_vars(text: str) -> dict[str, str]:
    """The vars as they were written: dbt's macros judge the text of each."""
    try:
        given = yaml.load(text, yaml.BaseLoader) or {}  # noqa: S506 (it knows text, lists and mappings, no objects)
    except yaml.YAMLError:
        given = None
    if not isinstance(given, dict):
        raise typer.BadParameter(
            f"{text!r} is no YAML mapping; write 'name: value', and of several '{{name: value, name: value}}'",
            param_hint="--vars",
        )
    known = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise typer.BadParameter(
            f"{', '.join(unknown)} is no var of dbt_project.yml; it has {', '.join(known)}", param_hint="--vars"
        )
    for name in sorted(set(given) & set(_OPTION_OF_VAR)):
        raise typer.BadParameter(f"{name} is not given here; use {_OPTION_OF_VAR[name]}", param_hint="--vars")
    for name, value in given.items():
        if not isinstance(value, str):
            raise typer.BadParameter(f"{name} is {value!r}; write one value", param_hint="--vars")
    for name in ("kept_daily_runs", "kept_blocked_runs"):
        if not given.get(name, "1").isdecimal() or int(given.get(name, "1")) < 1:
            raise typer.BadParameter(f"{name} is {given[name]!r}; write a whole number, 1 or more", param_hint="--vars")
    return given


def day_of_option(text: str | None, option: str) -> str | None:
    """The text, if it is a day as YYYY-MM-DD or None. Raises typer.BadParameter, which names the option."""
    try:
        day = text and date.fromisoformat(text).isoformat()
    except ValueError:
        day = None
    if day != text:
        raise typer.BadParameter(f"{text!r} is no date as YYYY-MM-DD", param_hint=option)
    return day


def _accepted(names: list[str], reason: str) -> tuple[str, ...]:
    acceptable = acceptable_controls()
    for name in names:
        if name not in acceptable:
            known = ", ".join(control for control, may_be in acceptable.items() if may_be)
            raise typer.BadParameter(
                f"{name} is no control; those that may be accepted are {known}", param_hint="--accept"
            )
        if not acceptable[name]:
            raise typer.BadParameter(
                f"{name} can't be accepted away: a run that breaks it has wrong numbers", param_hint="--accept"
            )
    if names and not reason.strip():
        raise typer.BadParameter(f'say why {", ".join(names)} is accepted: --reason "..."', param_hint="--accept")
    if reason.strip() and not names:
        raise typer.BadParameter("a reason needs what it is for: --accept CONTROL", param_hint="--reason")
    return tuple(dict.fromkeys(names))
