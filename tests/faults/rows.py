"""All rows of the matrix, by the part that a fault strikes; importing registers them."""

import rows_process  # noqa: F401
