# Compiler flags, in three interface targets that every target of ours links privately:
# fen_warnings (what we do not let pass), fen_build (language, hardening, sanitizers, machine) and
# fen_test_warnings (what tests are let off).
include(CheckCSourceRuns)
include(CheckIPOSupported)

add_library(fen_warnings INTERFACE)
target_compile_options(fen_warnings INTERFACE
    -Wall -Wextra -Wpedantic
    -Wshadow -Wundef -Wvla -Walloca -Wdate-time
    -Wconversion -Wno-sign-conversion
    # A switch names every value even beside a default. Over another library's huge enum
    # (rd_kafka_resp_err_t), switch on (int)code.
    -Wswitch-enum
    -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wnested-externs
    -Wredundant-decls -Wwrite-strings -Wcast-qual -Wpointer-arith
    -Wformat=2 -Wdouble-promotion -Wimplicit-fallthrough
    $<$<C_COMPILER_ID:GNU>:-Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wcast-align=strict>
    $<$<C_COMPILER_ID:Clang>:-Wcomma -Wextra-semi -Wunreachable-code -Wassign-enum>
    # What gcc does not take amiss either: typeof (gnu17), a format handed on with its va_list.
    $<$<C_COMPILER_ID:Clang>:-Wno-language-extension-token -Wno-format-nonliteral>
    $<$<BOOL:${FEN_WERROR}>:-Werror>)

add_library(fen_test_warnings INTERFACE)
target_compile_options(fen_test_warnings INTERFACE
    -Wno-unused-parameter # cmocka passes `state` to every test
    -Wno-conversion)      # literals in tables of expected values

add_library(fen_build INTERFACE)
target_compile_features(fen_build INTERFACE c_std_17)
set_property(TARGET fen_build PROPERTY INTERFACE_C_EXTENSIONS ON)
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON) # gnu17: __int128 holds a product of two amounts
target_compile_definitions(fen_build INTERFACE _GNU_SOURCE
    $<$<BOOL:${FEN_FAULT_POINTS}>:FEN_FAULT_POINTS>)
target_compile_options(fen_build INTERFACE
    -fno-common -fno-strict-aliasing -fno-omit-frame-pointer -fstack-protector-strong
    $<$<CONFIG:Release>:-D_FORTIFY_SOURCE=2>)
target_link_options(fen_build INTERFACE -Wl,-z,relro,-z,now -Wl,--as-needed)

# x86-64-v3 (2013 and later) is asked for only where this machine can run it, so that a build on an
# older one gives a program that runs there.
if(FEN_MARCH STREQUAL "auto")
    check_c_source_runs("
        int main(void)
        {
            __builtin_cpu_init();
            return !(__builtin_cpu_supports(\"avx2\") && __builtin_cpu_supports(\"bmi\")
                     && __builtin_cpu_supports(\"bmi2\") && __builtin_cpu_supports(\"fma\"));
        }" FEN_HOST_HAS_X86_64_V3)
    set(fen_march "$<$<BOOL:${FEN_HOST_HAS_X86_64_V3}>:x86-64-v3>")
else()
    set(fen_march "${FEN_MARCH}")
endif()
target_compile_options(fen_build INTERFACE
    "$<$<AND:$<CONFIG:Release>,$<BOOL:${fen_march}>>:-march=${fen_march}>")

if(FEN_SANITIZE)
    set(fen_sanitize -fsanitize=${FEN_SANITIZE} -fno-sanitize-recover=all)
    target_compile_options(fen_build INTERFACE ${fen_sanitize})
    target_link_options(fen_build INTERFACE ${fen_sanitize})
endif()

if(FEN_LIBFUZZER)
    if(NOT CMAKE_C_COMPILER_ID STREQUAL "Clang")
        message(FATAL_ERROR "FEN_LIBFUZZER needs clang: use the preset `fuzz`")
    endif()
    target_compile_options(fen_build INTERFACE -fsanitize=fuzzer-no-link)
endif()

if(FEN_COVERAGE)
    target_compile_options(fen_build INTERFACE --coverage -fprofile-update=atomic)
    target_link_options(fen_build INTERFACE --coverage)
endif()

if(FEN_LTO)
    check_ipo_supported(LANGUAGES C)
    set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
endif()
