/*
 * What a file is, from its first bytes.
 */
#ifndef COLLECTOR_MAIL_FILE_TYPE_H
#define COLLECTOR_MAIL_FILE_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether bytes begin as a message does: with a field of a header. */
bool file_type_is_message(const uint8_t *data, size_t len);

/* Whether bytes are in a packed format that holds a message or an mbox file,
   as far as can be seen from its start: a gzip file may be a report instead,
   what is packed otherwise is none. */
bool file_type_is_packed(const uint8_t *data, size_t len);

#endif
