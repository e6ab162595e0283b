// For any processor. Where there is no fused multiply-add it is slow, and gives the same bits.
#define LEVEL ck_portable
#define LEVEL_NAME "portable"
#define BLOCK_ROWS 3
#define BLOCK_COLUMNS 2
#define NARROW_COLUMNS 4
#define HAS_HALF 0
#include "kernels.inc"
