# What `cmake --install DIR` installs. Component dev is the library as others take it: the public headers, two static
# archives, pkg-config files and a CMake package. None of these names a place of this build: they may be moved.
include(CMakePackageConfigHelpers)

set(public_dir ${CMAKE_BINARY_DIR}/public)
set(public_archives ${public_dir}/libmcp.a ${public_dir}/libmcp-http.a)
add_custom_command(OUTPUT ${public_archives}
    COMMAND ${CMAKE_COMMAND} -E env NM=${CMAKE_NM} OBJCOPY=${CMAKE_OBJCOPY}
        ${CMAKE_SOURCE_DIR}/scripts/public-archives ${public_dir} $<TARGET_FILE:mcp> $<TARGET_FILE:mcp-http>
    DEPENDS mcp mcp-http ${CMAKE_SOURCE_DIR}/scripts/public-archives
    VERBATIM)
add_custom_target(public-archives ALL DEPENDS ${public_archives})

# What an embedder links beside the archives, as pkg-config names it. llhttp is a library where the distribution has one;
# where it was compiled here, libmcp-http.a carries it.
set(MCP_MODULES libcrypto)
set(MCP_HTTP_MODULES libuv)
if(LLHTTP_FOUND)
    list(APPEND MCP_HTTP_MODULES libllhttp)
endif()
list(JOIN MCP_HTTP_MODULES " " MCP_HTTP_MODULES)

# The way from the .pc files to the prefix, so that they need not name it.
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX
    BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig OUTPUT_VARIABLE MCP_PREFIX_FROM_PC)
foreach(name mcp mcp-http)
    configure_file(cmake/${name}.pc.in ${public_dir}/${name}.pc @ONLY)
endforeach()

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/mcp)
configure_package_config_file(cmake/mcpConfig.cmake.in ${public_dir}/mcpConfig.cmake
    INSTALL_DESTINATION ${package_dir}
    PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
write_basic_package_version_file(${public_dir}/mcpConfigVersion.cmake COMPATIBILITY SameMinorVersion)

install(TARGETS mcp-assist COMPONENT program)
install(FILES ${public_archives} DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT dev)
install(DIRECTORY include/mcp TYPE INCLUDE COMPONENT dev FILES_MATCHING PATTERN *.h)
install(FILES ${public_dir}/mcp.pc ${public_dir}/mcp-http.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT dev)
install(FILES ${public_dir}/mcpConfig.cmake ${public_dir}/mcpConfigVersion.cmake
    DESTINATION ${package_dir} COMPONENT dev)
