"""A reader that comes again and again: opens the lake's book, reads every mart, one query after another, and tells
what it saw. It rests about as long as it reads, or the builds beside it would wait for a core.

Arguments: a file whose appearance stops it. Each reading is one line of JSON: version and content hash.
"""

import json
import sys
import time
from pathlib import Path

from scripts.lake.reader import open_book
from scripts.runs.output_hash import output_hash


def main(stop: Path) -> None:
    while not stop.exists():
        connection, published = open_book()
        with connection:
            print(json.dumps({"version": published.version, "content": output_hash(connection)}), flush=True)
        time.sleep(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
