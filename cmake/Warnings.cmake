# Warnings of every C target of this project. MCP_WERROR makes them errors: the test and check presets do.
option(MCP_WERROR "Treat warnings as errors" OFF)

add_library(mcp-warnings INTERFACE)
target_compile_options(mcp-warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes
    -Wformat=2 -Wcast-qual -Wundef -Wwrite-strings -Wvla
    $<$<C_COMPILER_ID:GNU>:-Wduplicated-cond -Wlogical-op>
    $<$<BOOL:${MCP_WERROR}>:-Werror>)
# The sanitizers' own checks make gcc see null pointers that are not there.
if(CMAKE_C_COMPILER_ID STREQUAL "GNU" AND NOT MCP_SANITIZE)
    target_compile_options(mcp-warnings INTERFACE -Wnull-dereference)
endif()
