# `ninja coverage`: runs the unit tests and writes coverage/index.html and a summary.
find_program(FEN_GCOVR NAMES gcovr REQUIRED)
add_custom_target(coverage
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/coverage
    COMMAND ${CMAKE_CTEST_COMMAND} --output-on-failure -L unit
    COMMAND ${FEN_GCOVR} --root ${PROJECT_SOURCE_DIR} --filter ${PROJECT_SOURCE_DIR}/engine/
            --print-summary --html-details ${CMAKE_BINARY_DIR}/coverage/index.html
            ${CMAKE_BINARY_DIR}
    WORKING_DIRECTORY ${CMAKE_BINARY_DIR}
    USES_TERMINAL VERBATIM)
