/*
 * HTML that holds what others wrote: everything goes through here.  Pure.
 */
#ifndef CLIENT_HTML_H
#define CLIENT_HTML_H

#include <stddef.h>

#include "base/buf.h"

/* Text for between tags and within quoted attributes: the five characters that
 * mean something are escaped, controls other than \n and \t and what turns
 * the order of writing are left out. */
void html_text(struct buf *out, const char *text);
void html_text_len(struct buf *out, const char *text, size_t len);
/* Likewise, \n as a line's end that is seen. */
void html_lines(struct buf *out, const char *text);
/* <tag class="class">text</tag>; class NULL: none. */
void html_element(
    struct buf *out, const char *tag, const char *class, const char *text);
/* A language tag fit for an attribute, else "". */
const char *html_lang(const char *tag);
/* "rtl" or "ltr", by the language's usual script. */
const char *html_dir(const char *tag);

#endif
