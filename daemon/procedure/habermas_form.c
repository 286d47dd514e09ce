/*
 * The survey of a session that brings no questions of its own: what the paper
 * asked after each round (Tessler et al. 2024, tables S48 to S53), and whether
 * it was fair.
 */
#include "procedure/habermas.h"

/* clang-format off */
const struct form_item habermas_form[] = {
	{ "view_changed", ITEM_CHOICES, 3, "Has your view on the question changed?",
	    { "no", "somewhat", "yes", NULL } },
	{ "view_why", ITEM_TEXT, 0, "If your view has changed: why?", { NULL } },
	{ "moved", ITEM_CHOICES, 3, "Have you moved towards the group, or away from it?",
	    { "towards the group", "neither", "away from the group", NULL } },
	{ "influence", ITEM_SCALE, 5, "How far did what you wrote influence the statement? (1 not at all, 5 very much)",
	    { NULL } },
	{ "says_better", ITEM_CHOICES, 3, "Which says it better: the group's statement or your own opinion?",
	    { "the group's statement", "both alike", "my own opinion", NULL } },
	{ "pressure", ITEM_SCALE, 5, "How far did you feel unwanted pressure to agree? (1 not at all, 5 very much)",
	    { NULL } },
	{ "represented", ITEM_SCALE, 5, "How far do you feel represented by the statement? (1 not at all, 5 very much)",
	    { NULL } },
	{ "fair", ITEM_SCALE, 5, "How fair was the procedure? (1 not at all, 5 very)", { NULL } },
	{ .id = NULL },
};
/* clang-format on */
