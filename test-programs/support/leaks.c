// Loses some memory; LeakSanitizer would tell.
#include <stdlib.h>

int main(void) {
    return malloc(10) == NULL;
}
