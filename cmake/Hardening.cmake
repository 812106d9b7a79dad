# What a release binary is built with so that a memory error is found at once rather than used. MCP_SANITIZE (a list
# for -fsanitize) takes its place in test builds: the two do not mix.
include(CheckCCompilerFlag)
include(CheckCSourceCompiles)
include(CheckPIESupported)

option(MCP_HARDEN "Hardening flags" OFF)
set(MCP_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize=")
option(MCP_ANALYZE "gcc -fanalyzer" OFF)

check_pie_supported()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_library(mcp-hardening INTERFACE)
if(MCP_HARDEN)
    # Level 3 needs __builtin_dynamic_object_size (gcc 12, clang 9).
    check_c_source_compiles("int main(int c, char **v) { return (int)__builtin_dynamic_object_size(v, c & 0); }"
        MCP_HAS_FORTIFY_3)
    set(fortify 2)
    if(MCP_HAS_FORTIFY_3)
        set(fortify 3)
    endif()
    target_compile_options(mcp-hardening INTERFACE
        -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=${fortify} -fstack-protector-strong)
    check_c_compiler_flag(-fstack-clash-protection MCP_HAS_STACK_CLASH)
    if(MCP_HAS_STACK_CLASH)
        target_compile_options(mcp-hardening INTERFACE -fstack-clash-protection)
    endif()
    target_link_options(mcp-hardening INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)
endif()
if(MCP_SANITIZE)
    target_compile_options(mcp-hardening INTERFACE
        -fsanitize=${MCP_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(mcp-hardening INTERFACE -fsanitize=${MCP_SANITIZE})
endif()
if(MCP_ANALYZE)
    target_compile_options(mcp-hardening INTERFACE -fanalyzer)
endif()
