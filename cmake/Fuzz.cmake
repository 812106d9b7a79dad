# A program for each target of fuzz/ (preset fuzz: clang, libFuzzer); the target `fuzzers` is all of them. What they share is in
# served.c.
add_custom_target(fuzzers)
file(GLOB fuzz_sources CONFIGURE_DEPENDS fuzz/*.c)
list(REMOVE_ITEM fuzz_sources ${CMAKE_SOURCE_DIR}/fuzz/served.c)
foreach(source IN LISTS fuzz_sources)
    cmake_path(GET source STEM name)
    add_executable(fuzz-${name} EXCLUDE_FROM_ALL ${source} fuzz/served.c)
    set_target_properties(fuzz-${name} PROPERTIES OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY fuzz)
    target_link_options(fuzz-${name} PRIVATE -fsanitize=fuzzer)
    target_link_libraries(fuzz-${name} PRIVATE mcp-options mcp-sys mcp-http mcp PkgConfig::SYSTEM PkgConfig::UV
        PkgConfig::CRYPTO llhttp m)
    target_include_directories(fuzz-${name} SYSTEM PRIVATE ${CURL_INCLUDE_DIRS})
    add_dependencies(fuzzers fuzz-${name})
endforeach()
