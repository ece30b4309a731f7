/*
 * version: what this program is.
 *
 * Threads: any.
 */
#ifndef FEN_CLI_VERSION_H
#define FEN_CLI_VERSION_H

/* "0.1.0" */
const char *fen_version(void);

/* "fen 0.1.0" and the libraries it runs with, on stdout. */
void fen_version_print(void);

#endif /* FEN_CLI_VERSION_H */
