// Loses some memory, which LeakSanitizer would report.
#include <stdlib.h>

int main(void) {
    return malloc(10) == NULL;
}
