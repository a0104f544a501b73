/*
 * tables.sql as one string, made by CMake.
 */
#ifndef SCHEMA_TABLES_H
#define SCHEMA_TABLES_H

extern const char tables_sql[];

#endif
