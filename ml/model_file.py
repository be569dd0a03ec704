"""The file of a model and its card: written once, and used only where hash, schema and types are what they should be.

A model is numbers, texts and arrays in skops' format, with no object of a library in it: nothing in it can be run, and
what scikit-learn's next version looks like does not matter. Ids and dates are taken out, so that the same model is the
same bytes.
"""

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ml.candidates import Candidate, of_plain
from ml.inputs import LEARNED, SCHEMA
from scripts.warehouse import PROJECT, shown

MODEL: Final = "model.skops"
CARD: Final = "card.json"
CHAMPION: Final = PROJECT / "ml" / "champion"
MENDED_BY: Final = "train one with `drift ml train` and put it in use with `drift ml promote`"
# classes that a model's file may hold, besides numbers, texts, lists, dicts and numpy's arrays: none
TRUSTED_TYPES: Final[tuple[str, ...]] = ()

_FORMAT: Final = 1
_NO_DATE: Final = (1980, 1, 1, 0, 0, 0)


class RefusedModelError(Exception):
    """A model that must not be used: the message is one line that says what is wrong, which file, and what to do."""


class NoModelError(RefusedModelError):
    """There is no model at all."""


@dataclass(frozen=True)
class Model:
    """Models by horizon, the baselines that were trained beside each, by name, and how features and scores were
    distributed in training (columns as of ``ml.reference``).
    """

    by_horizon: Mapping[int, Candidate]
    baselines: Mapping[int, Mapping[str, Candidate]]
    reference: Mapping[str, list[Any]]

    @property
    def method(self) -> str:
        """The candidates' name; where horizons have different ones, each with its horizon."""
        names = {horizon: model.name for horizon, model in sorted(self.by_horizon.items())}
        if len(set(names.values())) == 1:
            return next(iter(names.values()))
        return ", ".join(f"{name} ({horizon} days)" for horizon, name in names.items())


@dataclass(frozen=True)
class LoadedModel:
    """A model that was checked, and its card."""

    model: Model
    card: Mapping[str, Any]

    @property
    def version(self) -> str:
        """Its name, such as first_passage-20261129-0a1b2c3d."""
        return str(self.card["model_version"])


def feature_schema() -> dict[str, Any]:
    """What a model was fitted to: the columns of ml.portfolio_features with their types, and what is made of them."""
    return {"features": dict(SCHEMA), "inputs": {learned.name: [learned.sign, learned.meaning] for learned in LEARNED}}


def write_model(model: Model, folder: Path, card: Mapping[str, Any], day: str) -> str:
    """Write the model and its card into ``folder`` and return its version. ``day`` is YYYY-MM-DD."""
    content = model_bytes(model)
    sha256 = hashlib.sha256(content).hexdigest()
    kind = model.method if model.method.isidentifier() else "mixed"
    version = f"{kind}-{day.replace('-', '')}-{sha256[:8]}"
    whole = {
        "model_version": version,
        "method": model.method,
        "trained_at": day,
        "horizons_days": sorted(model.by_horizon),
        "sha256": sha256,
        "feature_schema": feature_schema(),
        **card,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MODEL).write_bytes(content)
    write_card(folder, whole)
    return version


def write_card(folder: Path, card: Mapping[str, Any]) -> None:
    """Write the card, sealed by the hash of what it says."""
    content = {name: value for name, value in card.items() if name != "card_sha256"}
    sealed = {**content, "card_sha256": _hash_of_card(content)}
    (folder / CARD).write_text(json.dumps(sealed, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_card(folder: Path) -> dict[str, Any]:
    """The card of a model, unless it was changed. Raises RefusedModelError."""
    path = folder / CARD
    if not path.is_file():
        missing = NoModelError if not (folder / MODEL).is_file() else RefusedModelError
        raise missing(f"there is no {shown(path)}; {MENDED_BY}")
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
        content = {name: value for name, value in card.items() if name != "card_sha256"}
        is_sealed = card["card_sha256"] == _hash_of_card(content)
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        raise RefusedModelError(f"{shown(path)} is no card of a model; {MENDED_BY}") from None
    if not is_sealed:
        raise RefusedModelError(f"{shown(path)} was changed after it was written; {MENDED_BY}")
    return dict(card)


def champion_folder() -> Path:
    """The folder of the model in use: that of PORTFOLIO_DRIFT_CHAMPION, or the project's own."""
    return Path(os.environ.get("PORTFOLIO_DRIFT_CHAMPION") or CHAMPION)


def usable_model(folder: Path) -> LoadedModel | None:
    """The model in ``folder``, unless there is none or it is refused."""
    try:
        return load_model(folder)
    except RefusedModelError:
        return None


def load_model(folder: Path) -> LoadedModel:
    """The model in ``folder``. Raises RefusedModelError for one that is not exactly what its card describes, or was
    fitted to other features than this project has; NoModelError where there is none.
    """
    card, path = read_card(folder), folder / MODEL
    if not path.is_file():
        raise RefusedModelError(f"there is no {shown(path)}; {MENDED_BY}")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != card.get("sha256"):
        raise RefusedModelError(f"{shown(path)} is not the file that its card describes (sha256); {MENDED_BY}")
    if card.get("feature_schema") != feature_schema():
        raise RefusedModelError(
            f"{shown(path)} was trained on other features than ml.portfolio_features has; {MENDED_BY}"
        )
    try:
        model = model_of_bytes(content)
    except UntrustedTypeError as untrusted:
        raise RefusedModelError(f"{shown(path)} holds {untrusted}, which no model needs; {MENDED_BY}") from None
    except Exception as error:  # whatever a file may do to its reader: refused, with the reason
        raise RefusedModelError(f"{shown(path)} is no model ({type(error).__name__}: {error}); {MENDED_BY}") from None
    return LoadedModel(model, card)


class UntrustedTypeError(Exception):
    """A file with a class in it that no model needs: the message names it."""


def model_bytes(model: Model) -> bytes:
    """The model in skops' format; the same model gives the same bytes."""
    import skops.io  # noqa: PLC0415 (imports scikit-learn, a second)

    plain = {
        "format": _FORMAT,
        "models": {
            str(horizon): {
                "name": fitted.name,
                "plain": fitted.as_plain(),
                "baselines": {name: one.as_plain() for name, one in model.baselines[horizon].items()},
            }
            for horizon, fitted in sorted(model.by_horizon.items())
        },
        "reference": {name: list(values) for name, values in model.reference.items()},
    }
    return _canonical(skops.io.dumps(plain))


def model_of_bytes(content: bytes) -> Model:
    """The model of a file's content. Raises UntrustedTypeError, and whatever a file that is none may lead to."""
    import skops.io  # noqa: PLC0415

    untrusted = set(skops.io.get_untrusted_types(data=content)) - set(TRUSTED_TYPES)
    if untrusted:
        raise UntrustedTypeError(", ".join(sorted(untrusted)))
    plain = skops.io.loads(content, trusted=list(TRUSTED_TYPES))
    if plain["format"] != _FORMAT:
        raise ValueError(f"format {plain['format']}, not {_FORMAT}")
    models = {int(horizon): one for horizon, one in plain["models"].items()}
    return Model(
        {horizon: of_plain(one["name"], one["plain"]) for horizon, one in models.items()},
        {
            horizon: {name: of_plain(name, baseline) for name, baseline in one["baselines"].items()}
            for horizon, one in models.items()
        },
        plain["reference"],
    )


def _canonical(content: bytes) -> bytes:
    """The same file with ids counted from 1 in the order in which they appear, and without dates."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    schema = json.loads(members.pop("schema.json"))
    numbers: dict[int, int] = {}
    files: dict[str, bytes] = {}

    def renumber(node: Any) -> Any:
        if isinstance(node, list):
            return [renumber(one) for one in node]
        if not isinstance(node, dict):
            return node
        if "__id__" in node and isinstance(node["__id__"], int):
            number = numbers.setdefault(node["__id__"], len(numbers) + 1)
            if isinstance(node.get("file"), str) and node["file"] in members:
                name = f"{number}.npy"
                files[name] = members[node["file"]]
                return {**node, "file": name, "__id__": number}
            return {name: number if name == "__id__" else renumber(value) for name, value in node.items()}
        return {name: renumber(value) for name, value in node.items()}

    files["schema.json"] = json.dumps(renumber(schema)).encode()
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, _NO_DATE), data, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def _hash_of_card(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
