# What the program carries for its pages: web/assets, made into one C file by scripts/embed-web.
file(GLOB web_files CONFIGURE_DEPENDS web/*)
set(WEB_ASSETS ${CMAKE_BINARY_DIR}/web/assets.c)
add_custom_command(OUTPUT ${WEB_ASSETS}
    COMMAND ${CMAKE_SOURCE_DIR}/scripts/embed-web ${CMAKE_BINARY_DIR}/web
    DEPENDS ${web_files} scripts/embed-web src/rest/components.json docs/examples.json LICENSE
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} COMMENT "Embedding web/assets" VERBATIM)
