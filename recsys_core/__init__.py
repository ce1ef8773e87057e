"""Recommender systems to look inside of: data, algorithms, evaluation, ranking.

Stands alone: nothing here knows of a screen or a chart.
"""

from recsys_core.algorithms import algorithm, algorithms
from recsys_core.datasets import load, sources

__all__ = ["algorithm", "algorithms", "load", "sources"]
