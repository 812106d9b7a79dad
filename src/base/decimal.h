/* Decimal text to numbers and back: exact, and never dependent on the C library's locale. */
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Both take `len` bytes that the caller knows to be: optional '-', digits, optional '.' and digits, optional
 * exponent.
 *
 * True and *ret_value set if it is a whole number that fits (42, 42.0 and 4.2e1 all are 42). */
bool decimal_to_int(const char *text, size_t len, int64_t *ret_value);
/* True and *ret_value set, rounded correctly, unless it is too large for a finite double. */
bool decimal_to_double(const char *text, size_t len, double *ret_value);

#define DECIMAL_SIZE 40

/* The nearest decimal of so few digits that it still reads back equal, "4" for 4.0 and "0" for -0.0; `value`
 * must be finite. Terminated; returns its length. */
size_t decimal_from_double(double value, char ret_text[DECIMAL_SIZE]);
size_t decimal_from_int(int64_t value, char ret_text[DECIMAL_SIZE]);

#endif
