"""What the lab costs in time and memory. All: python -m benchmarks. Some: python -m benchmarks load train

The folder is the registry: a file here with a function `run` is a benchmark, and the first line of
its docstring says what it measures. `run` prints its tables, each figure beside its target. A slow
machine is no error: only a crash ends with a non-zero exit code.
"""
