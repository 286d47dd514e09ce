#include "choice/kendall.h"

#include <string.h>

void
kendall_count(const int32_t *x, const int32_t *y, size_t n, struct kendall *k)
{
	int sx, sy;

	memset(k, 0, sizeof(*k));
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++) {
			sx = (x[i] > x[j]) - (x[i] < x[j]);
			sy = (y[i] > y[j]) - (y[i] < y[j]);
			if (sx != 0 && sy != 0)
				*(sx == sy ? &k->concordant : &k->discordant) +=
				    1;
			else if (sy != 0)
				k->tied_x++;
			else if (sx != 0)
				k->tied_y++;
		}
}
