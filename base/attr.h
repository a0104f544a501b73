/*
 * Compiler attributes under names that say why they are there.
 */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

#define ATTR_MUST_CHECK       __attribute__((warn_unused_result))
#define ATTR_NORETURN         __attribute__((noreturn))
#define ATTR_RETURNS_NONNULL  __attribute__((returns_nonnull))
#define ATTR_UNUSED           __attribute__((unused))
#define ATTR_PRINTF(fmt, arg) __attribute__((format(printf, fmt, arg)))

/* A hash: its arithmetic wraps, and is meant to. */
#ifdef __clang__
#define ATTR_WRAPS __attribute__((no_sanitize("unsigned-integer-overflow")))
#else
#define ATTR_WRAPS
#endif

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#endif
