/*
 * script: see script.h. The assembler finds the file by the include root, so that no generated
 * source has to be kept in step; a test holds the embedded text against the file.
 */
#include "redis/script.h"

__asm__(".pushsection .rodata\n"
        ".global fen_script_begin\n"
        ".global fen_script_end\n"
        "fen_script_begin:\n"
        ".incbin \"redis/fence.lua\"\n"
        "fen_script_end:\n"
        ".byte 0\n"
        ".popsection\n");

extern const char fen_script_begin[];
extern const char fen_script_end[];

struct fen_str fen_script_text(void)
{
    return (struct fen_str){fen_script_begin, (uint32_t)(fen_script_end - fen_script_begin)};
}
