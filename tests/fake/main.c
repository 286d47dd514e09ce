/* caucusd on the VFS that fails on demand: faultvfs.h says how to ask. */
#include "tests/fake/faultvfs.h"

int caucusd_main(int argc, char **argv);

#define main caucusd_main
#include "daemon/caucusd.c"
#undef main

int
main(int argc, char **argv)
{
	faultvfs_setup();
	return caucusd_main(argc, argv);
}
