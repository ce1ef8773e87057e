"""The command line: `python -m recsys_core datasets`, `describe NAME`, `download NAME`, `calibrate`,
`neighbours NAME ALGORITHM FOLDER`, `study --data NAME --model ALGORITHM --out FOLDER`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import TypeAlias

from recsys_core.datasets import Source, load, sources
from recsys_core.datasets.download import download
from recsys_core.errors import DataError, RecsysError

DONE, FAILED, INTERRUPTED = 0, 1, 130

Command: TypeAlias = "Callable[[argparse.Namespace], int]"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        The exit code: 0 done, 1 failed or declined, 130 interrupted; argparse itself ends
        with 2 where the command is not understood.
    """
    chosen = _parser().parse_args(arguments)
    run: Command = chosen.run
    try:
        return run(chosen)
    except RecsysError as error:
        print(error, file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("\nInterrupted; nothing half-done was left.", file=sys.stderr)
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m recsys_core", description="A recommender-systems lab.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("datasets", help="list the data sets and say which are here")
    command.set_defaults(run=list_datasets)

    command = commands.add_parser("describe", help="counts, licence and remarks of one data set")
    command.add_argument("name", metavar="NAME")
    command.set_defaults(run=describe)

    command = commands.add_parser("download", help="fetch a published data set once its licence is accepted")
    command.add_argument("name", metavar="NAME")
    command.add_argument("--yes", action="store_true", help="accept the licence without being asked")
    command.add_argument("--again", action="store_true", help="fetch it even if it is here already")
    command.set_defaults(run=fetch)

    command = commands.add_parser("calibrate", help="measure how fast this machine is, for estimates of cost")
    command.set_defaults(run=calibrate)

    command = commands.add_parser("neighbours", help="train a model and write out each item's neighbours")
    command.add_argument("name", metavar="NAME", help="of the data set")
    command.add_argument("algorithm", metavar="ALGORITHM", help="als, for one")
    command.add_argument("folder", metavar="FOLDER", help="where to; it must not be there yet")
    command.add_argument("-n", type=int, default=10, help="how many of each item (10)")
    command.add_argument(
        "--metric", default="cosine", help="euclidean, cosine, dot or adjusted_cosine (cosine)"
    )
    command.add_argument("--support", type=int, default=0, help="how many must have rated both (0)")
    command.set_defaults(run=neighbours)

    command = commands.add_parser("study", help="what retrieving fewer candidates and blending signals cost")
    command.add_argument("--data", required=True, metavar="NAME", help="the data set: ml-1m, for one")
    command.add_argument("--model", default="als", metavar="ALGORITHM", help="it places new people (als)")
    command.add_argument("--out", required=True, metavar="FOLDER", help="where to; replaces what is there")
    command.add_argument("--share", type=float, default=0.1, help="of the people to hold out (0.1)")
    command.add_argument("--given", type=int, default=20, help="ratings each of them gives (20)")
    command.add_argument("--seed", type=int, default=0, help="of who, and of which ratings (0)")
    command.set_defaults(run=study)
    return parser


def list_datasets(_: argparse.Namespace) -> int:
    """One line a data set: name, whether it is here, whether its audience is simulated."""
    known = sources()
    width = max(map(len, known))
    for source in known.values():
        here = "here" if source.is_here() else "not here"
        audience = "simulated" if source.simulated else ""
        print(f"{source.name:<{width}}  {here:<8}  {audience:<9}  {source.title}")
    return DONE


def describe(chosen: argparse.Namespace) -> int:
    """What a data set holds, what may be done with it and what reading it brought to light."""
    dataset = load(chosen.name)
    ratings = dataset.ratings
    n_rated = int((ratings.by_item.counts > 0).sum())
    rows = {
        "Ratings": f"{len(ratings):,}",
        "Users": f"{ratings.n_users:,}",
        "Items": f"{ratings.n_items:,}, {n_rated:,} of them rated",
        "Density": f"{ratings.density:.2%} of users × items",
        "Scale": str(ratings.scale),
        "Mean": f"{ratings.mean:.3f}",
        "Times": "yes" if ratings.timestamps is not None else "no",
        "Audience": "simulated" if dataset.simulated else "",
        "Licence": dataset.licence,
        "Cite": dataset.citation,
        "Fingerprint": dataset.fingerprint,
    }
    print(f"{dataset.title} ({dataset.name})")
    print(*(f"  {label:<12} {text}" for label, text in rows.items() if text), sep="\n")
    for remark in dataset.remarks:
        print(f"  Remark       {remark.text}")
    return DONE


def fetch(chosen: argparse.Namespace) -> int:
    """Show the licence, ask, and download."""
    source = _source(chosen.name)
    if source.is_here() and not chosen.again:
        print(f"{source.name} is here already. To fetch it anew: --again")
        return DONE
    if source.published is not None:
        print(f"{source.title}: about {source.published.size / 1e6:.1f} MB from {source.published.url}")
        print(f"Licence: {source.licence}\nCite: {source.citation}")
        if not (chosen.yes or _agrees()):
            print("Not accepted; nothing was downloaded.", file=sys.stderr)
            return FAILED
    try:
        folder = download(source, consent=True, on_progress=_show_progress)
    finally:
        print(file=sys.stderr)  # ends the line the progress is written on
    print(f"{source.name} is ready, in the folder {folder.parent.name}/{folder.name}.")
    return DONE


def calibrate(_: argparse.Namespace) -> int:
    """Measure this machine's speed anew and keep it; show what it foretells beside what is so."""
    from recsys_core.cost import calibration, machine

    print(f"{'on the sample':<26} {'estimated':>10} {'measured':>10}")
    for one in calibration.calibrate():
        print(f"{one.algorithm:<26} {one.estimated:>8.3f} s {one.seconds:>8.3f} s", flush=True)
    speed = machine.speed()
    print("This machine takes, as a multiple of the reference machine's time:")
    for what in machine.REFERENCE:
        print(f"  {what:<12} {getattr(speed, what):.2f}")
    kept = "is kept in speed.json in the cache folder" if machine.file().exists() else "could not be written"
    print(f"This {kept}; estimates use it from now on.")
    return DONE


def neighbours(chosen: argparse.Namespace) -> int:
    """Train with the usual settings on all ratings, and save what `load_neighbours` reads."""
    from recsys_core import algorithm
    from recsys_core.space import precompute
    from recsys_core.store import save_neighbours

    dataset = load(chosen.name)
    model = algorithm(chosen.algorithm).fit(dataset.ratings, dataset.side)
    table = precompute(model, chosen.n, chosen.metric, dataset.ratings, chosen.support)
    save_neighbours(table, chosen.folder, dataset, model.title)
    n_without = int((table.items[:, 0] < 0).sum())
    print(
        f"{table.n} neighbours by {table.metric} of each of {len(table.items):,} items are in "
        f"{chosen.folder}; {n_without:,} have none."
    )
    return DONE


def study(chosen: argparse.Namespace) -> int:
    """Measure quality and time by number of candidates, and blends against plain ratings; write it down."""
    from pathlib import Path

    from recsys_core.evaluation.study import reading, save
    from recsys_core.evaluation.study import study as measure

    def told(done: int, total: int) -> None:
        print(f"\r{done:,} of {total:,} people", end="", file=sys.stderr, flush=True)

    options = {"share": chosen.share, "given": chosen.given, "seed": chosen.seed}
    found = measure(load(chosen.data), chosen.model, **options, on_progress=told)
    print(file=sys.stderr)  # ends the line the progress is written on
    try:
        path = save(found, Path(chosen.out))
    except OSError as error:
        raise DataError(f"The folder {chosen.out!r} cannot be written to: {error.strerror}.") from error
    print(*reading(found), f"Written to {path}.", sep="\n\n")
    return DONE


def _source(name: str) -> Source:
    if name not in sources():
        raise DataError(f"There is no data set {name!r}; there are: {', '.join(sources())}.")
    return sources()[name]


def _agrees() -> bool:
    try:
        return input("Do you accept the licence? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def _show_progress(done: int, total: int | None) -> None:
    share = "" if not total else f" of {total / 1e6:.1f} MB ({done / total:.0%})"
    print(f"\r{done / 1e6:.1f} MB{share}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
