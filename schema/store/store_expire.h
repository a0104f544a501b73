/*
 * What retention leaves behind.
 */
#ifndef SCHEMA_STORE_STORE_EXPIRE_H
#define SCHEMA_STORE_STORE_EXPIRE_H

/* A fact: days before this one are deleted, or are being. */
#define STORE_EXPIRED_BEFORE "expired_before"

#endif
