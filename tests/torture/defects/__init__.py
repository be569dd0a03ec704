"""Defects planted in a good day: each must be caught by the rule meant for it."""

from tests.torture.defects.inflict import plant_defects

__all__ = ["plant_defects"]
