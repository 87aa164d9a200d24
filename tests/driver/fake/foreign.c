// An object that our loader must refuse: nobody defines what it calls.
extern int fluxion_test_nobody_defines_this(void);
int sample(void) { return fluxion_test_nobody_defines_this(); }
