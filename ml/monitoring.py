"""What the monitoring of the published run says on the model in use."""

import duckdb

from scripts.reader import open_published
from scripts.runs.commands import tell_notice
from scripts.warehouse import WarehouseError, shown


def read_alarms() -> tuple[list[str], list[str]]:
    """The lines that ring, and what is to be said besides. Raises WarehouseError where there is nothing to read, and
    where no model was in use.
    """
    connection, run = open_published()
    with connection:
        if run.notice:
            tell_notice(run.notice)
        try:
            refusals = connection.execute("select refusal from ml.model_in_use where refusal is not null").fetchall()
            rows = connection.execute(
                "select monitor, horizon_days, subject, figure, alarm_limit, rings from audit.model_monitoring"
                " order by rings desc nulls last, monitor, horizon_days nulls first, subject"
            ).fetchall()
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            raise WarehouseError(
                f"{shown(run.path)} has no audit.model_monitoring to read ({reason}); run `make build` first"
            ) from None
    for (refusal,) in refusals:
        raise WarehouseError(f"no model was in use in {run.run_id}: {refusal}")
    ringing = [_line(*row[:5]) for row in rows if row[5]]
    said = [f"{run.run_id}, as of {run.as_of_date}: {len(rows)} checks of the model in use, {len(ringing)} ring."]
    return ringing, said


def _line(monitor: str, horizon_days: int | None, subject: str, figure: float | None, limit: float | None) -> str:
    horizon = f" within {horizon_days} days" if horizon_days is not None else ""
    return f"{monitor} of {subject}{horizon} is {_number(figure)}, its limit is {_number(limit)}"


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.4g}"
