"""Who does which cell: kept in an Optuna study, so that any number of processes can share a search.

A study is a list of numbered trials, and the database gives out each number once. That is all that is
relied on: the n-th trial that takes up no other is cell n, whoever made it, so two processes never get
the same cell, and nothing has to be put in line beforehand. (Optuna's own grid sampler draws cells at
random and may give one to two processes.)

A process that does a cell says who it is and, every `BEAT_SECONDS`, that it is still there. Its cell is
free again as soon as it is seen to be gone: at once on the same machine, `LEASE_SECONDS` after its last
word on another one (their clocks may differ by half of that). Whoever takes the cell up makes a trial
that names the one it takes up; of two such the one with the lower number counts. What the late owner
may still say is not taken.
"""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

import optuna
from optuna.exceptions import StorageInternalError, UpdateFinishedTrialError
from optuna.pruners import MedianPruner, NopPruner
from optuna.samplers import BaseSampler
from optuna.storages import InMemoryStorage, get_storage
from optuna.trial import FrozenTrial, TrialState, create_trial
from sqlalchemy.exc import SQLAlchemyError

from recsys_core.evaluation.sealed import Opening
from recsys_core.evaluation.search.report import Cell, Test
from recsys_core.evaluation.search.storage import SearchStorageError, host, opened, quiet, started, words

BEAT_SECONDS, LEASE_SECONDS = 20.0, 180.0
MOST_ATTEMPTS = 3
"""A cell that ended so many processes is given up."""
STARTUP_CELLS = 5
"""So many cells are done to their end before any is stopped early."""
_RUNNING = TrialState.RUNNING
_ROLE, _TAKES_UP, _ATTEMPT, _OWNER, _BEAT, _RESULT = "role", "takes up", "attempt", "owner", "beat", "result"

Role: TypeAlias = Literal["cell", "test"]


@dataclass(frozen=True)
class Claim:
    """One piece of work that is this process's own.

    Attributes:
        number: of the cell; 0 for the test.
        trial_id: of the trial that stands for it.
        attempt: 1, or more where earlier ones ended with their process.
    """

    number: int
    trial_id: int
    attempt: int


class Ledger:
    """The book of one search.

    Args:
        identity: of what was asked for: equal searches share a book.
        n_cells: how many there will be.
        better: which way is.
        url: of the database; None keeps the book in memory.
        pruning: whether clearly worse cells are to be stopped early.

    Raises:
        SearchStorageError: the database cannot be used.
    """

    def __init__(
        self,
        identity: str,
        n_cells: int,
        better: Literal["lower", "higher"],
        url: str | None = None,
        *,
        pruning: bool = False,
    ) -> None:
        self.n_cells = n_cells
        self._url, self._where = url, words(url)
        self._shared = url is not None
        self._owner = {"host": host(), "pid": os.getpid(), "started": started(os.getpid())}
        with self._plain_words(), quiet():
            self._database = None if url is None else opened(url)
            # Finished trials are read from the database once.
            self._storage = get_storage(self._database or InMemoryStorage())
            # Median stopping: Golovin et al. (2017), Google Vizier, section 3.2.2. All cells meet the
            # same folds in the same order, so what is compared differs by the settings alone.
            self._pruner = MedianPruner(n_startup_trials=STARTUP_CELLS) if pruning else NopPruner()
            self._name = f"search {identity}"
            self._study = optuna.create_study(
                study_name=self._name,
                storage=self._storage,
                load_if_exists=True,
                direction="minimize" if better == "lower" else "maximize",
            )
            self._study_id = self._storage.get_study_id_from_name(self._name)

    def close(self) -> None:
        """Let go of the database."""
        if self._database is not None:
            self._database.remove_session()
            self._database.engine.dispose()

    # -- claiming

    def claim(self, role: Role = "cell") -> Claim | None:
        """The next piece of work nobody has or had; None if there is none at present.

        Raises:
            SearchStorageError: the database fails.
        """
        n = self.n_cells if role == "cell" else 1
        with self._plain_words():
            while True:
                trials = self._trials(role)
                free = [number for number, trial in trials.items() if self._is_free(trial)]
                if free:
                    claim = self._take_up(role, trials[free[0]])
                elif len(trials) < n:
                    claim = self._create(role, {_ATTEMPT: 1})
                else:
                    return None
                if claim is not None:
                    return claim

    def is_settled(self, role: Role = "cell") -> bool:
        """Whether nothing is left to do or to wait for."""
        with self._plain_words():
            trials = self._trials(role)
        return len(trials) == (self.n_cells if role == "cell" else 1) and all(map(_settled, trials.values()))

    def _take_up(self, role: Role, old: FrozenTrial) -> Claim | None:
        attempt, died = old.user_attrs.get(_ATTEMPT, 1), old.state == _RUNNING
        with suppress(UpdateFinishedTrialError):  # another process was quicker: see what it made of it
            if died and attempt >= MOST_ATTEMPTS:
                error = f"The process that tried it died {attempt} times: it may need too much memory."
                self._storage.set_trial_user_attr(old._trial_id, _RESULT, {"state": "failed", "error": error})
            if died:
                self._storage.set_trial_state_values(old._trial_id, TrialState.FAIL)
            if not died or attempt < MOST_ATTEMPTS:
                return self._create(role, {_TAKES_UP: old.number, _ATTEMPT: attempt + died})
        return None

    def _create(self, role: Role, said: dict[str, Any]) -> Claim | None:
        """A trial of our own with a number of its own; None if the number is one too many."""
        said = {_ROLE: role, _OWNER: self._owner, _BEAT: time.time(), **said}
        trial_id = self._storage.create_new_trial(
            self._study_id, create_trial(state=_RUNNING, user_attrs=said)
        )
        for number, trial in self._trials(role).items():
            if trial._trial_id == trial_id:
                return Claim(number, trial_id, said[_ATTEMPT])
        self._storage.set_trial_state_values(trial_id, TrialState.FAIL)
        return None

    def _trials(self, role: Role) -> dict[int, FrozenTrial]:
        """The latest trial of each piece of work, by its number."""
        n, n_fresh = self.n_cells if role == "cell" else 1, 0
        number_of, latest, taken = dict[int, int](), dict[int, FrozenTrial](), set[int]()
        for trial in self._study.get_trials(deepcopy=False):  # by number: all lower ones are there, too
            said = trial.user_attrs
            if said.get(_ROLE) != role:
                continue
            old = said.get(_TAKES_UP)
            if old is None:
                number, n_fresh = n_fresh, n_fresh + 1
            elif old in number_of and old not in taken:
                number = number_of[old]
                taken.add(old)
            else:
                continue
            if number < n:
                number_of[trial.number], latest[number] = number, trial
        return latest

    def _is_free(self, trial: FrozenTrial) -> bool:
        if trial.state != _RUNNING:
            return not _settled(trial)
        owner = trial.user_attrs[_OWNER]
        if owner["host"] == self._owner["host"] and owner["started"] is not None:
            return bool(started(owner["pid"]) != owner["started"])
        return bool(time.time() - trial.user_attrs[_BEAT] > LEASE_SECONDS)

    # -- doing

    @contextmanager
    def working(self, claim: Claim) -> Iterator[None]:
        """Hold a claim: it is kept alive meanwhile, and given back at once if the work is broken off."""
        done = threading.Event()
        if self._shared:
            threading.Thread(target=self._beat, args=(claim, done), daemon=True).start()
        try:
            yield
        except BaseException:
            with suppress(Exception):
                self._storage.set_trial_state_values(claim.trial_id, TrialState.FAIL)
            raise
        finally:
            done.set()

    def _beat(self, claim: Claim, done: threading.Event) -> None:
        while not done.wait(BEAT_SECONDS):
            try:
                self._storage.set_trial_user_attr(claim.trial_id, _BEAT, time.time())
            except UpdateFinishedTrialError:
                return
            except (SQLAlchemyError, StorageInternalError):
                continue  # the lease outlasts a hiccup

    def trial(self, claim: Claim, sampler: BaseSampler) -> optuna.Trial:
        """The trial of a claim, to draw parameters for."""
        with self._plain_words(), quiet():
            # A study made anew has no outdated trials in mind, as one that was not asked for them would.
            fresh = optuna.load_study(
                study_name=self._name, storage=self._storage, sampler=sampler, pruner=self._pruner
            )
            return optuna.Trial(fresh, claim.trial_id)

    def is_hopeless(self, trial: optuna.Trial, scores: list[float]) -> bool:
        """Whether a cell is clearly worse after these folds; always False where nothing is pruned."""
        if isinstance(self._pruner, NopPruner) or not math.isfinite(scores[-1]):
            return False
        with self._plain_words():
            trial.report(sum(scores) / len(scores), len(scores))
            return trial.should_prune()

    def write(self, claim: Claim, cell: Cell) -> None:
        """Enter a result; if the cell has been taken for lost meanwhile, the other one's counts."""
        # A cell that failed is put down as pruned: of failures the samplers learn nothing, and would
        # look again and again where training diverges.
        state, values = TrialState.PRUNED, None
        if cell.state == "done":
            state, values = TrialState.COMPLETE, [sum(cell.scores) / len(cell.scores)]
        result = {name: getattr(cell, name) for name in ("state", "scores", "training", "seconds", "error")}
        with self._plain_words(), suppress(UpdateFinishedTrialError):
            self._storage.set_trial_user_attr(claim.trial_id, _RESULT, _finite(result))
            self._storage.set_trial_state_values(claim.trial_id, state, values)

    def cells(self, names: tuple[str, ...]) -> tuple[Cell, ...]:
        """Every finished cell, in order, its hyper-parameters in the order of `names`."""
        with self._plain_words():
            trials = {n: t for n, t in sorted(self._trials("cell").items()) if _settled(t)}
        cells = []
        for number, trial in trials.items():
            result = trial.user_attrs[_RESULT]
            parameters = {name: trial.params[name] for name in names if name in trial.params}
            scores, training = (_numbers(result.get(name, ())) for name in ("scores", "training"))
            seconds, error = result.get("seconds", 0.0), result.get("error", "")
            cells.append(Cell(number, parameters, result["state"], scores, training, seconds, error))
        return tuple(cells)

    # -- the test part

    def write_opening(self, claim: Claim, opening: Opening) -> None:
        """Record that the test part is being opened.

        Raises:
            SearchStorageError: the database fails, or somebody else opens it.
        """
        with self._plain_words():
            try:
                self._storage.set_trial_user_attr(claim.trial_id, "opening", asdict(opening))
            except UpdateFinishedTrialError:
                raise SearchStorageError(
                    "The test part of this search was taken over by another process: start it again to see "
                    "what came of it."
                ) from None

    def write_test(self, claim: Claim, score: float, n_ratings: int, error: str = "") -> None:
        """Enter the result on the test part."""
        result = {"score": score, "n_ratings": n_ratings, "error": error}
        with self._plain_words(), suppress(UpdateFinishedTrialError):
            self._storage.set_trial_user_attr(claim.trial_id, _RESULT, _finite(result))
            self._storage.set_trial_state_values(claim.trial_id, TrialState.FAIL)  # no trial to learn from

    def test(self) -> Test | None:
        """The result on the test part, once there is one."""
        with self._plain_words():
            trial = self._trials("test").get(0)
        if trial is None or not _settled(trial):
            return None
        result, opening = trial.user_attrs[_RESULT], trial.user_attrs.get("opening")
        if opening is None or "score" not in result:
            return None
        (score,) = _numbers((result["score"],))
        return Test(score, result["n_ratings"], Opening(**opening), result["error"])

    @contextmanager
    def _plain_words(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, StorageInternalError, ModuleNotFoundError) as error:
            # The cause stays out of sight: what drivers say may quote the address.
            raise SearchStorageError(
                f"The database of searches, {self._where}, cannot be used ({type(error).__name__}): see that "
                "it runs, can be written and has room, or name another one."
            ) from None


def _settled(trial: FrozenTrial) -> bool:
    return trial.state.is_finished() and _RESULT in trial.user_attrs


def _finite(values: dict[str, Any]) -> dict[str, Any]:
    """JSON has no word for what is not a number."""
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _numbers(values: Any) -> tuple[float, ...]:
    return tuple(math.nan if value is None else float(value) for value in values)
