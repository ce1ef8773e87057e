"""Long work, one child process a job: queue, progress, pause, cancel, limits.

jobs = Jobs(folder)
job = jobs.submit(Train("sample", "svd", {"n_epochs": 50}), owner="session")
jobs.get(job.id).events         # how far it is
model_at(jobs.get(job.id).folder, dataset)  # once it is done
"""

from recsys_core.jobs.base import Event, Job, Spec, State
from recsys_core.jobs.kinds.compare import Compare, comparison
from recsys_core.jobs.kinds.layout import LayOut, keep_rows, laid_out
from recsys_core.jobs.kinds.search import Search, search_report
from recsys_core.jobs.kinds.serve import Serve, Served, served
from recsys_core.jobs.kinds.train import Train, Trained, model_at, split_of, trained
from recsys_core.jobs.kinds.variants import Variants, diverged
from recsys_core.jobs.manager import Jobs

__all__ = [
    "Compare",
    "Event",
    "Job",
    "Jobs",
    "LayOut",
    "Search",
    "Serve",
    "Served",
    "Spec",
    "State",
    "Train",
    "Trained",
    "Variants",
    "comparison",
    "diverged",
    "keep_rows",
    "laid_out",
    "model_at",
    "search_report",
    "served",
    "split_of",
    "trained",
]
