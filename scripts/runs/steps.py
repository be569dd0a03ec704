"""The steps of a run, by name: what run.log tells, and where a crash must do no harm.

Up to ``controls_judged`` a run prepares; from there on it publishes. Readers switch at ``pointer_replaced``.
"""

import logging

PREPARING = (
    "locked",
    "space_found",
    "inputs_stored",
    "inputs_staged",
    "build_file_laid_out",
    "context_written",
    "dbt_finished",
)
PUBLISHING = (
    "controls_judged",
    "output_hashed",
    "audit_tables_written",
    "checkpointed",
    "closed",
    "wal_absent",
    "file_hashed",
    "made_read_only",
    "file_synced",
    "renamed",
    "published_folder_synced",
    "end_logged",
    "pointer_written",
    "pointer_synced",
    "pointer_replaced",
    "link_written",
    "link_replaced",
    "warehouse_folder_synced",
    "old_runs_pruned",
    "old_inputs_pruned",
)
STEPS = (*PREPARING, *PUBLISHING)

_LOG = logging.getLogger("drift.steps")


def reached(step: str) -> None:
    """Tell run.log that ``step`` is done."""
    _LOG.info(step)
