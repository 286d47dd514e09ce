/* A predicted ballot out of its parts. */
#include <stdlib.h>

#include "base/mem.h"
#include "job/merge.h"
#include "procedure/habermas.h"

static bool
is_part(const struct job_state *job, const struct job_state *of)
{
	return job->kind == JOB_PREDICT && job->participant == of->participant;
}

bool *
habermas_parts_open(const struct session *s)
{
	bool *open = xcalloc(s->nparticipants + 1, sizeof *open);
	const struct job_state *job;
	size_t i;

	for (i = 0; i < s->njobs; i++) {
		job = &s->jobs[i];
		if (job->kind == JOB_PREDICT && job->state < JOB_DONE)
			open[job->participant] = true;
	}
	return open;
}

/* Dense ranks, the highest value first. */
static void
rank_values(const int64_t *value, size_t n, int32_t *rank)
{
	size_t i, k;

	for (i = 0; i < n; i++)
		for (k = 0, rank[i] = 0; k < n; k++)
			rank[i] += value[k] > value[i];
	ranks_densify(rank, n);
}

/* What could not be rated stands in the middle: at the mean of the rest. */
static size_t
merge_ratings(const struct session *s, const struct job_state *of,
    int32_t *rank, json_t *data)
{
	size_t n = s->ncandidates, i, used = 0;
	int64_t *value = xcalloc(n + 1, sizeof *value), sum = 0, mass = 0,
		parts;
	bool *rated = xcalloc(n + 1, sizeof *rated);
	const struct job_state *job;

	for (i = 0; i < s->njobs; i++) {
		job = &s->jobs[i];
		if (!is_part(job, of) || job->state != JOB_DONE ||
		    (size_t)job->part > n)
			continue;
		value[job->part - 1] = job->value;
		rated[job->part - 1] = true;
		sum += job->value;
		mass += job->mass;
		used++;
	}
	/* A recording may say that a ballot came out of nothing. */
	parts = used > 0 ? (int64_t)used : 1;
	for (i = 0; i < n; i++)
		if (!rated[i])
			value[i] = sum / parts;
	rank_values(value, n, rank);
	json_object_set_new(data, "mass", json_integer(mass / parts));
	free(value);
	free(rated);
	return used;
}

static size_t
merge_rankings(const struct session *s, const struct job_state *of,
    int32_t *rank, json_t *data)
{
	size_t n = s->ncandidates, i, k, used = 0;
	int32_t *all = xcalloc(n * (size_t)of->parts + 1, sizeof *all);
	const struct job_state *job;

	for (i = 0; i < s->njobs; i++) {
		job = &s->jobs[i];
		if (!is_part(job, of) || job->state != JOB_DONE ||
		    job->nrank != n || used == (size_t)of->parts)
			continue;
		for (k = 0; k < n; k++)
			all[used * n + k] = job->rank[k];
		used++;
	}
	json_object_set_new(data, "agreement",
	    json_integer(rankings_merge(all, used, n, rank)));
	free(all);
	return used;
}

/* Groups of ids, best first. */
static json_t *
groups_json(const struct session *s, const int32_t *rank)
{
	json_t *groups = json_array(), *group;
	size_t i, placed = 0;
	int32_t r;

	for (r = 0; placed < s->ncandidates; r++) {
		group = json_array();
		for (i = 0; i < s->ncandidates; i++)
			if (rank[i] == r)
				json_array_append_new(group,
				    json_string(
					s->statements[s->candidates[i]].id));
		placed += json_array_size(group);
		json_array_append_new(groups, group);
	}
	return groups;
}

struct event *
habermas_merged(const struct session *s, const struct job_state *of)
{
	int32_t *rank = xcalloc(s->ncandidates + 1, sizeof *rank);
	json_t *data = json_pack("{s:s,s:i,s:i}", "job", of->id, "round",
	    of->round, "parts", of->parts);
	struct event *e;
	size_t used;

	used = (predictors[of->method].rates ? merge_ratings : merge_rankings)(
	    s, of, rank, data);
	json_object_set_new(data, "used", json_integer((json_int_t)used));
	e = event_make("ballot.predicted", data);
	session_seal_json(s, e, "ranking", groups_json(s, rank));
	free(rank);
	return e;
}
