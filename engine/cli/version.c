/* version: see the header. */
#include "cli/version.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>

const char *fen_version(void)
{
    return FEN_VERSION;
}

void fen_version_print(void)
{
    printf("fen %s (librdkafka %s)\n", fen_version(), rd_kafka_version_str());
}
