"""All rows of the matrix, by the part that a fault strikes; importing registers them."""

import rows_held  # noqa: F401
import rows_input  # noqa: F401
import rows_kills  # noqa: F401
import rows_machine  # noqa: F401
import rows_network  # noqa: F401
import rows_process  # noqa: F401
import rows_redis  # noqa: F401
import rows_state  # noqa: F401
