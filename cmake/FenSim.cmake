# tests/sim: fen_sim, the deterministic simulation. It has its own build of stream and redis: with
# the virtual clock in place of base/clock.h, and with the mistakes of mutants.toml, off by default.
# Lua 5.1, which Redis runs, runs the very fence.lua.
if(FEN_SANITIZE MATCHES "thread")
    return() # one thread, whose fibers it does not know
endif()
set(sim_dir ${PROJECT_SOURCE_DIR}/tests/sim)
set(sim_mutated_dir ${CMAKE_BINARY_DIR}/sim)
find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)
pkg_check_modules(LUA51 REQUIRED IMPORTED_TARGET lua5.1)

execute_process(COMMAND ${Python3_EXECUTABLE} ${sim_dir}/mutate.py --files
                OUTPUT_VARIABLE sim_changed OUTPUT_STRIP_TRAILING_WHITESPACE
                COMMAND_ERROR_IS_FATAL ANY)
set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY
             CMAKE_CONFIGURE_DEPENDS ${sim_dir}/mutants.toml)
list(TRANSFORM sim_changed PREPEND ${PROJECT_SOURCE_DIR}/engine/ OUTPUT_VARIABLE sim_originals)
list(TRANSFORM sim_changed PREPEND ${sim_mutated_dir}/ OUTPUT_VARIABLE sim_mutated)
add_custom_command(
    OUTPUT ${sim_mutated} ${sim_mutated_dir}/mutants.c
    COMMAND ${Python3_EXECUTABLE} ${sim_dir}/mutate.py ${PROJECT_SOURCE_DIR}/engine
            ${sim_mutated_dir}
    # What did not change keeps its time; without this it would be made again and again.
    COMMAND ${CMAKE_COMMAND} -E touch ${sim_mutated} ${sim_mutated_dir}/mutants.c
    DEPENDS ${sim_originals} ${sim_dir}/mutate.py ${sim_dir}/mutants.toml
    COMMENT "mutants of the simulation"
    VERBATIM)

file(GLOB sim_engine CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/engine/stream/*.c
     ${PROJECT_SOURCE_DIR}/engine/redis/*.c)
# What talks to librdkafka: the simulation's ports stand in its place.
list(FILTER sim_engine EXCLUDE REGEX
     "/(kafka_|reference_reader|projection_reader|taint|topics|topic_settings)[^/]*$")
list(REMOVE_ITEM sim_engine ${sim_originals})
list(FILTER sim_mutated INCLUDE REGEX "\\.c$")
file(GLOB sim_sources CONFIGURE_DEPENDS ${sim_dir}/*.c)
add_executable(fen_sim ${sim_sources} ${sim_engine} ${sim_mutated} ${sim_mutated_dir}/mutants.c)
target_include_directories(fen_sim BEFORE PRIVATE
                           ${sim_dir}/virtual ${sim_mutated_dir} ${PROJECT_SOURCE_DIR}/tests)
if(NOT FEN_SANITIZE)
    target_compile_options(fen_sim PRIVATE -O2)
endif()
set_source_files_properties(${PROJECT_SOURCE_DIR}/engine/redis/script.c PROPERTIES
                            OBJECT_DEPENDS
    "${sim_mutated_dir}/redis/fence.lua;${PROJECT_SOURCE_DIR}/engine/redis/fence.lua")
target_link_libraries(fen_sim PRIVATE fen_wire PkgConfig::HIREDIS PkgConfig::LUA51
                      fen_build fen_warnings fen_test_warnings)

# A few worlds wherever unit tests run, so under ASan and UBSan, too; `./test sim` runs thousands.
add_test(NAME unit/fen_sim COMMAND fen_sim --seeds 40)
set_tests_properties(unit/fen_sim PROPERTIES
                     LABELS unit TIMEOUT 300 ENVIRONMENT "${fen_test_environment}")
