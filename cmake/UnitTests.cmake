# One executable per tests/<dir>/test_<file>.c, in tests/<dir>/ of the build directory. Any other C file there is a program
# that Python tests drive (json_echo, http_echo). The target `units` is all of them.
set(test_dirs base toolkit mcp sys store tools http)
list(TRANSFORM test_dirs REPLACE "(.+)" "tests/\\1/*.c" OUTPUT_VARIABLE test_globs)
file(GLOB test_sources CONFIGURE_DEPENDS ${test_globs})
add_custom_target(units)

function(mcp_add_test_program target source)
    cmake_path(GET source PARENT_PATH dir)
    cmake_path(RELATIVE_PATH dir BASE_DIRECTORY ${CMAKE_SOURCE_DIR} OUTPUT_VARIABLE output_dir)
    cmake_path(GET source STEM name)
    add_executable(${target} EXCLUDE_FROM_ALL ${source})
    set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${output_dir})
    target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
    target_compile_definitions(${target} PRIVATE MCP_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data")
    target_link_libraries(${target} PRIVATE mcp-options mcp-tools mcp-sys mcp-store mcp-http mcp PkgConfig::CMOCKA
        PkgConfig::SYSTEM PkgConfig::UV PkgConfig::CRYPTO llhttp m)
    add_dependencies(units ${target})
endfunction()

foreach(source IN LISTS test_sources)
    cmake_path(GET source STEM name)
    cmake_path(GET source PARENT_PATH dir)
    cmake_path(GET dir FILENAME dir)
    mcp_add_test_program(${dir}-${name} ${source})
endforeach()
