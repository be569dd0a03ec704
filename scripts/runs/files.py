"""Files that survive a crash: hashed, synced to disk, put in place by one rename."""

import errno
import fcntl
import hashlib
import itertools
import mmap
import os
import shutil
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_BLOCK = 4 * 1024 * 1024
_SECTOR = 4096
_DIRECT = getattr(os, "O_DIRECT", 0)  # Linux has it
_KNOWN_SHA256: dict[tuple[int, int, int, int], str] = {}


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's content, hexadecimal. Raises OSError."""
    return _read_through(path, lambda _block: None)


def sha256_once(path: Path) -> str:
    """SHA-256 of a file, read anew only where it changed since this process last read it. Raises OSError."""
    identity = _identity(path)
    if identity not in _KNOWN_SHA256:
        _KNOWN_SHA256[identity] = sha256_of(path)
    return _KNOWN_SHA256[identity]


def copy_file(path: Path, copy: Path) -> str:
    """Copy a file's content into a new file; returns its SHA-256, as `sha256_once` does from now on. Raises OSError."""
    identity = _identity(path)
    target = _open_past_the_cache(copy, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        _KNOWN_SHA256[identity] = _read_through(path, lambda block: _write(target, block))
    finally:
        os.close(target)
    return _KNOWN_SHA256[identity]


def _identity(path: Path) -> tuple[int, int, int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _read_through(path: Path, use: Callable[[memoryview], None]) -> str:
    """Give ``use`` each block of a file and return the SHA-256 of all, hashed by a thread of its own meanwhile.

    Past the page cache where the file system lets us: what is read are databases of gigabytes, each once. Cached, they
    push out what others read, and memory for them costs more than the disk.
    """
    digest = hashlib.sha256()
    source = _open_past_the_cache(path, os.O_RDONLY)
    try:
        blocks = itertools.cycle([memoryview(mmap.mmap(-1, _BLOCK)) for _ in range(2)])
        with ThreadPoolExecutor(1) as hasher:
            hashing = hasher.submit(digest.update, b"")
            while part := (block := next(blocks))[: os.readv(source, [block])]:
                hashing.result()
                hashing = hasher.submit(digest.update, part)
                use(part)
    finally:
        os.close(source)
    return digest.hexdigest()


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
