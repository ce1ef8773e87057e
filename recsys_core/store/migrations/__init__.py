"""How the database of runs came to its present form, step by step; `Runs` takes the steps on opening.

To change a table: change `recsys_core/store/runs/tables.py`, add `versions/vNNNN_what.py` with a
`revision` of its own and the one before as `down_revision`, and let `upgrade` do the change. A
step that was ever released is never edited. There is no way down: a copy of the database is.
"""
