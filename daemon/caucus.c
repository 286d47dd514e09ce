/* caucus(1): the command line client. */
#include "client/command.h"

int
main(int argc, char **argv)
{
	return command_main(argc, argv);
}
