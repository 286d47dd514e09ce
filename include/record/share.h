/*
 * Parts of a recording for somebody: what a role may read of it, and all that
 * is held on one person.
 */
#ifndef RECORD_SHARE_H
#define RECORD_SHARE_H

#include <jansson.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Appends the recording with those bodies that `role` may read at its end:
 * "operator" (all that is in it), "facilitator", "observer", or a
 * participant's id or name.  The chain stands as it was.  ERR_NOT_FOUND:
 * there is no such role or participant; ERR_BROKEN.
 */
int share_as(const char *bytes, size_t len, const char *role, struct buf *out,
    struct err *err);
/*
 * Appends the recording without names, labels, keys and signatures.  Texts
 * stay, and may still say who wrote them.
 */
int share_anonymous(
    const char *bytes, size_t len, struct buf *out, struct err *err);

/*
 * All that the recording holds on a participant (id or name), the caller's:
 *
 *	{session, question, participant, name?,
 *	 events: [{seq, at, type, data, texts: {name: body},
 *		   erased: [names]}],		what they did, and what was done
 *					to them, their texts and statements
 *	 drafts: [{seq, job, endpoint, model?, place}],	their words were sent
 *	 predictions: [{job, endpoint, ranking?, rating?, ballot?}],
 *					ballot: of all its parts together
 *	 orders: [{seq, order}],		how slates were shown to them
 *	 statements: [{id, text}]}		that repeat words of theirs
 *
 * NULL: ERR_NOT_FOUND, ERR_BROKEN.
 */
json_t *
share_person(const char *bytes, size_t len, const char *who, struct err *err);

#endif
