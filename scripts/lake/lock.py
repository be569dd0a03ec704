"""One build at a time: two that write one lake at once interleave table by table, and neither fails before its end."""

import contextlib

import duckdb

from scripts.lake.connecting import OFFLINE, LakeError, load_extensions, quoted

# any number, the same for each build of this project; PostgreSQL keeps such locks apart by database
_NUMBER = 7_036_874


class BuildLock:
    """A lock in the catalog's PostgreSQL, held by a transaction: it ends with this process, however that ends.

    By a transaction, for DuckDB clears a session of all that it holds between two of them.
    """

    def __init__(self, catalog: str) -> None:
        """Hold nothing yet."""
        self._catalog = catalog
        self._connection: duckdb.DuckDBPyConnection | None = None

    def take(self) -> bool:
        """Take the lock, at once or not at all: False where another build has it."""
        self._connection = duckdb.connect(config={**OFFLINE, "threads": 1})
        load_extensions(self._connection)
        self._connection.execute(f"attach {quoted(self._catalog)} as catalog (type postgres)")
        self._connection.execute("begin")
        # it says nothing for as long as the build takes
        self._ask("select set_config('idle_in_transaction_session_timeout', '0', true) = '0'")
        if self._ask(f"select pg_try_advisory_xact_lock({_NUMBER})"):
            return True
        self.release()
        return False

    def check(self) -> None:
        """Raise LakeError where the lock is no longer held: another build may have written meanwhile."""
        held = (
            "select count(*) > 0 from pg_locks where locktype = 'advisory' and granted"
            f" and pid = pg_backend_pid() and objid = {_NUMBER}"
        )
        try:
            is_held = self._connection is not None and self._ask(held)
        except duckdb.Error:
            is_held = False
        if not is_held:
            self.release()
            raise LakeError("the lock on the lake was lost during the build; build again")

    def release(self) -> None:
        """Let the next build in."""
        if self._connection is not None:
            # said here, where a session that is lost is an error; in the closing it would end the process
            with contextlib.suppress(duckdb.Error):
                self._connection.execute("rollback")
            self._connection.close()
            self._connection = None

    def _ask(self, query: str) -> bool:
        assert self._connection is not None
        ((answer,),) = self._connection.execute(f"from postgres_query('catalog', {quoted(query)})").fetchall()
        return bool(answer)
