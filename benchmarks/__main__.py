"""python -m benchmarks [name ...]"""

from __future__ import annotations

import argparse
import inspect
import pkgutil
import sys
import traceback
from importlib import import_module
from types import ModuleType

import benchmarks
from benchmarks.timing import UnavailableError, machine


def found() -> dict[str, ModuleType]:
    """The benchmarks by name: every file of the folder that has a `run`."""
    names = [info.name for info in pkgutil.iter_modules(benchmarks.__path__) if info.name != "__main__"]
    modules = {name: import_module(f"benchmarks.{name}") for name in names}
    return {name: module for name, module in modules.items() if hasattr(module, "run")}


def main() -> int:
    """Run the named benchmarks, or all; 0 unless one of them crashed."""
    known = found()
    listed = "\n".join(
        f"  {name:<10}{(module.__doc__ or '').splitlines()[0]}" for name, module in known.items()
    )
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Time and memory, measured here and now.",
        epilog=f"benchmarks:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="name", help="which to run; all by default")
    parser.add_argument("--large", action="store_true", help="the long measurements too, where there are any")
    parser.add_argument("--peers", action="store_true", help="other libraries too, where installed")
    given = parser.parse_args()
    names = given.names or list(known)
    if unknown := [name for name in names if name not in known]:
        parser.error(f"there is no benchmark {', '.join(unknown)}; there are: {', '.join(known)}")
    print(machine())
    crashed = []
    for name in names:
        print(f"\n== {name}: {(known[name].__doc__ or '').splitlines()[0]}", flush=True)
        try:
            run = known[name].run
            asked = {"large": given.large, "peers": given.peers}
            run(**{what: asked[what] for what in inspect.signature(run).parameters})
        except UnavailableError as exc:
            print(f"left out: {exc}")
        except Exception:  # the others can still be measured
            traceback.print_exc()
            crashed.append(name)
    if crashed:
        print(f"\ncrashed: {', '.join(crashed)}", file=sys.stderr)
    return 1 if crashed else 0


if __name__ == "__main__":
    sys.exit(main())
