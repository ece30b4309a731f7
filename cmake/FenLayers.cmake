# Layers, the generated message code, and programs.
set(FEN_GENERATED_DIR ${CMAKE_BINARY_DIR}/generated)

# fen_add_proto(): library fen_proto from proto/*.proto, for tests. The generated code stays in the
# build tree and is included as "proto/fen.pb-c.h".
function(fen_add_proto)
    file(GLOB protos CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/proto/*.proto)
    if(NOT protos)
        add_library(fen_proto INTERFACE)
        return()
    endif()
    set(out ${FEN_GENERATED_DIR}/proto)
    file(MAKE_DIRECTORY ${out})
    foreach(proto IN LISTS protos)
        get_filename_component(name ${proto} NAME_WE)
        add_custom_command(
            OUTPUT ${out}/${name}.pb-c.c ${out}/${name}.pb-c.h
            COMMAND ${FEN_PROTOC_C} --c_out=${out} --proto_path=${PROJECT_SOURCE_DIR}/proto
                    ${proto}
            DEPENDS ${protos}
            COMMENT "protoc-c ${name}.proto"
            VERBATIM)
        list(APPEND sources ${out}/${name}.pb-c.c ${out}/${name}.pb-c.h)
    endforeach()
    add_library(fen_proto STATIC ${sources})
    target_include_directories(fen_proto SYSTEM PUBLIC ${FEN_GENERATED_DIR})
    # Only the hardening and sanitizer flags: generated code answers to protoc-c, not to us.
    target_link_libraries(fen_proto PUBLIC PkgConfig::PROTOBUF_C PRIVATE fen_build)
endfunction()

# fen_add_layer(NAME LINK...): library fen_NAME from engine/NAME/*.c, main.c apart. A layer without
# a source yet is an interface library, so that those above it configure all the same.
function(fen_add_layer name)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/engine/${name}/*.c)
    file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/engine/${name}/*.h)
    list(FILTER sources EXCLUDE REGEX "/main\\.c$")
    set(target fen_${name})
    if(NOT sources)
        add_library(${target} INTERFACE)
        target_include_directories(${target} INTERFACE ${PROJECT_SOURCE_DIR}/engine)
        target_link_libraries(${target} INTERFACE ${ARGN})
        return()
    endif()
    add_library(${target} STATIC ${sources})
    target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR}/engine)
    # The file set makes `all_verify_interface_header_sets` compile each header alone.
    target_sources(${target} PUBLIC FILE_SET HEADERS
                   BASE_DIRS ${PROJECT_SOURCE_DIR}/engine FILES ${headers})
    target_compile_definitions(${target} PRIVATE FEN_VERSION="${PROJECT_VERSION}")
    target_link_libraries(${target} PUBLIC ${ARGN} PRIVATE fen_build fen_warnings)
endfunction()

# fen_add_program(NAME SOURCES file...): an executable over all layers, with jemalloc where asked
# for. Skipped, with a notice, while its first source does not exist.
function(fen_add_program name)
    cmake_parse_arguments(arg "" "" "SOURCES" ${ARGN})
    list(GET arg_SOURCES 0 first)
    if(NOT EXISTS ${PROJECT_SOURCE_DIR}/${first})
        message(STATUS "fen: no ${first} yet, ${name} is not built")
        return()
    endif()
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE fen_cli fen_build fen_warnings)
    if(FEN_JEMALLOC)
        # Nothing calls it by name: it must be kept in spite of --as-needed to replace malloc.
        target_link_options(${name} PRIVATE
            "-Wl,--push-state,--no-as-needed,${JEMALLOC_LINK_LIBRARIES},--pop-state")
    endif()
endfunction()
