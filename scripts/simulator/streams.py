"""Where chance comes from: one stream per seed, purpose and block, so that nothing depends on the order of drawing."""

import zlib

import numpy as np

# Portfolios per block. Every block is drawn in full and then cut to the size of the book; a change here changes every
# book.
PORTFOLIOS_PER_BLOCK = 1_000


def stream(seed: int, purpose: str, block: int = 0) -> np.random.Generator:
    """The generator for one ``purpose`` (a word) in one ``block`` of portfolios."""
    return np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, zlib.crc32(purpose.encode()), block])))
