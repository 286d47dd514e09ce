/* A state directory of the test's own; removed at the end. */
#ifndef TESTS_CLIENT_HOME_H
#define TESTS_CLIENT_HOME_H

void home_begin(void); /* sets XDG_STATE_HOME */
void home_end(void);
const char *home_dir(void);
/* The same as cmocka calls them. */
int home_setup(void **state);
int home_teardown(void **state);

#endif
