"""The errors of the library: each names the value, the place and what to do."""

from __future__ import annotations


class RecsysError(Exception):
    """Base of every error this library raises on purpose; its text is fit to show to a person."""


class DataError(RecsysError):
    """The data cannot be used: the message names the file, the line and what was found there."""


class DataNotFoundError(DataError):
    """The data set is not on this machine; the message says where it was looked for."""


class DownloadError(DataError):
    """A download failed; nothing was left half-written."""


class HyperParameterError(RecsysError, ValueError):
    """A hyper-parameter is unknown, of the wrong type or out of its bounds."""


class NotFittedError(RecsysError, RuntimeError):
    """A model was asked for a prediction before it was fitted."""


class TrainingDivergedError(RecsysError, ArithmeticError):
    """Training left the finite numbers; the message says which setting to lower."""


class LeakError(RecsysError, ValueError):
    """What is to be tested was learned from or tuned on already; the message says how, and what to do."""


class UnsupportedError(RecsysError, NotImplementedError):
    """The algorithm cannot do this by its nature; the message says which can."""


class JobError(RecsysError):
    """A piece of long work could not be done as it was asked for."""


class JobRefusedError(JobError):
    """The queue does not take this job now; the message says why and until when."""
