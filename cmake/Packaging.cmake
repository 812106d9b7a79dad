# The Debian package: what it installs beside the program, and CPack's settings. `./dev package` builds it; shared libraries
# differ between releases, so a package is for the release that it is built on, which its version names.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME mcp-assist)
set(CPACK_PACKAGE_VENDOR "mcp-assistance-informatique")
set(CPACK_PACKAGE_CONTACT "mcp-assistance-informatique contributors <contributors@mcp-assist.example>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
# The libraries and headers of the protocol are for those who build from source.
set(CPACK_COMPONENTS_ALL program service)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)

set(CPACK_DEBIAN_PACKAGE_MAINTAINER "${CPACK_PACKAGE_CONTACT}")
set(CPACK_DEBIAN_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "IT support tools over MCP, REST and the command line
Twelve tools that look at this machine and at its network: ping, port scan,
DNS, interfaces, HTTP, system, disks, processes, services, files, a calculator
and web search. They change nothing; the HTTP tool alone sends what it is told
to, by POST, PUT or DELETE too.
.
They answer language models by the Model Context Protocol (stdio and HTTP),
scripts by REST, and people on the command line, in English or French. The
service listens on the loopback address only, unless it is configured.")

# 12 -> "1~deb12": a package of the next release replaces it.
file(STRINGS /etc/os-release os_release)
string(REGEX MATCH "(^|;)ID=\"?([a-z]+)" os_id "${os_release}")
set(os_id ${CMAKE_MATCH_2})
string(REGEX MATCH "VERSION_ID=\"?([0-9.]+)" os_version "${os_release}")
set(os_version ${CMAKE_MATCH_1})
string(REPLACE debian deb os_id "${os_id}")
set(CPACK_DEBIAN_PACKAGE_RELEASE "1~${os_id}${os_version}")

# Linked libraries are found by dpkg-shlibdeps. Those opened at first use are named in the sources, and their packages differ
# between releases (libcurl4, libcurl4t64): ask whose file it is.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "init-system-helpers (>= 1.54~), systemd | systemd-standalone-sysusers | systemd-sysusers")
set(recommended ca-certificates)
file(GLOB_RECURSE sources ${CMAKE_SOURCE_DIR}/src/*.c)
find_program(DPKG_QUERY dpkg-query)
foreach(source IN LISTS sources)
    file(STRINGS ${source} rows REGEX "\\.file = \"lib[^\"]+\\.so\\.[0-9]+\"")
    foreach(row IN LISTS rows)
        string(REGEX REPLACE ".*\"(lib[^\"]+)\".*" "\\1" library "${row}")
        set(owner "")
        if(DPKG_QUERY)
            execute_process(COMMAND ${DPKG_QUERY} -S "/*/${CMAKE_LIBRARY_ARCHITECTURE}/${library}"
                OUTPUT_VARIABLE owner ERROR_QUIET)
        endif()
        if(owner MATCHES "^([a-z0-9.+-]+)")
            list(APPEND recommended ${CMAKE_MATCH_1})
        else()
            message(STATUS "no package has ${library}: a package of mcp-assist will not recommend it")
        endif()
    endforeach()
endforeach()
list(REMOVE_DUPLICATES recommended)
list(JOIN recommended ", " CPACK_DEBIAN_PACKAGE_RECOMMENDS)

set(packaging ${CMAKE_SOURCE_DIR}/packaging)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${packaging}/debian/postinst ${packaging}/debian/prerm ${packaging}/debian/postrm ${packaging}/debian/conffiles)

# Files that Debian wants compressed.
set(compressed "")
function(mcp_compress source target)
    set(output ${CMAKE_BINARY_DIR}/packaging/${target})
    cmake_path(GET output PARENT_PATH folder)
    file(MAKE_DIRECTORY ${folder})
    add_custom_command(OUTPUT ${output} COMMAND gzip -9nc ${source} > ${output} DEPENDS ${source} VERBATIM)
    set(compressed ${compressed} ${output} PARENT_SCOPE)
endfunction()

string(TIMESTAMP package_date "%a, %d %b %Y %H:%M:%S +0000" UTC)
configure_file(${packaging}/debian/changelog.in ${CMAKE_BINARY_DIR}/packaging/changelog @ONLY)
mcp_compress(${CMAKE_BINARY_DIR}/packaging/changelog changelog.Debian.gz)
mcp_compress(${CMAKE_SOURCE_DIR}/CHANGELOG.md changelog.gz)
mcp_compress(${CMAKE_SOURCE_DIR}/docs/mcp-assist.1 mcp-assist.1.gz)
mcp_compress(${CMAKE_SOURCE_DIR}/docs/mcp-assist.fr.1 fr/mcp-assist.1.gz)
add_custom_target(package-files ALL DEPENDS ${compressed})

# Only in packages: `cmake --install` puts no unit and no configuration anywhere.
macro(mcp_install_file destination)
    install(FILES ${ARGN} DESTINATION ${destination} COMPONENT service EXCLUDE_FROM_ALL)
endmacro()
set(made ${CMAKE_BINARY_DIR}/packaging)
mcp_install_file(lib/systemd/system ${packaging}/systemd/mcp-assist.service)
mcp_install_file(lib/sysusers.d ${packaging}/systemd/sysusers.conf RENAME mcp-assist.conf)
mcp_install_file(/etc/mcp-assist ${packaging}/mcp-assist.conf)
mcp_install_file(share/bash-completion/completions ${packaging}/bash-completion/mcp-assist)
mcp_install_file(share/man/man1 ${made}/mcp-assist.1.gz)
mcp_install_file(share/man/fr/man1 ${made}/fr/mcp-assist.1.gz)
file(GLOB documents CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/README*.md ${CMAKE_SOURCE_DIR}/docs/*.md)
mcp_install_file(share/doc/mcp-assist ${documents} ${packaging}/debian/copyright ${made}/changelog.gz
    ${made}/changelog.Debian.gz)

include(CPack)
