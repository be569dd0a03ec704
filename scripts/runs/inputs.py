"""What a run is made from, kept by content: landed files, policy seeds and the project's own code.

A run reads these copies, never the files themselves: what is recorded is what was read, and it can be made again.
"""

import gzip
import hashlib
import io
import os
import shutil
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.landing.errors import LandingError
from scripts.landing.files import landed_files
from scripts.landing.tables import LANDING_TABLES
from scripts.runs.files import make_read_only, remove, sha256_of, sync
from scripts.warehouse import PROJECT, Warehouse

POLICY = "seeds/policy"
_CODE = (
    *("dbt_project.yml", "profiles.yml", "requirements.lock"),
    *("macros", "ml", "models", "scripts", "seeds", "tests/dbt"),
)
_CODE_SUFFIXES = (".sql", ".py", ".yml", ".md", ".lock", ".skops", ".json")  # the model in use is code, too


@dataclass(frozen=True)
class InputFile:
    """One file that a run reads: its table, its name from the landing directory (or the project) on, its content."""

    table: str
    file: str
    sha256: str

    @property
    def is_policy(self) -> bool:
        """Whether it is a decision of the project's own, not a landed fact."""
        return self.file.startswith(POLICY + "/")


@dataclass(frozen=True)
class Inputs:
    """Everything that a run is made from."""

    landed: tuple[InputFile, ...]
    policy: tuple[InputFile, ...]
    code_sha256: str

    @property
    def files(self) -> tuple[InputFile, ...]:
        """The rows of audit.inputs."""
        return (*self.landed, *self.policy)

    @property
    def input_hash(self) -> str:
        """SHA-256 over table, name and content of every landed and policy file."""
        lines = sorted(f"{file.table}\t{file.file}\t{file.sha256}\n" for file in self.files)
        return hashlib.sha256("".join(lines).encode()).hexdigest()


class InputStore:
    """The folder ``inputs``: each content once, under its SHA-256."""

    def __init__(self, warehouse: Warehouse) -> None:
        """Make the folder. Raises OSError."""
        self.folder = warehouse.inputs
        self.folder.mkdir(parents=True, exist_ok=True)

    def keep(self, landing: Path) -> Inputs:
        """Keep everything that a run from ``landing`` reads.

        Raises LandingError where the landing directory is refused, a file changes while it is read or a policy file is
        not UTF-8; OSError where the warehouse can't be written.
        """
        landed = [
            InputFile(table=table.name, file=landed_file.source_file, sha256=self._keep_file(landed_file.path))
            for table in LANDING_TABLES.values()
            for landed_file in landed_files(landing, table)
        ]
        policy = [
            InputFile(table=path.stem, file=f"{POLICY}/{path.name}", sha256=self._keep_file(path))
            for path in sorted((PROJECT / POLICY).glob("*.csv"))
        ]
        for file in policy:
            self._refuse_what_dbt_cannot_parse(file)
        inputs = Inputs(tuple(landed), tuple(policy), self._keep_content(_archive_of_code()))
        sync(self.folder)
        return inputs

    def lay_out(self, inputs: Inputs, folder: Path) -> None:
        """Put the inputs where dbt reads them: ``folder``/landing and ``folder``/project. Raises OSError."""
        project = folder / "project"
        with tarfile.open(fileobj=io.BytesIO(gzip.decompress((self.folder / inputs.code_sha256).read_bytes()))) as code:
            code.extractall(project, filter="data")
        (folder / "landing").mkdir(parents=True)
        for file in inputs.landed:
            self._lay(file.sha256, folder / "landing" / file.file)
        for file in inputs.policy:
            self._lay(file.sha256, project / file.file)

    def missing(self, contents: Iterable[str]) -> list[str]:
        """Which of the contents are not there, or no longer what their name says."""
        return [content for content in contents if not self._is_sound(content)]

    def forget_all_but(self, contents: Iterable[str]) -> None:
        """Remove what no kept run was made from."""
        kept = set(contents)
        for path in self.folder.iterdir():
            if path.name not in kept:
                remove(path)

    def _refuse_what_dbt_cannot_parse(self, policy: InputFile) -> None:
        """dbt reads seeds while it parses, before they come to our own door, and says nothing of the file."""
        content = (self.folder / policy.sha256).read_bytes()
        try:
            content.decode("utf-8")
        except UnicodeDecodeError as broken:
            line = content.count(b"\n", 0, broken.start) + 1
            raise LandingError(f"{policy.file}, line {line}: not UTF-8; save the file as UTF-8") from None

    def _is_sound(self, content: str) -> bool:
        path = self.folder / content
        return path.is_file() and sha256_of(path) == content

    def _keep_file(self, path: Path) -> str:
        try:
            content = sha256_of(path)
            kept = self.folder / content
            if not self._is_sound(content):
                draft = kept.with_suffix(".part")
                shutil.copyfile(path, draft)
                if sha256_of(draft) != content:
                    raise LandingError(f"{path} changes while it is read; run again when it has fully arrived")
                self._settle(draft, kept)
        except OSError as broken:
            if broken.filename != str(path):
                raise
            raise LandingError(f"{path}: can't be read ({broken.strerror}); check the file, or send it again") from None
        return content

    def _keep_content(self, content: bytes) -> str:
        name = hashlib.sha256(content).hexdigest()
        if not self._is_sound(name):
            draft = self.folder / f"{name}.part"
            draft.write_bytes(content)
            self._settle(draft, self.folder / name)
        return name

    def _settle(self, draft: Path, kept: Path) -> None:
        make_read_only(draft)
        sync(draft)
        draft.replace(kept)

    def _lay(self, content: str, place: Path) -> None:
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(self.folder / content, place)
        except OSError:  # a file system without hard links
            shutil.copyfile(self.folder / content, place)


def _archive_of_code() -> bytes:
    """The project's code as one compressed archive: equal code, equal bytes."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path in _files_of_code():
            member = tarfile.TarInfo(str(path.relative_to(PROJECT)))
            member.size = path.stat().st_size
            with path.open("rb") as file:
                tar.addfile(member, file)
    return gzip.compress(archive.getvalue(), mtime=0)


def _files_of_code() -> Iterator[Path]:
    for part in _CODE:
        path = PROJECT / part
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        yield from (file for file in files if file.suffix in _CODE_SUFFIXES and file.is_file())
