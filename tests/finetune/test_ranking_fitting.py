import numpy as np
import pytest
import yaml

from assistant.errors import TrainingError
from assistant.ranking import Weights, load_weights
from finetune.ranking import fitting
from finetune.ranking.choices import Choice
from finetune.ranking.fitting import BY_HAND, SOURCES, fit, without
from finetune.ranking.writing import as_yaml, describe

NAMES = ("one", "two", "none")
TRUTH = np.array([3.0, 1.5, 0.0])
UNLISTED = 2.0


def _drawn(cases: int, seed: int = 1) -> list[Choice]:
    """Cases whose diagnosis was drawn by the very law that is to be fitted, "not listed" among the outcomes."""
    draws = np.random.default_rng(seed)
    made = []
    for _ in range(cases):
        features = draws.uniform(0, 1, size=(8, 3))
        scores = np.append(features @ TRUTH, UNLISTED)
        chosen = draws.choice(9, p=np.exp(scores) / np.exp(scores).sum())
        made.append(Choice(features, np.arange(8) == chosen))
    return made


def test_it_finds_the_weights_that_made_the_data(monkeypatch: pytest.MonkeyPatch):
    # The penalty pulls every weight towards zero, by design; without it the weights must be the true ones.
    monkeypatch.setattr(fitting, "_PENALTY", 1e-6)
    free = fit(_drawn(700), NAMES)
    assert [free.weights[name] for name in NAMES] == pytest.approx(list(TRUTH), abs=0.5)
    assert free.calibration.unlisted + 3 * free.calibration.follows == pytest.approx(UNLISTED, abs=0.6)
    monkeypatch.undo()
    held = fit(_drawn(700), NAMES)
    assert 0 < held.weights["two"] < held.weights["one"] < free.weights["one"]


def test_unseen_folds_are_scored_not_the_ones_that_were_fitted():
    """Features that are pure noise must place the diagnosis by chance: first in one of eight."""
    draws = np.random.default_rng(3)
    noise = [Choice(draws.uniform(size=(8, 3)), np.arange(8) == draws.integers(8)) for _ in range(200)]
    fitted = fit(noise, NAMES)
    assert fitted.top1 == pytest.approx(1 / 8, abs=0.09)
    assert fitted.top5 == pytest.approx(5 / 8, abs=0.11)
    assert fitted.covered == 1.0


def test_several_names_of_the_gold_count_as_one_and_empty_cases_are_no_harm():
    data = [
        *_drawn(50),
        Choice(np.zeros((0, 3)), np.zeros(0, dtype=bool)),
        Choice(np.eye(3), np.array([True, True, False])),
    ]
    fitted = fit(data, NAMES)
    assert fitted.cases == 52
    assert all(np.isfinite(list(fitted.weights.values())))


def test_cases_without_any_gold_among_the_candidates_are_refused():
    with pytest.raises(TrainingError, match="none of the 1 cases"):
        fit([Choice(np.eye(3), np.zeros(3, dtype=bool))], NAMES)


def test_weights_set_by_hand_are_kept_and_the_others_fitted_around_them(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fitting, "_PENALTY", 1e-6)
    fitted = fit(_drawn(700), NAMES, {"two": TRUTH[1]})
    assert set(fitted.weights) == {"one", "none"}
    assert fitted.weights["one"] == pytest.approx(TRUTH[0], abs=0.5)


def test_without_the_source_that_tells_the_first_place_is_lost_more_often():
    data = _drawn(400)
    assert fit(without(data, NAMES, ("one",)), NAMES).top1 < fit(without(data, NAMES, ("none",)), NAMES).top1 - 0.05


def test_every_feature_but_the_models_belongs_to_one_source():
    assert sorted(name for names in SOURCES.values() for name in names) == sorted(
        set(load_weights().weights) - {"model"}
    )


def test_the_file_reads_back_and_keeps_what_is_set_by_hand():
    current = load_weights()
    names = list(current.weights)
    draws = np.random.default_rng(4)
    data = [Choice(draws.uniform(size=(5, len(names))), np.arange(5) == 0) for _ in range(30)]
    fitted = fit(data, names, {name: current.weights[name] for name in BY_HAND})
    text = as_yaml(fitted, current)
    read = Weights(**yaml.safe_load(text))
    assert read.weights == {name: fitted.weights.get(name, value) for name, value in current.weights.items()}
    assert list(read.weights) == list(current.weights)
    assert (read.version, read.unlisted, read.temperature, read.reach) == (
        current.version,
        fitted.calibration.unlisted,
        fitted.calibration.temperature,
        fitted.calibration.reach,
    )
    assert dict(read.annotations) == dict(current.annotations)
    assert max(map(len, text.splitlines())) <= 128


def test_with_all_weights_kept_only_the_calibration_is_new():
    current = load_weights()
    names = list(current.weights)
    draws = np.random.default_rng(5)
    data = [Choice(draws.uniform(size=(5, len(names))), np.arange(5) == 0) for _ in range(30)]
    fitted = fit(data, names, current.weights)
    assert fitted.weights == {}
    assert Weights(**yaml.safe_load(as_yaml(fitted, current))).weights == current.weights


def test_a_fit_is_told_with_what_was_said_and_what_was_the_case():
    lines: list[str] = []
    describe(fit(_drawn(300), NAMES), lines.append)
    assert "unseen cases: first" in lines[0]
    assert sum("said" in line for line in lines) == 10
