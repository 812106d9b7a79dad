# The target `llhttp`: the system's library (Debian 13), or, on Debian 12, the C sources that the package node-llhttp
# installs, compiled strict: objects, which libmcp-http.a then holds, so that who links it needs nothing else.
pkg_check_modules(LLHTTP QUIET IMPORTED_TARGET libllhttp)
if(LLHTTP_FOUND)
    add_library(llhttp ALIAS PkgConfig::LLHTTP)
else()
    find_path(LLHTTP_SOURCE_DIR llhttp.c PATHS /usr/share/llhttp NO_DEFAULT_PATH)
    find_path(LLHTTP_INCLUDE_DIR llhttp.h PATHS /usr/share/include/llhttp NO_DEFAULT_PATH)
    if(NOT LLHTTP_SOURCE_DIR OR NOT LLHTTP_INCLUDE_DIR)
        message(FATAL_ERROR "llhttp not found: install libllhttp-dev, or node-llhttp on Debian 12")
    endif()
    add_library(llhttp OBJECT
        ${LLHTTP_SOURCE_DIR}/api.c ${LLHTTP_SOURCE_DIR}/http.c ${LLHTTP_SOURCE_DIR}/llhttp.c)
    target_include_directories(llhttp SYSTEM PUBLIC ${LLHTTP_INCLUDE_DIR})
    target_compile_definitions(llhttp PUBLIC LLHTTP_STRICT_MODE=1)
    target_compile_options(llhttp PRIVATE -w)
    target_link_libraries(llhttp PRIVATE mcp-hardening)
endif()
