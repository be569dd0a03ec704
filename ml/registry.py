"""Candidate models, each in a folder of its version, and the way from there into use."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ml.card_page import card_page
from ml.model_file import MODEL, LoadedModel, Model, load_model, usable_model, write_card, write_model
from scripts.warehouse import Warehouse, shown

PAGE = "README.md"


class NotPromotedError(Exception):
    """A candidate that is not put in use: the message is one line that says why, and what to do."""


def candidates_folder(warehouse: Warehouse) -> Path:
    """Where candidates lie, one folder a version."""
    return warehouse.folder / "ml" / "candidates"


def keep_candidate(warehouse: Warehouse, model: Model, card: Mapping[str, Any], day: str) -> tuple[str, Path]:
    """Write a candidate, with its card as a page; its version and its folder."""
    folder = candidates_folder(warehouse)
    work = folder / ".new"
    shutil.rmtree(work, ignore_errors=True)
    version = write_model(model, work, card, day)
    (work / PAGE).write_text(card_page(load_model(work).card), encoding="utf-8")
    place = folder / version
    shutil.rmtree(place, ignore_errors=True)
    work.replace(place)
    return version, place


def versions(warehouse: Warehouse) -> list[str]:
    """The candidates that there are."""
    folder = candidates_folder(warehouse)
    return sorted(place.name for place in folder.glob("[!.]*") if place.is_dir()) if folder.is_dir() else []


def promote(
    warehouse: Warehouse, version: str, champion_folder: Path, *, force: bool = False, reason: str = ""
) -> LoadedModel:
    """Put a candidate in use. Raises NotPromotedError where the rule does not allow it, RefusedModelError for a bad
    file.

    The rule: there is no usable model yet, or the candidate was held against the one in use, out of sample, and was
    better beyond noise at some horizon and clearly worse at none.
    """
    place = candidates_folder(warehouse) / version
    if not version or version not in versions(warehouse):
        known = ", ".join(versions(warehouse)) or "none; `drift ml train` makes one"
        raise NotPromotedError(f"there is no candidate {version!r} in {shown(place.parent)}; there is: {known}")
    candidate, champion = load_model(place), usable_model(champion_folder)
    refusal = None if force else _refusal(candidate, champion)
    if refusal:
        raise NotPromotedError(f"{refusal}; to use it all the same: --force with --reason")
    promoted = {"over": champion.version if champion else None, "is_forced": force, "reason": reason or None}
    champion_folder.mkdir(parents=True, exist_ok=True)
    # the card is last: with a model that is not its own, it is refused
    work = champion_folder / f".{MODEL}"
    work.write_bytes((place / MODEL).read_bytes())
    work.replace(champion_folder / MODEL)
    card = {**candidate.card, "promotion": promoted}
    write_card(champion_folder, card)
    (champion_folder / PAGE).write_text(card_page(card), encoding="utf-8")
    return load_model(champion_folder)


def _refusal(candidate: LoadedModel, champion: LoadedModel | None) -> str | None:
    if champion is None:
        return None
    if champion.card["sha256"] == candidate.card["sha256"]:
        return f"{candidate.version} is the model that is in use"
    against = candidate.card.get("against_champion")
    if not against or against.get("model_version") != champion.version:
        return f"{candidate.version} was not held against {champion.version}, which is in use: train it anew"
    if not against.get("is_better"):
        return f"{candidate.version} is not better than {champion.version} out of sample beyond noise"
    return None
