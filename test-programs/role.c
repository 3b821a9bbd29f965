// role.h as a function of its own, for programs in languages that call C.
#include "role.h"

void log_role(const char *name) {
    role(name);
}
