"""Files that survive a crash: hashed, synced to disk, put in place by one rename."""

import errno
import fcntl
import hashlib
import mmap
import os
import shutil
import stat
from pathlib import Path

_BLOCK = 4 * 1024 * 1024
_SECTOR = 4096
_DIRECT = getattr(os, "O_DIRECT", 0)  # Linux has it


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's content, hexadecimal. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def copy_file(path: Path, copy: Path) -> None:
    """Copy a file's content into a new file, past the page cache where the file system lets us. Raises OSError.

    What is copied are databases of gigabytes, of which a run reads little: cached, they push out what others read.
    """
    source = _open_past_the_cache(path, os.O_RDONLY)
    try:
        target = _open_past_the_cache(copy, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        try:
            with mmap.mmap(-1, _BLOCK) as buffer, memoryview(buffer) as block:
                while (length := os.readv(source, [block])) > 0:
                    with block[:length] as part:
                        _write(target, part)
        finally:
            os.close(target)
    finally:
        os.close(source)


def _open_past_the_cache(path: Path, flags: int) -> int:
    try:
        return os.open(path, flags | _DIRECT, 0o644)
    except OSError as refused:
        if refused.errno != errno.EINVAL:  # this file system has no such way
            raise
        return os.open(path, flags, 0o644)


def _write(target: int, block: memoryview) -> None:
    """Write a block; the last one of a file, which is no whole number of sectors, goes through the cache."""
    if len(block) % _SECTOR:
        fcntl.fcntl(target, fcntl.F_SETFL, fcntl.fcntl(target, fcntl.F_GETFL) & ~_DIRECT)
    written = 0
    while written < len(block):
        written += os.write(target, block[written:])


def sync(path: Path) -> None:
    """Wait until a file, or the entries of a folder, are on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove(path: Path) -> None:
    """Remove a file or a folder, if it is there. Raises OSError."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def make_read_only(path: Path) -> None:
    """Take the right to write from everyone, and give no one a right to read that they did not have."""
    path.chmod(stat.S_IMODE(path.stat().st_mode) & ~0o222)
