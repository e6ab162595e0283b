#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#define LEVEL ck_avx2
#define LEVEL_NAME "avx2"
#define BLOCK_ROWS 3
#define BLOCK_COLUMNS 2
#define NARROW_COLUMNS 4
#define HAS_HALF 1
#include "kernels.inc"
#pragma clang attribute pop
#endif
