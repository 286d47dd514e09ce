/*
 * A VFS for SQLite that wraps the default one and fails on demand: the n-th
 * write or sync to a database or WAL fails, once or from then on, as a broken
 * or a full disk would.
 *
 * It can also tell what a power cut would leave: a second image of every file
 * holds only what was synced.  There a failed sync loses what it was to sync,
 * even if a later one succeeds, as Linux does.
 *
 * By environment, for a real daemon:
 *	CAUCUS_FAULT=OP:N:KIND[:once|:on]
 *		OP is write or sync; N counts from 1; KIND is ioerr, full or
 *		short (half is written, then the disk is full); the default
 *		is once.  "none" arms nothing.
 *	CAUCUS_FAULT_FILE=PATH
 *		a file with such a line, read again whenever it changes, so
 *		that "write:1:full:on" is a disk that is full now and "none"
 *		one that has room again.  N counts from the change.
 */
#ifndef TESTS_FAULTVFS_H
#define TESTS_FAULTVFS_H

#include <stdbool.h>

#define FAULTVFS "fault" /* its name */

enum fault_op { FAULT_WRITE, FAULT_SYNC, FAULT_OPS };
enum fault_kind { FAULT_IOERR, FAULT_FULL, FAULT_SHORT, FAULT_KINDS };

/* May be called more than once. */
void faultvfs_register(bool as_default);
/* Registers it as default if one of the variables is set.  1 if so, 0 if not,
 * -1 (after a line on stderr) when a variable cannot be understood. */
int faultvfs_register_from_env(void);
/* The same for a main(): exits on -1. */
void faultvfs_setup(void);

/* Counts from now; the n-th operation fails. */
void faultvfs_arm(enum fault_op op, long n, enum fault_kind kind, bool on);
void faultvfs_disarm(void);
/* Arms by a line as above; false when it is not one. */
bool faultvfs_arm_line(const char *line);
/* Operations, and failures, since it was armed or disarmed last. */
long faultvfs_count(enum fault_op op);
long faultvfs_hits(void);

/* Syncs succeed without one: what a test of faults spends its time with. */
void faultvfs_skip_syncs(bool skip);
/* Between these no file changes, so that they can be copied; what would change
 * one waits. */
void faultvfs_hold(void);
void faultvfs_release(void);

/*
 * From now on the synced state of every file opened is kept in folder `to`
 * (under the file's last name).  Files already open are not covered.
 */
void faultvfs_image_start(const char *to);
/*
 * The power is cut: each write that no sync was asked for reaches the image
 * with probability per_mille / 1000, drawn from seed, in order.  The image is
 * complete on return and nothing more is added.
 */
void faultvfs_image_cut(unsigned seed, unsigned per_mille);

#endif
