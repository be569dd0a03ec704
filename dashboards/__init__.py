"""A view of the marts for people: it selects, words and draws; it computes no number."""
