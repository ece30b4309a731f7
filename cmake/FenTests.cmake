# Unit tests (label `unit`) and fuzzers (label `fuzz`). Tests that need Python, Kafka or Redis are
# run by ./test.
set(fen_test_environment
    "ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1"
    "UBSAN_OPTIONS=print_stacktrace=1"
    "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/lib/tsan.supp"
    "FEN_SOURCE_DIR=${PROJECT_SOURCE_DIR}")

fen_add_proto()

# tests/lib: fixtures, fakes and makers of records, shared by the tests.
file(GLOB lib_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/lib/*.c)
if(lib_sources)
    add_library(fen_test_lib STATIC ${lib_sources})
    target_include_directories(fen_test_lib PUBLIC ${PROJECT_SOURCE_DIR}/tests)
    target_link_libraries(fen_test_lib PUBLIC fen_cli fen_proto PkgConfig::JANSSON
                          PRIVATE PkgConfig::CMOCKA fen_build fen_warnings fen_test_warnings)
else()
    add_library(fen_test_lib INTERFACE)
    target_include_directories(fen_test_lib INTERFACE ${PROJECT_SOURCE_DIR}/tests)
    target_link_libraries(fen_test_lib INTERFACE fen_cli fen_proto PkgConfig::JANSSON)
endif()

file(GLOB unit_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/unit/test_*.c)
if(FEN_SANITIZE MATCHES "thread")
    # It starts clients of librdkafka, whose threads are C11's: those ThreadSanitizer does not know,
    # and it faults in them.
    list(FILTER unit_sources EXCLUDE REGEX "/test_kafka_close\\.c$")
endif()
foreach(source IN LISTS unit_sources)
    get_filename_component(name ${source} NAME_WE)
    add_executable(${name} ${source})
    target_link_libraries(${name} PRIVATE fen_test_lib PkgConfig::CMOCKA
                          fen_build fen_warnings fen_test_warnings)
    add_test(NAME unit/${name} COMMAND ${name})
    set_tests_properties(unit/${name} PROPERTIES
                         LABELS unit TIMEOUT 300 ENVIRONMENT "${fen_test_environment}")
endforeach()

# tests/kafka/driver_X.c: programs that the Python tests of that folder start (bin/driver_X).
file(GLOB driver_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/kafka/driver_*.c)
foreach(source IN LISTS driver_sources)
    get_filename_component(name ${source} NAME_WE)
    add_executable(${name} ${source})
    target_link_libraries(${name} PRIVATE fen_test_lib fen_build fen_warnings fen_test_warnings)
endforeach()

# tests/faults/preload_X.c: put before the C library by tests/faults (lib/libpreload_X.so).
file(GLOB preload_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/faults/preload_*.c)
foreach(source IN LISTS preload_sources)
    get_filename_component(name ${source} NAME_WE)
    add_library(${name} SHARED ${source})
    set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
    target_link_libraries(${name} PRIVATE fen_build fen_warnings fen_test_warnings)
endforeach()

# tests/fuzz/fuzz_X.c with its seeds in tests/fuzz/corpus/X and, where there is one, its words in
# tests/fuzz/X.dict. With libFuzzer ctest hunts for FEN_FUZZ_SECONDS, new finds staying in the build
# tree; else it plays the seeds back.
add_custom_target(fuzzers)
file(GLOB fuzz_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/fuzz/fuzz_*.c)
foreach(source IN LISTS fuzz_sources)
    get_filename_component(name ${source} NAME_WE)
    string(REGEX REPLACE "^fuzz_" "" subject ${name})
    set(seeds ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${subject})
    set(finds ${CMAKE_BINARY_DIR}/fuzz/${subject})
    file(MAKE_DIRECTORY ${finds}/corpus)
    add_executable(${name} ${source})
    add_dependencies(fuzzers ${name})
    target_link_libraries(${name} PRIVATE fen_test_lib fen_build fen_warnings fen_test_warnings)
    if(FEN_LIBFUZZER)
        target_link_options(${name} PRIVATE -fsanitize=fuzzer)
        set(existing_seeds)
        if(IS_DIRECTORY ${seeds})
            set(existing_seeds ${seeds})
        endif()
        set(words ${PROJECT_SOURCE_DIR}/tests/fuzz/${subject}.dict)
        set(dictionary)
        if(EXISTS ${words})
            set(dictionary -dict=${words})
        endif()
        add_test(NAME fuzz/${name}
                 COMMAND ${name} -max_total_time=${FEN_FUZZ_SECONDS} -timeout=30
                         -rss_limit_mb=2048 -artifact_prefix=${finds}/ -print_final_stats=1
                         ${dictionary} ${finds}/corpus ${existing_seeds})
    else()
        target_sources(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus_main.c)
        add_test(NAME fuzz/${name} COMMAND ${name} ${seeds})
    endif()
    set_tests_properties(fuzz/${name} PROPERTIES
                         LABELS fuzz TIMEOUT 600 ENVIRONMENT "${fen_test_environment}")
endforeach()
