"""A PostgreSQL server for one test: in a temporary folder, on a socket in it, with passwords, and stopped after."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

OWNER, OWNER_PASSWORD = "book_owner", "of-the-owner"
_SETTINGS = "-c listen_addresses='' -c fsync=off -c max_connections=200"


@dataclass(frozen=True)
class PrivatePostgres:
    """A running server."""

    folder: Path
    programs: Path

    def catalog(self, database: str, user: str = OWNER) -> str:
        """How libpq reaches a database; the password comes from PGPASSWORD."""
        return f"host={self.folder} dbname={database} user={user}"

    def ask(self, statement: str, database: str = "postgres") -> str:
        """What psql answers, as the owner."""
        command = [str(self.programs / "psql"), "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement]
        environment = {**os.environ, "PGPASSWORD": OWNER_PASSWORD}
        done = subprocess.run(
            [*command, self.catalog(database)], env=environment, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()


@contextmanager
def private_postgres() -> Iterator[PrivatePostgres]:
    """Start a server and stop it. Raises RuntimeError where PostgreSQL is not installed."""
    # not pytest's folder, which only its owner may enter; and the path of a socket has at most 107 bytes
    folder = Path(tempfile.mkdtemp(prefix="lake_catalog_", dir="/tmp"))
    server = PrivatePostgres(folder, _programs())
    data = folder / "data"
    passwords = folder / "password"
    passwords.write_text(OWNER_PASSWORD)
    as_server = _unprivileged(folder, passwords)
    control = [*as_server, str(server.programs / "pg_ctl"), "-D", str(data), "-w"]
    try:
        _run([*as_server, str(server.programs / "initdb"), "-D", str(data), "-U", OWNER, "-A", "scram-sha-256",
              f"--pwfile={passwords}", "-E", "UTF8", "--locale=C", "--no-sync"])  # fmt: skip
        _run([*control, "-l", str(folder / "log"), "-o", f"{_SETTINGS} -k {folder}", "start"])
        try:
            yield server
        finally:
            _run([*control, "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder)


def _programs() -> Path:
    """The folder with initdb and pg_ctl; Debian keeps each version in a folder of its own, outside of PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    found = versions[-1] if versions else shutil.which("initdb")
    if found is None:
        raise RuntimeError("PostgreSQL is not installed: apt-get install postgresql")
    return Path(found).parent


def _unprivileged(*paths: Path) -> list[str]:
    """The beginning of a command that is not run as root, as which PostgreSQL refuses to run; it will own ``paths``."""
    if os.geteuid() != 0:
        return []
    user = next(name for name in ("postgres", "nobody") if name in {entry.pw_name for entry in pwd.getpwall()})
    for path in paths:
        shutil.chown(path, user)
    return ["setpriv", f"--reuid={user}", f"--regid={pwd.getpwnam(user).pw_gid}", "--clear-groups", "--reset-env"]


def _run(command: list[str]) -> None:
    # a server that is started keeps what it was given as output, and whoever waits for its end would wait for ever
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(command, stdout=said, stderr=said, stdin=subprocess.DEVNULL, cwd="/", check=False)
        if done.returncode != 0:
            said.seek(0)
            raise RuntimeError(f"{' '.join(command)}: {said.read().decode()}")
