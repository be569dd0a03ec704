"""``python -m tests.bench.contend NAME LANDING POLICY OUT``: one contender's work, in a process of its own.

Prints the seconds from the first file read to the last byte handed to the operating system: without Python's start and
without imports, which a whole process pays besides.
"""

import sys
import time
from importlib import import_module
from pathlib import Path

from tests.bench.contenders import CONTENDERS


def main() -> None:
    """Build what the command line names."""
    name, *folders = sys.argv[1:]
    landing, policy, out = map(Path, folders)
    contender = CONTENDERS[name]
    import_module(contender.module)
    began = time.perf_counter()
    contender.build(landing, policy, out)
    print(time.perf_counter() - began)


if __name__ == "__main__":
    main()
