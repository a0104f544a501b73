/*
 * Names of folders, and whether they are there.
 */
#ifndef COLLECTOR_MAILBOX_IMAP_FOLDER_H
#define COLLECTOR_MAILBOX_IMAP_FOLDER_H

#include "collector/mailbox/imap_private.h"

/* The name of a folder as this server has it: as it is written where there is
   such a one, else with the server's separator and prefix. *there says whether
   there is. */
int imap_folder_find(struct worker *worker, const char *name, char **folder,
                     bool *there, struct err *err);

/* Makes sure of the folders that messages are moved to, before the first is
   fetched. One that cannot be made is no failure: its messages are stored, and
   wait for their mark. */
int imap_folder_prepare_targets(struct worker *worker, struct err *err);

#endif
