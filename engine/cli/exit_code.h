/*
 * exit_code: how every command of fen ends (SPEC §10).
 *
 * Threads: constant; any.
 */
#ifndef FEN_CLI_EXIT_CODE_H
#define FEN_CLI_EXIT_CODE_H

enum fen_exit {
    FEN_EXIT_OK = 0,
    FEN_EXIT_FAILED = 1,       /* a check or test failed */
    FEN_EXIT_USAGE = 2,        /* the command line cannot be understood */
    FEN_EXIT_INPUT = 65,       /* input that cannot be read at all */
    FEN_EXIT_UNAVAILABLE = 69, /* a server that is not there */
    FEN_EXIT_CONFIG = 78,      /* bad configuration or plan, or state it must not go on from */
};

#endif /* FEN_CLI_EXIT_CODE_H */
