/* Secrets in text: what they look like, and how they are made unreadable.
 *
 * Known by their form: private key blocks (PEM, OpenSSH, PGP), tokens of well-known services (GitHub, GitLab,
 * Slack, AWS, Google, Stripe, npm, PyPI and our own API keys), JSON Web Tokens, "Bearer" and "Basic"
 * credentials, hashes of crypt(3), the password of a URL. Known by their name: the value behind a name like
 * password, token, secret, api_key (NAME=value, NAME: value, "NAME": "value", NAME => value, --NAME value),
 * and the indented lines that YAML has behind it.
 * Better one word too many than a password in an answer. */
#ifndef SYS_SECRETS_H
#define SYS_SECRETS_H

#include <stdbool.h>
#include <stddef.h>

/* A secret (a block of private keys) may begin so many bytes before a window, and be known only by so many
 * behind it. */
#define SECRETS_BEFORE ((size_t)64 << 10)
#define SECRETS_BEHIND ((size_t)512)

/* True if a thing of that name is to be kept secret; case, dashes, dots and underscores do not matter. */
bool secrets_is_name(const char *name, size_t len);

/* Overwrites each character of a secret with '*', so that lengths and line ends stay. `step` is the width of
 * a character in bytes: 1, or 2 for UTF-16, where `low` is the place of its low byte (0 or 1). True if there
 * was one. */
bool secrets_mask(unsigned char *bytes, size_t len, size_t step, size_t low);

#endif
