"""`kernel` as the algorithms import it; see `recsys_core.kernel`."""

from recsys_core.kernel import exact_kernel as exact_kernel
from recsys_core.kernel import kernel as kernel
