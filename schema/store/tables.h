/*
 * tables.sql as one string, made by CMake.
 */
#ifndef SCHEMA_STORE_TABLES_H
#define SCHEMA_STORE_TABLES_H

extern const char tables_sql[];

#endif
