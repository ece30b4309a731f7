/* demo_plan: see the header. The assembler finds the file by the include root, engine/. */
#include "cli/sale/demo_plan.h"

__asm__(".pushsection .rodata\n"
        ".global fen_demo_plan_begin\n"
        ".global fen_demo_plan_end\n"
        "fen_demo_plan_begin:\n"
        ".incbin \"../schemas/plans/demo.yaml\"\n"
        "fen_demo_plan_end:\n"
        ".byte 0\n"
        ".popsection\n");

extern const char fen_demo_plan_begin[];
extern const char fen_demo_plan_end[];

struct fen_str fen_demo_plan(void)
{
    return (struct fen_str){fen_demo_plan_begin,
                            (uint32_t)(fen_demo_plan_end - fen_demo_plan_begin)};
}
