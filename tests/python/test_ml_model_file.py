"""A model is used only if it is exactly what its card says; anything else is refused in one line that helps."""

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import skops.io
from ml_books import made_up_book

from ml import model_file
from ml.books import sample_of
from ml.candidates import BY_COMPLEXITY, fit_candidate
from ml.card_page import card_page
from ml.model_file import CARD, MODEL, Model, NoModelError, RefusedModelError, load_model, read_card, write_card
from ml.reference import distribution_table
from ml.training import card_of, train

DAY = "2026-11-29"


def silent(_step: str) -> None:
    """Nobody watches."""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    books = [made_up_book(seed, portfolios=15, days=80) for seed in (1, 2, 3)]
    trained = train(books, 7, silent)
    model_file.write_model(trained.model, folder, card_of(trained, books, "made up", 7, "abc"), DAY)
    return folder


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "champion"))


def test_what_is_written_is_read_again(folder: Path) -> None:
    loaded = load_model(folder)
    assert sorted(loaded.model.by_horizon) == [2, 5]
    assert loaded.version == f"{loaded.card['method']}-20261129-{loaded.card['sha256'][:8]}"
    assert (folder / MODEL).stat().st_size < 500_000


@pytest.mark.parametrize("name", BY_COMPLEXITY)
def test_the_same_model_is_the_same_bytes(name: str, tmp_path: Path) -> None:
    books = [made_up_book(1)]
    features = books[0].rows[["drift_score"]]
    versions = []
    for part in ("one", "other"):
        fitted = {5: fit_candidate(name, sample_of(books, 5))}
        model = Model(fitted, {5: {name: fitted[5]}}, distribution_table(features, {5: np.array([0.1, 0.2])}))
        card = {"training_data": "made up"}
        versions.append(model_file.write_model(model, tmp_path / part, card, DAY))
        again = load_model(tmp_path / part).model.by_horizon[5]
        inputs = books[0].inputs(5)
        assert (again.log_odds(inputs) == fitted[5].log_odds(inputs)).all()
    assert versions[0] == versions[1]
    assert (tmp_path / "one" / MODEL).read_bytes() == (tmp_path / "other" / MODEL).read_bytes()


def test_the_file_holds_nothing_that_could_run(folder: Path) -> None:
    assert skops.io.get_untrusted_types(file=folder / MODEL) == []
    assert model_file.TRUSTED_TYPES == ()


def no_folder(folder: Path) -> None:
    shutil.rmtree(folder)


def no_model(folder: Path) -> None:
    (folder / MODEL).unlink()


def no_card(folder: Path) -> None:
    (folder / CARD).unlink()


def another_byte(folder: Path) -> None:
    content = bytearray((folder / MODEL).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / MODEL).write_bytes(bytes(content))


def cut_short(folder: Path) -> None:
    (folder / MODEL).write_bytes((folder / MODEL).read_bytes()[:-10])


def another_figure(folder: Path) -> None:
    card = json.loads((folder / CARD).read_text())
    card["figures"]["5"]["candidates"]["first_passage"]["brier"] = 0.0001
    (folder / CARD).write_text(json.dumps(card))


def no_json(folder: Path) -> None:
    (folder / CARD).write_text("[1, 2")


def a_list(folder: Path) -> None:
    (folder / CARD).write_text("[1, 2]")


def rewritten(folder: Path, change: Callable[[Path], None]) -> None:
    """Another model file, with a card that was made to fit it."""
    change(folder / MODEL)
    card = read_card(folder)
    card["sha256"] = hashlib.sha256((folder / MODEL).read_bytes()).hexdigest()
    write_card(folder, card)


def with_a_class(folder: Path) -> None:
    def change(path: Path) -> None:
        skops.io.dump({"format": 1, "models": {}, "reference": {}, "extra": Path("/")}, path)

    rewritten(folder, change)


def other_zip(folder: Path) -> None:
    def change(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("schema.json", "{}")

    rewritten(folder, change)


def other_format(folder: Path) -> None:
    rewritten(folder, lambda path: skops.io.dump({"format": 99, "models": {}, "reference": {}}, path))


def other_features(folder: Path) -> None:
    card = read_card(folder)
    card["feature_schema"]["features"]["drift_score"] = "DECIMAL(18,10)"
    write_card(folder, card)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (no_folder, "there is no .*card.json"),
        (no_model, "there is no .*model.skops"),
        (no_card, "there is no .*card.json"),
        (another_byte, "model.skops is not the file that its card describes"),
        (cut_short, "model.skops is not the file that its card describes"),
        (another_figure, "card.json was changed after it was written"),
        (no_json, "card.json is no card of a model"),
        (a_list, "card.json is no card of a model"),
        (with_a_class, "model.skops holds .*Path.*, which no model needs"),
        (other_zip, "model.skops is no model"),
        (other_format, "model.skops is no model .*format 99"),
        (other_features, "trained on other features"),
    ],
)
def test_what_is_not_as_it_should_be_is_refused(folder: Path, spoil: Callable[[Path], None], words: str) -> None:
    spoil(folder)
    with pytest.raises(RefusedModelError, match=words) as refused:
        load_model(folder)
    assert "`drift ml train`" in str(refused.value)
    assert "`drift ml promote`" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_no_model_is_told_from_a_bad_one(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(NoModelError):
        load_model(tmp_path / "nowhere")
    no_card(folder)
    with pytest.raises(RefusedModelError) as refused:
        load_model(folder)
    assert not isinstance(refused.value, NoModelError)


def test_the_card_says_what_a_person_needs(folder: Path) -> None:
    card = read_card(folder)
    for name in ("intended_use", "limits", "seed", "commit", "sha256", "feature_schema", "training_data", "figures"):
        assert card[name], name
    page = card_page(card)
    for words in (card["model_version"], "Intended use", "Limits", "Brier skill", "first_passage over policy_level"):
        assert words in page
