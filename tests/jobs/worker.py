"""The lab's worker, which knows the tests' kinds of work, too."""

import os
import runpy
from pathlib import Path

from recsys_core.jobs import kinds

kinds.__path__.append(str(Path(__file__).parent / "kinds"))
kinds._registry.cache_clear()

if __name__ == "__main__":
    runpy.run_module("recsys_core.jobs", run_name="__main__", alter_sys=True)
    os._exit(99)
