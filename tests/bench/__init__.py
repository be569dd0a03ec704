"""``make bench``: how fast the product is, beside others that compute the same two facts, on the simulator's input."""
