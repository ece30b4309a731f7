/* assert: see assert.h. */
#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void fen_assert_fail(const char *expression, const char *file, int line)
{
    fprintf(stderr,
            "fen: invariant broken: %s (%s:%d); this is a defect of fen, please report it\n",
            expression, file, line);
    abort();
}
