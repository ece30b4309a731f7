# bench/bench_*.c: one program each, over all layers. Other files of bench/ are shared by them.
file(GLOB bench_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bench/bench_*.c)
file(GLOB bench_shared CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
     ${PROJECT_SOURCE_DIR}/bench/*.c)
list(FILTER bench_shared EXCLUDE REGEX "/bench_[^/]*$")
foreach(source IN LISTS bench_sources)
    get_filename_component(name ${source} NAME_WE)
    fen_add_program(${name} SOURCES bench/${name}.c ${bench_shared})
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
endforeach()
