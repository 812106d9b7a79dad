/* The data of the fixture: schemas and requests as the suite's table gives them, a picture, a sound. */
#include "fixture.h"

const unsigned char fixture_png[] = { 0x89, 'P', 'N', 'G', 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 'I', 'H', 'D',
    'R', 0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0, 0x1F, 0x15, 0xC4, 0x89, 0, 0, 0, 10, 'I', 'D', 'A', 'T', 0x78,
    0x9C, 0x63, 0, 1, 0, 0, 5, 0, 1, 0x0D, 0x0A, 0x2D, 0xB4, 0, 0, 0, 0, 'I', 'E', 'N', 'D', 0xAE, 0x42, 0x60,
    0x82 };
const size_t fixture_png_size = sizeof fixture_png;

const struct mcp_icon fixture_icons[] = {
    { .src = "data:image/"
             "png;base64,"
             "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAACklEQVR4nGMAAQAABQABDQottAAAAABJRU5ErkJggg"
             "==",
        .mime_type = "image/png",
        .sizes = "1x1 48x48",
        .theme = MCP_DARK },
    { .src = "https://example.org/icon.svg", .mime_type = "image/svg+xml", .sizes = "any" },
    { 0 },
};

const unsigned char fixture_wav[] = { 'R', 'I', 'F', 'F', 36, 0, 0, 0, 'W', 'A', 'V', 'E', 'f', 'm', 't', ' ',
    16, 0, 0, 0, 1, 0, 1, 0, 0x40, 0x1F, 0, 0, 0x80, 0x3E, 0, 0, 2, 0, 16, 0, 'd', 'a', 't', 'a', 0, 0, 0,
    0 };
const size_t fixture_wav_size = sizeof fixture_wav;

#define OBJECT(properties, required) \
    "{\"type\":\"object\",\"properties\":{" properties "},\"required\":[" required "]}"
#define TEXT(name) "\"" name "\":{\"type\":\"string\"}"

const char form_user[] = OBJECT(TEXT("username") "," TEXT("email"), "\"username\",\"email\"");
const char form_name[] = OBJECT(TEXT("name"), "\"name\"");
const char form_color[] = OBJECT(TEXT("color"), "\"color\"");
const char form_context[] = OBJECT(TEXT("context"), "\"context\"");
const char form_ok[] = OBJECT("\"ok\":{\"type\":\"boolean\"}", "\"ok\"");
const char form_confirm[] = OBJECT("\"confirm\":{\"type\":\"boolean\"}", "");

const char form_defaults[] = OBJECT("\"name\":{\"type\":\"string\",\"default\":\"John Doe\"},"
                                    "\"age\":{\"type\":\"integer\",\"default\":30},"
                                    "\"score\":{\"type\":\"number\",\"default\":95.5},"
                                    "\"status\":{\"type\":\"string\",\"enum\":[\"active\",\"inactive\","
                                    "\"pending\"],\"default\":\"active\"},"
                                    "\"verified\":{\"type\":\"boolean\",\"default\":true}",
    "");

#define TITLED \
    "[{\"const\":\"value1\",\"title\":\"First Option\"},{\"const\":\"value2\",\"title\":" \
    "\"Second Option\"},{\"const\":\"value3\",\"title\":\"Third Option\"}]"

const char form_enums[] = OBJECT(
    "\"untitledSingle\":{\"type\":\"string\",\"enum\":[\"option1\",\"option2\",\"option3\"]},"
    "\"titledSingle\":{\"type\":\"string\",\"oneOf\":" TITLED "},"
    "\"legacyEnum\":{\"type\":\"string\",\"enum\":[\"opt1\",\"opt2\",\"opt3\"],\"enumNames\":[\"Option One\","
    "\"Option Two\",\"Option Three\"]},"
    "\"untitledMulti\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"enum\":[\"option1\",\"option2\","
    "\"option3\"]}},"
    "\"titledMulti\":{\"type\":\"array\",\"items\":{\"anyOf\":" TITLED "}}",
    "");

const char form_rules[] =
    OBJECT("\"nick\":{\"type\":\"string\",\"minLength\":2,\"maxLength\":4},"
           "\"email\":{\"type\":\"string\",\"format\":\"email\"},"
           "\"day\":{\"type\":\"string\",\"format\":\"date\"},"
           "\"age\":{\"type\":\"integer\",\"minimum\":18,\"maximum\":120,\"default\":30},"
           "\"share\":{\"type\":\"number\",\"minimum\":0,\"maximum\":1},"
           "\"sure\":{\"type\":\"boolean\"},"
           "\"color\":{\"type\":\"string\",\"enum\":[\"red\",\"green\"],\"enumNames\":[\"Red\",\"Green\"]},"
           "\"size\":{\"type\":\"string\",\"oneOf\":[{\"const\":\"s\",\"title\":\"Small\"},{\"const\":\"l\","
           "\"title\":\"Large\"}]}",
        "\"nick\"");
const char form_broken[] = OBJECT("\"person\":{\"type\":\"object\"}", "");

const char sample_capital[] =
    "{\"messages\":[{\"role\":\"user\",\"content\":{\"type\":\"text\",\"text\":\"What is the "
    "capital of France?\"}}],\"maxTokens\":100}";
const char sample_greeting[] =
    "{\"messages\":[{\"role\":\"user\",\"content\":{\"type\":\"text\",\"text\":\"Write a "
    "greeting\"}}],\"maxTokens\":50}";

const char sample_weather[] = "{\"messages\":[" WEATHER_QUESTION "]," WEATHER_TOOL "}";

const char schema_2020_12[] =
    "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"type\":\"object\","
    "\"$defs\":{\"address\":{\"$anchor\":\"addressDef\",\"type\":\"object\",\"properties\":{\"street\":{"
    "\"type\":\"string\"},"
    "\"city\":{\"type\":\"string\"}}}},"
    "\"properties\":{\"name\":{\"type\":\"string\"},\"address\":{\"$ref\":\"#/$defs/address\"},"
    "\"contactMethod\":{\"type\":\"string\",\"enum\":[\"phone\",\"email\"]},\"phone\":{\"type\":\"string\"},"
    "\"email\":{\"type\":\"string\"}},"
    "\"allOf\":[{\"anyOf\":[{\"required\":[\"phone\"]},{\"required\":[\"email\"]}]}],"
    "\"if\":{\"properties\":{\"contactMethod\":{\"const\":\"phone\"}},\"required\":[\"contactMethod\"]},"
    "\"then\":{\"required\":[\"phone\"]},\"else\":{\"required\":[\"email\"]},\"additionalProperties\":false}";
