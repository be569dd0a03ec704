"""Boosted trees as plain arrays: their sum, and what each input adds to it along the path (Saabas 2014)."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

MOST_SPLITS = 12  # of one tree: it is looked up by the 2 ** splits answers that a row can give


@dataclass(frozen=True)
class Forest:
    """Nodes of all trees, one after another. ``left`` and ``right`` count from the tree's first node, which is its
    root.

    ``value`` is a leaf's; ``expected`` is, of any node, the mean of the leaves below it by training rows. A row goes
    left where its input is at most ``threshold``, or missing and ``missing_left``.
    """

    first_node: npt.NDArray[np.int64]
    feature: npt.NDArray[np.int64]
    threshold: Floats
    missing_left: npt.NDArray[np.bool_]
    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    is_leaf: npt.NDArray[np.bool_]
    expected: Floats
    intercept: float
    inputs: int

    @classmethod
    def of_booster(cls, booster: Any) -> "Forest":
        """The trees of a fitted HistGradientBoosting model of scikit-learn with one tree a round and no categories."""
        trees = [predictor.nodes for (predictor,) in booster._predictors]
        nodes = np.concatenate(trees)
        if nodes["is_categorical"].any():
            raise ValueError("trees with categories have no thresholds")
        return cls(
            first_node=np.cumsum([0, *map(len, trees)])[:-1].astype(np.int64),
            feature=nodes["feature_idx"].astype(np.int64),
            threshold=nodes["num_threshold"].astype(np.float64),
            missing_left=nodes["missing_go_to_left"].astype(np.bool_),
            left=nodes["left"].astype(np.int64),
            right=nodes["right"].astype(np.int64),
            is_leaf=nodes["is_leaf"].astype(np.bool_),
            expected=np.concatenate([_expected(tree) for tree in trees]),
            intercept=float(np.ravel(booster._baseline_prediction)[0]),
            inputs=int(booster.n_features_in_),
        )

    @cached_property
    def _tables(self) -> list["_Table"]:
        ends = [*self.first_node[1:], len(self.feature)]
        return [self._table(int(start), int(end)) for start, end in zip(self.first_node, ends, strict=True)]

    @property
    def baseline(self) -> float:
        """What a row gets before anything is known of it: the intercept, and the mean of each tree."""
        return self.intercept + float(self.expected[self.first_node].sum())

    def contributions(self, given: Floats) -> Floats:
        """What each input adds (n, inputs) to rows ``given`` (n, inputs): with the baseline, the prediction."""
        columns = [np.ascontiguousarray(column) for column in given.T]
        missing = [np.isnan(column) for column in columns]
        added = [np.zeros(len(given)) for _ in columns]
        for table in self._tables:
            answers = np.zeros(len(given), dtype=np.uint16)
            for place, (feature, threshold, missing_left) in enumerate(table.questions):
                goes_left = columns[feature] <= threshold
                if missing_left:
                    goes_left |= missing[feature]
                answers |= goes_left.astype(np.uint16) << np.uint16(place)
            for feature, by_answers in table.adds.items():
                added[feature] += by_answers[answers]
        return np.column_stack(added)

    def _table(self, start: int, end: int) -> "_Table":
        """The tree as questions and, for each way to answer them, what each input adds."""
        splits = [node for node in range(start, end) if not self.is_leaf[node]]
        if len(splits) > MOST_SPLITS:
            raise ValueError(f"a tree has {len(splits)} splits, more than {MOST_SPLITS}")
        place = {node: number for number, node in enumerate(splits)}
        adds = {int(self.feature[node]): np.zeros(2 ** len(splits)) for node in splits}
        for answers in range(2 ** len(splits)):
            node = start
            while not self.is_leaf[node]:
                goes_left = answers >> place[node] & 1
                child = start + int(self.left[node] if goes_left else self.right[node])
                adds[int(self.feature[node])][answers] += self.expected[child] - self.expected[node]
                node = child
        questions = [
            (int(self.feature[node]), float(self.threshold[node]), bool(self.missing_left[node])) for node in splits
        ]
        return _Table(questions, adds)


@dataclass(frozen=True)
class _Table:
    questions: list[tuple[int, float, bool]]
    adds: dict[int, Floats]


def _expected(tree: npt.NDArray[Any]) -> Floats:
    """Of each node of one tree the mean of the leaves below it by training rows. Children come after their parent."""
    expected = tree["value"].astype(np.float64)
    for node in range(len(tree) - 1, -1, -1):
        if not tree["is_leaf"][node]:
            children = [int(tree["left"][node]), int(tree["right"][node])]
            weights = tree["count"][children].astype(np.float64)
            expected[node] = (expected[children] * weights).sum() / weights.sum()
    return expected
