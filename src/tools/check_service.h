/* What check_service is told by the configuration: for others that ask the same service manager. */
#ifndef TOOLS_CHECK_SERVICE_H
#define TOOLS_CHECK_SERVICE_H

struct check_service_settings {
    const char *bus_address, *root; /* as in struct units_options */
};

#endif
